"""Actions for many requests: numbers first, then each request on its own merits, then the result."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Channel, CountedSend, Message, SuppressionReason
from crosschq.messaging.sending import suppression
from crosschq.messaging.sending.caps import CAPS
from crosschq.tenancy.models import AuditEntry, Membership, Organization, Role, User
from crosschq.tenancy.scope import tenant
from requests_app.bulk import actions, selection
from requests_app.bulk import worker as bulk_worker
from requests_app.completion.complete import cancel
from requests_app.models import (
    BulkAction,
    BulkItem,
    Reader,
    ReaderRole,
    ReferenceRequest,
    Reminder,
    RequestState,
    Result,
    TimelineEntry,
)
from requests_app.reminders import plan
from requests_app.staff import paging
from requests_app.start.start import Owner
from tests.factories import make_connection, make_member, make_organization, make_user, signed_in
from tests.requests_app.bulk.many import make_requests
from tests.requests_app.factories import sent_request, waiting_request
from tests.requests_app.pages import heading, links, press_and_follow, text
from tests.templates_app.browsing import errors, press

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
BULK = "/o/acme/requests/bulk/"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def acme() -> Organization:
    organization = make_organization(slug="acme")
    make_connection(organization)  # its caps are those of an organization that is connected
    return organization


@pytest.fixture
def dana(acme: Organization) -> User:
    return make_member(acme, Role.RECRUITER, make_user("dana@acme.example", name="Dana Ruiz"))


@pytest.fixture
def desk(dana: User) -> Client:
    return signed_in(Client(), dana)


def confirmation(desk: Client, act: str, *requests: ReferenceRequest, **query: Any) -> Any:
    return desk.get(BULK, {"act": act, "request": [str(each.uid) for each in requests], **query}, follow=True)


def perform(desk: Client, page: Any, button: str, **typed: str) -> Any:
    """Let the worker perform the action, and return the result."""
    answer = press(desk, at(page), button, **typed)
    assert answer.status_code == 303, errors(answer)
    work_item.drain(BulkAction)
    return desk.get(answer["Location"])


def at(page: Any) -> Any:
    """The page, with the query string in the URL that its form is sent to."""
    query = page.request["QUERY_STRING"]
    if query and "?" not in page.request["PATH_INFO"]:
        page.request["PATH_INFO"] = f"{page.request['PATH_INFO']}?{query}"
    return page


def remind_one(reference_request: ReferenceRequest) -> None:
    with tenant(reference_request.organization):
        plan.request_reminder(reference_request, None, actor="Ken Ito")


def planned(acme: Organization) -> int:
    with tenant(acme):
        return Reminder.objects.filter(state=WorkState.PENDING).exclude(requested_by="").count()


def test_reminders_are_counted_before_they_are_sent(acme: Organization, desk: Client) -> None:
    open_ones = make_requests(acme, 6)
    remind_one(open_ones[0])
    [paused] = make_requests(acme, 1, name="Paused", paused_until=MONDAY + timedelta(hours=5))
    [ended] = make_requests(acme, 1, name="Ended", state=RequestState.CANCELLED)
    [stopped] = make_requests(acme, 1, name="Stopped")
    with tenant(acme):
        suppression.suppress(
            organization=acme,
            channel=Channel.EMAIL,
            address=stopped.candidate_email,
            reason=SuppressionReason.STOPPED,
            about_uid=stopped.uid,
        )
    page = confirmation(desk, "remind", *open_ones, paused, ended, stopped)
    assert heading(page) == "Send reminders for 9 requests?"
    assert "5 get an email now" in text(page)
    for sentence in (
        "1 left out: Everyone left to remind was reminded in the last 24 hours, or will be soon.",
        "1 left out: It's paused, because the application was turned down.",
        "1 left out: It has ended.",
        "1 left out: We don't send to this address: it bounced, or the person opted out.",
    ):
        assert sentence in text(page)
    assert links(page)["Ended No0"] == f"/o/acme/requests/{ended.uid}/"
    assert planned(acme) == 1
    result = perform(desk, page, "Send reminders for 5 requests")
    assert "5 reminded" in text(result)
    assert planned(acme) == 6
    with tenant(acme):
        entry = AuditEntry.objects.get(action="bulk.remind")
        assert (entry.after, str(entry.actor)) == ({"requests": 9, "count": 5}, "Dana Ruiz")
        assert TimelineEntry.objects.filter(sentence__startswith="Dana Ruiz asked us to remind").count() == 5
    work_item.drain(Reminder)
    with tenant(acme):
        assert Message.objects.filter(kind="candidate_reminder").count() == 6


def test_a_request_reminds_everyone_it_waits_for(acme: Organization, desk: Client) -> None:
    scenario = waiting_request(acme)
    with tenant(acme):
        Message.objects.update(state=WorkState.DONE, finished_at=MONDAY)
    page = confirmation(desk, "remind", scenario.reference_request)
    assert "2 emails in total, because some requests wait for several people" in text(page)
    perform(desk, page, "Send reminders for 1 request")
    with tenant(acme):
        asked = Reminder.objects.exclude(requested_by="").select_related("reference")
        assert sorted(str(each.reference) for each in asked) == ["Priya Nair", "Tom Beck"]


def test_an_email_that_has_not_gone_out_yet_is_not_followed_by_a_reminder(acme: Organization, desk: Client) -> None:
    page = confirmation(desk, "remind", sent_request(acme).reference_request)
    assert "There is nothing to do" in text(page)
    assert "1 left out: The last email didn't arrive. Correct the address first." in text(page)


def test_quiet_hours_are_announced_and_kept(acme: Organization, desk: Client, clock: time_machine.Traveller) -> None:
    requests = make_requests(acme, 2)
    clock.move_to(datetime(2026, 11, 23, 22, tzinfo=UTC))
    page = confirmation(desk, "remind", *requests)
    assert "2 get an email after quiet hours" in text(page)
    perform(desk, page, "Send reminders for 2 requests")
    with tenant(acme):
        moments = set(Reminder.objects.exclude(requested_by="").values_list("planned_for", flat=True))
    assert moments == {datetime(2026, 11, 24, 8, tzinfo=UTC)}


def test_what_changed_after_the_confirmation_is_decided_again(acme: Organization, desk: Client) -> None:
    first, second, third, fourth = make_requests(acme, 4)
    page = confirmation(desk, "remind", first, second, third, fourth)
    answer = press(desk, at(page), "Send reminders for 4 requests")
    remind_one(first)
    with tenant(acme):
        cancel(second, actor="Ken Ito")
        ReferenceRequest.objects.filter(pk=third.pk).delete()
    work_item.drain(BulkAction)
    result = text(desk.get(answer["Location"]))
    assert "1 reminded" in result
    assert "Changed since you confirmed3" in result
    assert "Erased1" in result
    assert "It has ended." in result
    assert planned(acme) == 2


def test_all_that_match_the_filters_are_selected_with_their_number(
    acme: Organization, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE_ROWS", 15)
    make_requests(acme, 20)
    make_requests(acme, 3, name="Other")
    listed = desk.get("/o/acme/requests/", {"q": "Candidate", "state": "open"})
    assert "All 20 that match" in text(listed)
    page = desk.get(BULK, {"act": "cancel", "all": "1", "q": "Candidate", "state": "open"})
    assert heading(page) == "Cancel 20 requests?"
    make_requests(acme, 2)
    changed = press(desk, at(page), "Cancel 20 requests")
    assert "The selection has changed. Nothing was done." in text(changed)
    assert "Requests that match: 20 when you opened this page, and 22 now." in text(changed)
    result = perform(desk, changed, "Cancel 22 requests")
    assert "22 canceled" in text(result)
    with tenant(acme):
        assert ReferenceRequest.objects.filter(state=RequestState.CANCELLED).count() == 22


def test_a_second_click_starts_nothing(acme: Organization, desk: Client) -> None:
    page = confirmation(desk, "cancel", *make_requests(acme, 2))
    first = press(desk, at(page), "Cancel 2 requests")
    work_item.drain(BulkAction)
    second = press(desk, at(page), "Cancel 2 requests")
    assert first["Location"] == second["Location"]
    with tenant(acme):
        assert BulkAction.objects.count() == 1


def test_requests_of_a_departing_member_get_a_new_owner(acme: Organization, desk: Client) -> None:
    requests = make_requests(acme, 3)
    [done] = make_requests(acme, 1, name="Done", state=RequestState.READY)
    ken = make_member(acme, Role.RECRUITER, make_user("ken@acme.example", name="Ken Ito"))
    page = confirmation(desk, "reassign", *requests, done)
    assert errors(press(desk, at(page), "Reassign 4 requests")) == ["Choose the new owner."]
    result = perform(desk, page, "Reassign 4 requests", owner=str(ken.pk))
    assert "4 reassignedNew owner: Ken Ito" in text(result)
    with tenant(acme):
        assert set(ReferenceRequest.objects.values_list("owner_email", "owner_name")) == {(ken.email, "Ken Ito")}
        assert set(Reader.objects.values_list("email", "role")) == {(ken.email, ReaderRole.OWNER)}
    again = confirmation(desk, "reassign", *requests)
    assert "3: They already own it." in text(perform(desk, again, "Reassign 3 requests", owner=str(ken.pk)))
    with tenant(acme):
        [email] = Message.objects.filter(kind="owner_of_many")
    assert (email.to_email, email.subject) == (ken.email, "You now own 4 more requests")
    assert "/o/acme/requests/?view=mine" in email.text


def test_someone_who_takes_requests_over_gets_no_email_about_it(acme: Organization, desk: Client, dana: User) -> None:
    requests = make_requests(acme, 2, owner=Owner("Ken Ito", "ken@acme.example"))
    perform(desk, confirmation(desk, "reassign", *requests), "Reassign 2 requests", owner=str(dana.pk))
    with tenant(acme):
        assert {each.owner_email for each in ReferenceRequest.objects.all()} == {dana.email}
        assert not Message.objects.filter(kind="owner_of_many").exists()


def test_an_owner_who_left_before_the_worker_came_gets_nothing(acme: Organization, desk: Client) -> None:
    ken = make_member(acme, Role.RECRUITER, make_user("ken@acme.example", name="Ken Ito"))
    page = confirmation(desk, "reassign", *make_requests(acme, 1))
    answer = press(desk, at(page), "Reassign 1 request", owner=str(ken.pk))
    Membership.objects.filter(user=ken).delete()
    work_item.drain(BulkAction)
    result = desk.get(answer["Location"])
    assert "The new owner is no longer a member. Start again with someone else." in text(result)
    with tenant(acme):
        assert not ReferenceRequest.objects.filter(owner_email=ken.email).exists()


def test_due_dates_are_extended_by_the_same_number_of_days(acme: Organization, desk: Client) -> None:
    requests = make_requests(acme, 2)
    page = confirmation(desk, "extend", *requests)
    assert errors(press(desk, at(page), "Extend 2 requests")) == ["Choose how much longer."]
    result = perform(desk, page, "Extend 2 requests", more="7")
    assert "2 extended" in text(result)
    with tenant(acme):
        for before in requests:
            after = ReferenceRequest.objects.get(pk=before.pk)
            assert after.due_at - before.due_at == timedelta(days=7)
    assert planned(acme) == 2


def test_the_cap_is_announced_and_its_refusals_are_listed(
    acme: Organization, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = CAPS["reminders"].of_organization or 0
    row = {"cap": "reminders", "organization_key": acme.pk, "at": MONDAY}
    CountedSend.objects.bulk_create(
        CountedSend(**row, address_hash=str(number).encode(), network_hash=b"") for number in range(most - 2)
    )
    page = confirmation(desk, "remind", *make_requests(acme, 3))
    assert "Your organization can send 2 more manual reminders in this 24-hour period." in text(page)
    result = perform(desk, page, "Send reminders for 3 requests")
    assert "2 reminded" in text(result)
    assert "Failed1" in text(result)
    assert "Your organization can send at most 2,000 manual reminders in 24 hours. Nothing was sent." in text(result)
    with tenant(acme):
        CountedSend.objects.all().delete()
    again = press_and_follow(desk, result, "Try the failed ones again")
    work_item.drain(BulkAction)
    assert "3 reminded" in text(desk.get(again.request["PATH_INFO"]))


def test_a_request_with_a_bug_does_not_keep_the_others_waiting(
    acme: Organization, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, *_rest = make_requests(acme, 3)
    perform_one = actions.perform_one

    def fail(action: BulkAction, item: BulkItem, now: datetime) -> None:
        if item.reference_request_id == bad.pk:
            raise RuntimeError
        perform_one(action, item, now)

    monkeypatch.setattr(actions, "perform_one", fail)
    result = perform(desk, confirmation(desk, "cancel", *_rest, bad), "Cancel 3 requests")
    assert "2 canceled" in text(result)
    assert "Something failed on our side. We've been notified. Try again later." in text(result)


def test_a_long_action_takes_turns_with_others(
    acme: Organization, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_worker, "SECONDS", -1)
    answer = press(desk, at(confirmation(desk, "cancel", *make_requests(acme, 3))), "Cancel 3 requests")
    action = work_item.claim(BulkAction)
    assert action is not None
    work_item.attempt(action)
    page = desk.get(answer["Location"])
    assert "0 of 3 requests" in text(page)
    assert 'http-equiv="refresh"' in page.content.decode()
    fragment = desk.get(answer["Location"], headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()
    assert "HX-Refresh" not in fragment
    monkeypatch.setattr(bulk_worker, "SECONDS", 30)
    work_item.drain(BulkAction)
    assert desk.get(answer["Location"], headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_nothing_selected_leads_back_to_the_list(acme: Organization, desk: Client) -> None:
    make_requests(acme, 1)
    for query in ({}, {"request": "nonsense\0"}, {"request": ["x"] * 60}):
        page = desk.get(BULK, {"act": "remind", "q": "Candidate", **query}, follow=True)
        assert "Select requests first, or check the box for all that match." in text(page)
        assert page.request["QUERY_STRING"] == "q=Candidate"
    assert desk.get(BULK, {"act": "explode", "all": "1"}).status_code == 302


@pytest.mark.parametrize("filters", [{"template": "x"}, {"due": "1000"}, {"status": "x"}, {"owner": "x"}, {"job": "x"}])
def test_a_filter_that_is_not_understood_selects_nothing(
    acme: Organization, desk: Client, filters: dict[str, str]
) -> None:
    make_requests(acme, 2)
    assert "Select requests first" in text(confirmation(desk, "cancel", all="1", **filters))


def test_too_many_requests_in_one_action_are_refused(
    acme: Organization, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_requests(acme, 4)
    monkeypatch.setattr(selection, "MOST", 3)
    page = desk.get(BULK, {"act": "cancel", "all": "1"})
    assert "More than 3 requests match, and one action can change that many." in text(page)
    assert desk.post(f"{BULK}?act=cancel&all=1", {"count": "4"}).status_code == 200
    with tenant(acme):
        assert not BulkAction.objects.exists()


def test_requests_of_another_organization_are_not_selected(acme: Organization, desk: Client) -> None:
    [mine], [theirs] = make_requests(acme, 1), make_requests(make_organization(), 1, name="Theirs")
    page = confirmation(desk, "cancel", mine, theirs)
    assert heading(page) == "Cancel 1 request?"
    assert "Theirs" not in text(page)
    perform(desk, page, "Cancel 1 request")
    with tenant(theirs.organization):
        assert ReferenceRequest.objects.get().state == RequestState.SENT
    stranger = make_member(theirs.organization, Role.OWNER)
    page = at(confirmation(desk, "reassign", mine))
    assert errors(press(desk, page, "Reassign 1 request", owner=str(stranger.pk))) == ["Choose the new owner."]
    with tenant(acme):
        uid = BulkAction.objects.get().uid
    other = signed_in(Client(), stranger)
    assert other.get(f"/o/{theirs.organization.slug}/requests/bulk/{uid}/").status_code == 404


def test_the_number_of_queries_does_not_depend_on_the_number_of_requests(acme: Organization, desk: Client) -> None:
    counted: list[list[int]] = []
    for number in range(2):
        make_requests(acme, 20)
        waiting_request(acme, name=f"Template {number}", ats_tag=f"tag{number}")
        counted.append([])
        for act in ("remind", "reassign", "extend", "cancel"):
            with CaptureQueriesContext(connection) as queries:
                assert desk.get(BULK, {"act": act, "all": "1"}).status_code == 200
            # A test's transactions are savepoints, which a page doesn't have.
            counted[-1].append(sum("SAVEPOINT" not in query["sql"] for query in queries.captured_queries))
    assert counted[0] == counted[1]
    assert max(counted[0]) <= 12


def test_items_end_with_their_request_and_action(acme: Organization, desk: Client) -> None:
    perform(desk, confirmation(desk, "cancel", *make_requests(acme, 2)), "Cancel 2 requests")
    with tenant(acme):
        assert set(BulkItem.objects.values_list("result", flat=True)) == {Result.DONE}
        BulkAction.objects.all().delete()
        assert not BulkItem.objects.exists()
