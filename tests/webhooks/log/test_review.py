"""Review and send lists candidates already at the step, who get a request only if a member sends it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connectors.calls.gateway import open_ats
from connectors.connection import connect, settings
from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.tenancy.models import AuditEntry, Role, User
from crosschq.tenancy.scope import tenant
from tests.connected import made_once_in_both
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.vendor import Vendor
from tests.webhooks.moves import deliver_event, event_of, events_of, ids_of, move_and_decide, requests_of
from webhooks import connection_jobs
from webhooks.decision.evaluation import Evaluation, RequestNotStarted, check_since_switch, check_step
from webhooks.decision.outcomes import OUTCOMES
from webhooks.log import review
from webhooks.models import ConnectionJob, InboundEvent

MAYA = ("Maya Osei", "Backend Engineer")
INES = ("Inês Duarte", "Backend Engineer")
JONAS = ("Jonas Lind", "Sales Lead")


def url(live: Connection, name: str = "review") -> str:
    return reverse(f"events:{name}", args=[live.organization.slug, "smartrecruiters"])


def work_is_done() -> None:
    connection_jobs.plan()
    work_item.drain(ConnectionJob)
    work_item.drain(InboundEvent)


def turn(live: Connection, admin: User, *, on: bool) -> None:
    with tenant(live.organization):
        connect.switch_requests(connection=live, on=on, actor=admin)
        if on:
            connection_jobs.catch_up_now(live)
        live.refresh_from_db()


def waiting(live: Connection) -> dict[str, InboundEvent]:
    with tenant(live.organization):
        live.refresh_from_db()
        return {event.candidate_name: event for event in review.waiting(live)}


@pytest.fixture
def standing(vendor: Vendor, live: Connection, admin: User) -> Connection:
    """Three candidates moved while requests were off, and requests were turned on a minute later."""

    def make() -> None:
        work_is_done()
        turn(live, admin, on=False)
        for name, job in (MAYA, INES, JONAS):
            vendor.move(name, job)
        with time_machine.travel(timedelta(minutes=1)):
            turn(live, admin, on=True)
            work_is_done()

    made_once_in_both(vendor, ("standing", live.pk), make)
    with tenant(live.organization):
        live.refresh_from_db()
    return live


def test_turning_requests_on_sends_nothing_and_lists_who_would_get_what(standing: Connection) -> None:
    found = waiting(standing)
    assert {name: (e.job_title, e.values["template"]) for name, e in found.items()} == {
        "Maya Osei": ("Backend Engineer", "Engineering"),
        "Inês Duarte": ("Backend Engineer", "Engineering"),
        "Jonas Lind": ("Sales Lead", ""),
    }
    (reason,) = found["Jonas Lind"].values["missing"]
    assert OUTCOMES[reason["outcome"]].say(reason["values"]) == "The job “Sales Lead” has an empty Crosschq tag."
    assert requests_of(standing) == []


def test_selected_candidates_get_requests_after_a_confirmation_with_numbers_and_others_stay(
    standing: Connection, admin: User, client: Client
) -> None:
    browser, found = signed_in(client, admin), waiting(standing)
    page = browser.get(url(standing)).content.decode()
    assert "3 applications are waiting" in page
    assert " checked" not in page
    assert browser.get(url(standing) + "?all=1").content.decode().count(" checked") == 2, "who lacks something is not"
    chosen = [found["Maya Osei"].uid, found["Inês Duarte"].uid]
    numbers = browser.post(url(standing), {"act": "choose", "event": chosen}).content.decode()
    assert "Send 2 requests</button>" in numbers
    assert requests_of(standing) == [], "only the last press writes"
    for _press in range(2):
        browser.post(url(standing), {"act": "send", "event": chosen})
        work_item.drain(InboundEvent)
    assert {reference_request.candidate_first_name for reference_request in requests_of(standing)} == {"Maya", "Inês"}
    assert list(waiting(standing)) == ["Jonas Lind"]
    with tenant(standing.organization):
        assert AuditEntry.objects.filter(action="events.reviewed").count() == 1


def test_a_page_starts_after_the_last_candidate_of_the_page_before(
    standing: Connection, admin: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "PAGE_ROWS", 2)
    browser, found = signed_in(client, admin), waiting(standing)
    first, second, third = (str(event.uid) for event in found.values())
    page = browser.get(url(standing)).content.decode()
    assert (first in page, second in page, third in page) == (True, True, False)
    assert "3 applications are waiting" in page
    (after,) = re.findall(r'rel="next" href="\?(after=[\d-]+)"', page)
    page = browser.get(f"{url(standing)}?{after}").content.decode()
    assert (first in page, second in page, third in page) == (False, False, True)
    assert 'rel="next"' not in page
    browser.post(url(standing), {"act": "aside", "event": third})
    assert browser.get(f"{url(standing)}?{after}").headers["Location"] == url(standing), "nobody is left after these"
    assert first in browser.get(f"{url(standing)}?after=nothing-7").content.decode()


def test_candidates_with_something_missing_are_not_counted(standing: Connection, admin: User, client: Client) -> None:
    browser, found = signed_in(client, admin), waiting(standing)
    everybody = [event.uid for event in found.values()]
    numbers = browser.post(url(standing), {"act": "choose", "event": everybody}).content.decode()
    assert "Send 2 requests</button>" in numbers
    assert "1 more was selected but can" in numbers
    lacking = {"act": "choose", "event": found["Jonas Lind"].uid}
    assert "Nothing can be sent to them now" in browser.post(url(standing), lacking, follow=True).content.decode()


def test_not_these_takes_them_off_the_list_and_each_can_still_be_sent(
    standing: Connection, admin: User, client: Client
) -> None:
    browser, event = signed_in(client, admin), waiting(standing)["Maya Osei"]
    text = browser.post(url(standing), {"act": "aside", "event": event.uid}, follow=True).content.decode()
    assert "1 move was set aside" in text
    assert sorted(waiting(standing)) == ["Inês Duarte", "Jonas Lind"]
    aside = event_of(standing, event.event_id)
    assert (aside.outcome, aside.attempt_log[-1]["outcome"]) == ("no.set_aside", "no.set_aside")
    browser.post(reverse("events:try_again", args=[standing.organization.slug, "smartrecruiters", event.uid]))
    work_item.drain(InboundEvent)
    assert len(requests_of(standing)) == 1


def test_a_candidate_who_left_the_step_gets_nothing(
    vendor: Vendor, standing: Connection, admin: User, client: Client
) -> None:
    event = waiting(standing)["Maya Osei"]
    vendor.move(*MAYA, step="On-site interview")
    signed_in(client, admin).post(url(standing), {"act": "send", "event": event.uid})
    work_item.drain(InboundEvent)
    left = event_of(standing, event.event_id)
    assert (left.outcome, left.family) == ("no.moved_on", "no"), "the log shows what became of the click"
    assert "Maya Osei reached “Crosschq” on" in left.sentence
    assert requests_of(standing) == []


def test_old_moves_are_listed_once_per_application(
    vendor: Vendor, live: Connection, admin: User, client: Client
) -> None:
    old, body = clock.now() - timedelta(hours=49), ids_of(vendor, *MAYA)
    for event_id in (vendor.move(*MAYA), "again"):
        assert deliver_event(live, body, event_id=event_id, happened_at=old).outcome == "hold.old"
    found = waiting(live)
    assert found["Maya Osei"].values["template"] == "Engineering"
    with tenant(live.organization):
        assert review.waiting(live).count() == 1
    signed_in(client, admin).post(url(live), {"act": "send", "event": found["Maya Osei"].uid})
    work_item.drain(InboundEvent)
    assert [event.outcome for event in events_of(live)] == ["sent.matched", "no.duplicate"]


def test_a_candidate_with_a_request_is_not_listed(vendor: Vendor, live: Connection, admin: User) -> None:
    move_and_decide(live, vendor, *MAYA)
    with time_machine.travel(timedelta(minutes=1)):
        turn(live, admin, on=False)
        turn(live, admin, on=True)
        work_is_done()
    assert len(events_of(live)) == 1
    assert waiting(live) == {}


def test_candidates_moved_during_a_pause_are_listed(vendor: Vendor, live: Connection, admin: User) -> None:
    with tenant(live.organization):
        settings.pause(connection=live, actor=admin)
    vendor.move(*MAYA)
    work_is_done()
    assert events_of(live) == [], "a paused connector reads nobody"
    with time_machine.travel(timedelta(minutes=1)):
        with tenant(live.organization):
            settings.resume(connection=live, actor=admin)
            connection_jobs.catch_up_now(live)
        work_is_done()
    assert list(waiting(live)) == ["Maya Osei"]


def test_nothing_is_sent_if_the_history_gives_no_date(vendor: Vendor, live: Connection) -> None:
    vendor.move(*MAYA)
    ids = vendor.candidate_id(MAYA[0]), vendor.job(MAYA[1])
    seen = Evaluation(live, open_ats(live), *ids)
    application = check_step(seen)
    with pytest.raises(RequestNotStarted) as stopped:
        check_since_switch(seen, application, None)
    assert stopped.value.outcome == "no.stood_there"
    assert "doesn't say when" in seen.checks[-1]["detail"]


def test_checking_again_notices_fixes(vendor: Vendor, standing: Connection, admin: User, client: Client) -> None:
    vendor.tell("job-tag", job_id=vendor.job("Sales Lead"), tag="eng")
    signed_in(client, admin).post(url(standing), {"act": "look"})
    with time_machine.travel(timedelta(minutes=2)):
        work_is_done()
    assert waiting(standing)["Jonas Lind"].values["template"] == "Engineering"
    assert len(waiting(standing)) == 3
    assert requests_of(standing) == []


def test_turning_requests_on_links_to_the_review(
    standing: Connection, admin: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(client, admin)
    manage = reverse("connectors:manage", args=[standing.organization.slug, "smartrecruiters"])
    for page in (manage, url(standing, "list")):
        text = browser.get(page).content.decode()
        assert "3 applications are already at the step" in text
        assert url(standing) in text
        with monkeypatch.context() as fewer:
            fewer.setattr(review, "MOST_COUNTED_ELSEWHERE", 2)
            assert "More than 2 applications are already at the step" in browser.get(page).content.decode()
            restored = reverse("restored:held", args=[standing.organization.slug])
            assert f"More than 2 applications at {standing.company_name}" in browser.get(restored).content.decode()
    turn(standing, admin, on=False)
    assert url(standing) not in browser.get(manage).content.decode()
    assert "SmartRecruiters” is off." in browser.get(url(standing)).content.decode()
    switch = reverse("connectors:switch_requests", args=[standing.organization.slug, "smartrecruiters"])
    text = browser.post(switch, {"on": "1"}, follow=True).content.decode()
    assert "Candidates already there" in text
    assert f'<a href="{url(standing)}">Review and send</a>' in text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"state": "needs_sign_in"}, "SmartRecruiters needs a new sign-in."),
        ({"state": "not_connected", "requests_on": False}, "SmartRecruiters is disconnected."),
        ({"paused_at": clock.now()}, "The connector is paused."),
        ({"requests_on": False, "requests_on_since": None}, "is off."),
    ],
)
def test_while_nothing_can_be_sent_the_page_says_why(
    db: None, client: Client, fields: dict[str, Any], said: str
) -> None:
    live = make_connection(make_organization(), **{"requests_on_since": clock.now(), **fields})
    browser = signed_in(client, make_member(live.organization, Role.RECRUITER))
    text = browser.get(url(live)).content.decode()
    assert said in text
    assert "Send to selected" not in text
    assert "Only an admin can change this connection." in text


def test_invalid_posts_change_nothing(db: None, client: Client) -> None:
    live = make_connection(make_organization(), requests_on_since=clock.now())
    browser = signed_in(client, make_member(live.organization, Role.RECRUITER))
    invalid: list[dict[str, str]] = [
        {}, {"act": "send"}, {"act": "aside", "event": "x"}, {"act": "choose", "event": "\x00"}, {"act": "no"},
    ]  # fmt: skip
    for data in invalid:
        assert "Choose someone first" in browser.post(url(live), data, follow=True).content.decode(), data
    foreign = {"act": "choose", "event": "00000000-0000-4000-8000-000000000000"}
    assert "None of them is waiting" in browser.post(url(live), foreign, follow=True).content.decode()


def test_the_list_costs_the_same_for_one_and_for_many(
    db: None, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    live = make_connection(make_organization(), requests_on_since=clock.now() - timedelta(hours=1))
    browser = signed_in(client, make_member(live.organization, Role.RECRUITER))
    with tenant(live.organization):
        InboundEvent.objects.bulk_create(
            InboundEvent(
                organization=live.organization,
                connection=live,
                event_id=f"e-{number}",
                candidate_id=f"c-{number}",
                job_id="j",
                body=b"",
                state="done",
                outcome="no.stood_there",
                outcome_at=clock.now(),
                values={"step": "Crosschq", "template": "Engineering", "missing": []},
            )
            for number in range(60)
        )
    with django_assert_max_num_queries(12):
        assert browser.get(url(live)).content.decode().count("<tr>") == 51, "a page has 50"
    with django_assert_max_num_queries(12):
        browser.get(url(live, "list"))
