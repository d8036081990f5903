"""Actions on an event's page: one action sends one request and never a second one."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from connectors.connection import connect
from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Role, User
from crosschq.tenancy.scope import tenant
from requests_app.completion.complete import cancel
from requests_app.models import ReferenceRequest, RequestState
from requests_app.start.start import CandidateInfo
from templates_app.models import RequestTemplate
from templates_app.request_templates.edit import delete_template
from tests.audit import audited
from tests.background import visit
from tests.factories import make_member, signed_in
from tests.requests_app.factories import sent_request
from tests.vendor import Vendor
from tests.webhooks.moves import deliver_event, event_of, first_moved, ids_of, move_and_decide, requests_of
from webhooks.log.views import bulk
from webhooks.models import InboundEvent

JONAS = ("Jonas Lind", "Sales Lead")
MAYA = ("Maya Osei", "Backend Engineer")


@pytest.fixture
def browser(live: Connection, admin: User, client: Client) -> Client:
    return signed_in(client, admin)


def url(event: InboundEvent, name: str) -> str:
    return reverse(f"events:{name}", args=[event.organization.slug, "smartrecruiters", event.uid])


def page(browser: Client, event: InboundEvent, name: str = "detail", **query: str) -> str:
    return str(visit(browser, url(event, name), query).content.decode())


def act(browser: Client, live: Connection, event: InboundEvent, name: str, **form: object) -> InboundEvent:
    """Click, and do the pending work."""
    assert browser.post(url(event, name), form).status_code == 302
    work_item.drain(InboundEvent)
    return event_of(live, event.event_id)


def template_of(live: Connection) -> RequestTemplate:
    with tenant(live.organization):
        found: RequestTemplate = RequestTemplate.objects.get()
    return found


def invitations(live: Connection) -> int:
    with tenant(live.organization):
        return int(Message.objects.filter(kind="candidate_invitation").count())


def test_a_request_is_sent_with_a_chosen_template_after_a_preview(
    vendor: Vendor, live: Connection, browser: Client, admin: User
) -> None:
    event, template = first_moved(live, vendor, *JONAS), template_of(live)
    assert "Send with template…" in page(browser, event)
    assert "Engineering" in page(browser, event, "send_with")
    shown = page(browser, event, "send_with", template=str(template.uid))
    for expected in ("Jonas Lind", "jonas.lind@example.com", "Sales Lead", "Send request", "Report goes to"):
        assert expected in shown
    assert requests_of(live) == []
    sent = act(browser, live, event, "send_with", template=template.uid)
    assert (sent.outcome, sent.sentence) == (
        "sent.manual",
        f"{admin.name} sent it manually with the template Engineering.",
    )
    (reference_request,) = requests_of(live)
    assert (reference_request.candidate_email, reference_request.position) == ("jonas.lind@example.com", "Sales Lead")
    assert "manually" in reference_request.origin_sentence
    assert f"{admin.name} sent the request for Jonas Lind manually with the template Engineering" in audited(
        live.organization
    )
    assert len(sent.attempt_log) == 2


def test_times_are_shown_in_the_organizations_time_zone(vendor: Vendor, live: Connection) -> None:
    at = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
    event = deliver_event(live, ids_of(vendor, *MAYA), event_id=vendor.move(*MAYA), happened_at=at)
    assert event.sentence.startswith(
        "The candidate was moved on Jul 1, 2026, 10:00 AM CEST, so a request may no longer"
    )
    assert event.candidate_name == "Maya Osei"


def test_clicking_twice_sends_once(vendor: Vendor, live: Connection, browser: Client) -> None:
    event, template = first_moved(live, vendor, *JONAS), template_of(live)
    other = move_and_decide(live, vendor, *JONAS)
    for pressed in (event, event, other, event):
        act(browser, live, pressed, "send_with", template=template.uid)
    assert len(requests_of(live)) == invitations(live) == 1
    assert event_of(live, other.event_id).outcome == "no.already_open"


def test_eight_clicks_and_four_workers_at_the_same_time_send_once(
    vendor: Vendor, live: Connection, admin: User
) -> None:
    events, template = [move_and_decide(live, vendor, *JONAS), move_and_decide(live, vendor, *JONAS)], template_of(live)

    def press(number: int) -> None:
        try:
            browser = signed_in(Client(), admin)
            browser.post(url(events[number % 2], "send_with"), {"template": template.uid})
            work_item.drain(InboundEvent)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as people:
        list(people.map(press, range(8)))
    work_item.drain(InboundEvent)
    assert len(requests_of(live)) == invitations(live) == 1


def test_nothing_is_turned_on_without_a_connection(
    vendor: Vendor, live: Connection, browser: Client, admin: User
) -> None:
    with tenant(live.organization):
        connect.switch_requests(connection=live, on=False, actor=admin)
    event = move_and_decide(live, vendor, *MAYA)
    connect.disconnect(connection=live, actor=admin)
    browser.post(url(event, "turn_on"))
    with tenant(live.organization):
        assert not Connection.objects.get().requests_on


def test_only_the_tag_is_ignored(vendor: Vendor, live: Connection, browser: Client) -> None:
    event, template = first_moved(live, vendor, *JONAS), template_of(live)
    vendor.move(*JONAS, step="On-site interview")
    assert "Nothing can be sent now" in page(browser, event, "send_with", template=str(template.uid))
    assert act(browser, live, event, "send_with", template=template.uid).outcome == "no.moved_on"
    assert requests_of(live) == []


def test_a_template_deleted_meanwhile_is_not_used(
    vendor: Vendor, live: Connection, browser: Client, admin: User
) -> None:
    event, template = first_moved(live, vendor, *JONAS), template_of(live)
    browser.post(url(event, "send_with"), {"template": template.uid})
    with tenant(live.organization):
        delete_template(template=template, actor=admin)
    work_item.drain(InboundEvent)
    assert event_of(live, event.event_id).outcome == "no.template_deleted"
    assert act(browser, live, event, "restore").outcome == "sent.manual"
    assert len(requests_of(live)) == 1


def test_the_page_says_when_the_ats_cannot_be_asked(vendor: Vendor, live: Connection, browser: Client) -> None:
    event, template = first_moved(live, vendor, *JONAS), template_of(live)
    vendor.tell("faults", route="*", kind="status", status=503, times=100)
    assert "Nothing can be sent now" in page(browser, event, "send_with", template=str(template.uid))


def test_a_missing_or_invalid_template_is_asked_for_again(vendor: Vendor, live: Connection, browser: Client) -> None:
    event = first_moved(live, vendor, *JONAS)
    for template in ("", "x", "\x00", "00000000-0000-0000-0000-000000000000"):
        answer = browser.post(url(event, "send_with"), {"template": template})
        assert answer.status_code == 200
        assert requests_of(live) == []


def test_the_switch_is_turned_on_and_the_move_sent(
    vendor: Vendor, live: Connection, browser: Client, admin: User
) -> None:
    with tenant(live.organization):
        connect.switch_requests(connection=live, on=False, actor=admin)
    event = move_and_decide(live, vendor, *MAYA)
    assert "Turn on and send" in page(browser, event)
    recruiter = signed_in(Client(), make_member(live.organization, Role.RECRUITER))
    assert "Only an admin can" in page(recruiter, event)
    assert recruiter.post(url(event, "turn_on")).status_code == 403
    assert act(browser, live, event, "turn_on").outcome == "sent.matched"
    with tenant(live.organization):
        assert Connection.objects.get().requests_on
    assert act(browser, live, event, "turn_on").outcome == "sent.matched"
    assert len(requests_of(live)) == 1


def test_a_report_exists_and_another_is_sent_once(vendor: Vendor, live: Connection, browser: Client) -> None:
    first_moved(live, vendor, *MAYA)
    with tenant(live.organization):
        ReferenceRequest.objects.update(state=RequestState.READY, finished_at=clock.now())
    event = move_and_decide(live, vendor, *MAYA)
    text = page(browser, event)
    assert "View request" in text
    assert "Send another" in text
    assert "less than 90 days old" in page(browser, event, "send_another")
    for _ in range(2):
        assert act(browser, live, event, "send_another").outcome == "sent.manual"
    assert len(requests_of(live)) == invitations(live) == 2
    assert any("sent another request for Maya Osei" in sentence for sentence in audited(live.organization))


def test_a_request_sent_without_the_ats_is_named_and_another_is_sent_only_after_a_click(
    vendor: Vendor, live: Connection, browser: Client
) -> None:
    first = sent_request(live.organization, candidate=CandidateInfo("M.", "Osei", "Maya.Osei@example.com"))
    event = move_and_decide(live, vendor, *MAYA)
    assert event.reference_request_uid == first.reference_request.uid
    assert "to the same email address is still open" in page(browser, event)
    assert "they get emails about both" in page(browser, event, "send_another")
    assert len(requests_of(live)) == 1
    for _ in range(2):
        assert act(browser, live, event, "send_another").outcome == "sent.manual"
    assert len(requests_of(live)) == 2


def test_a_request_sent_without_the_ats_is_replaced(vendor: Vendor, live: Connection, browser: Client) -> None:
    first = sent_request(live.organization, candidate=CandidateInfo("Maya", "Osei", "maya.osei@example.com"))
    event = move_and_decide(live, vendor, *MAYA)
    with tenant(live.organization):
        cancel(first.reference_request, actor="Dana Ruiz")
    assert act(browser, live, event, "try_again").outcome == "sent.matched"


def test_an_open_request_is_opened_and_no_other_one_offered(vendor: Vendor, live: Connection, browser: Client) -> None:
    first_moved(live, vendor, *MAYA)
    event = move_and_decide(live, vendor, *MAYA)
    text = page(browser, event)
    assert reverse("requests:detail", args=[live.organization.slug, event.reference_request_uid]) in text
    assert "Send another" not in text
    assert browser.post(url(event, "send_another")).status_code == 302
    work_item.drain(InboundEvent)
    assert len(requests_of(live)) == 1


def test_everything_that_failed_since_a_day_is_replayed_and_counted(
    vendor: Vendor, live: Connection, browser: Client
) -> None:
    for name, job in (MAYA, ("Li Wei", "Site Reliability Engineer"), ("Inês Duarte", "Backend Engineer")):
        vendor.tell("faults", route="GET /jobs/{jobId}", kind="status", status=403)
        deliver_event(live, ids_of(vendor, name, job), event_id=vendor.move(name, job))
    deliver_event(live, b"not json", event_id="odd")
    with tenant(live.organization):
        InboundEvent.objects.filter(event_id="odd").update(candidate_name="odd")
        assert InboundEvent.objects.filter(outcome="fail.permission").count() >= 2
        failed = InboundEvent.objects.filter(outcome="fail.permission").count()
        oldest = InboundEvent.objects.order_by("pk")[0]
        InboundEvent.objects.filter(pk=oldest.pk).update(created_at=clock.now() - timedelta(days=9))
    vendor.tell("faults/clear")
    address = reverse("events:replay", args=[live.organization.slug, "smartrecruiters"])
    week = f"{clock.now() - timedelta(days=7):%Y-%m-%d}"
    shown = browser.get(address, {"since": week}).content.decode()
    assert re.search(rf"Replay (all )?{failed - 1} move", shown)
    answers = [browser.post(address, {"since": week}) for _ in range(2)]
    assert "In progress" in browser.get(answers[0]["Location"]).content.decode()
    work_item.drain(InboundEvent)
    result = browser.get(answers[0]["Location"]).content.decode()
    assert re.search(rf"Request sent.*?<dd>{failed - 1}</dd>", result, re.DOTALL)
    assert len(requests_of(live)) == invitations(live) == failed - 1
    browser.post(address, {"since": f"{clock.now() - timedelta(days=30):%Y-%m-%d}"})
    work_item.drain(InboundEvent)
    assert invitations(live) == failed


def test_failed_moves_are_counted_up_to_a_thousand(
    live: Connection, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "count_up_to", lambda rows: 1001)
    address = reverse("events:replay", args=[live.organization.slug, "smartrecruiters"])
    shown = browser.get(address, {"since": "2026-01-01"}).content.decode()
    assert "More than 1,000 moves failed since" in shown
    assert "Replay all of these moves" in shown


def test_invalid_dates_cause_no_error(live: Connection, browser: Client) -> None:
    address = reverse("events:replay", args=[live.organization.slug, "smartrecruiters"])
    for since in ("", "x", "0001-01-01", "9999-12-31", "\x00"):
        assert browser.get(address, {"since": since}).status_code == 200
        assert browser.post(address, {"since": since}).status_code in (200, 302)


def test_a_burst_waits_for_a_member(vendor: Vendor, live: Connection, browser: Client, settings: Settings) -> None:
    settings.BURST_LIMIT = 1
    first = move_and_decide(live, vendor, *MAYA)
    held = [
        move_and_decide(live, vendor, *move)
        for move in (("Li Wei", "Site Reliability Engineer"), ("Inês Duarte", "Backend Engineer"))
    ]
    assert [event.outcome for event in (first, *held)] == ["sent.matched", "hold.too_many", "hold.too_many"]
    assert move_and_decide(live, vendor, *MAYA).outcome == "no.already_open", "what would not go out is no part of it"
    assert len(requests_of(live)) == invitations(live) == 1
    address = reverse("events:flood", args=[live.organization.slug, "smartrecruiters"])
    shown = browser.get(address).content.decode()
    assert "2 moves are waiting for you" in shown
    assert "Li Wei" in shown
    browser.post(address, {"act": "send", "event": [held[1].uid, "odd"]})
    work_item.drain(InboundEvent)
    assert [event_of(live, e.event_id).outcome for e in held] == ["hold.too_many", "sent.matched"]
    everybody = {"act": "send", "event": [event.uid for event in held]}
    for _ in range(2):
        browser.post(address, everybody)
        work_item.drain(InboundEvent)
    assert len(requests_of(live)) == invitations(live) == 3
    assert "No moves are waiting" in browser.get(address).content.decode()
    assert any("confirmed 1 move that was held" in sentence for sentence in audited(live.organization))


def test_a_burst_ends_after_ten_minutes(vendor: Vendor, live: Connection, settings: Settings) -> None:
    settings.BURST_LIMIT = 1
    move_and_decide(live, vendor, *MAYA)
    with tenant(live.organization):
        InboundEvent.objects.update(outcome_at=clock.now() - timedelta(minutes=10, seconds=1))
    assert move_and_decide(live, vendor, "Li Wei", "Site Reliability Engineer").outcome == "sent.matched"


def test_an_event_in_progress_hides_its_old_outcome_and_polls(
    vendor: Vendor, live: Connection, browser: Client
) -> None:
    event, template = first_moved(live, vendor, *JONAS), template_of(live)
    assert "Send with template…" in page(browser, event)
    under_way = browser.post(url(event, "send_with"), {"template": template.uid}, follow=True).content.decode()
    assert "On its way" in under_way
    for old in ("Result", "Send with template…", "What we checked", "Not sent</span>"):
        assert old not in under_way
    assert f'<a href="{url(event, "detail")}">Refresh</a>' in under_way
    assert 'hx-trigger="load delay:1s"' in under_way
    part = browser.get(url(event, "detail"), {"asked": "3"}, headers={"HX-Request": "true"})
    assert 'hx-trigger="load delay:4s"' in part.content.decode()
    assert "<html" not in part.content.decode()
    assert "HX-Refresh" not in part
    for odd in ("60", "9999", "x", "-1", "\u0663"):
        text = browser.get(url(event, "detail"), {"asked": odd}, headers={"HX-Request": "true"}).content.decode()
        assert ("hx-get" in text) == (not odd.isascii() or not odd.isdecimal()), "it asks no more after some minutes"
    work_item.drain(InboundEvent)
    assert browser.get(url(event, "detail"), headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "sent it manually" in page(browser, event)


def test_an_event_waiting_for_a_retry_shows_its_last_outcome(vendor: Vendor, live: Connection, browser: Client) -> None:
    vendor.tell("faults", route="GET /jobs/{jobId}", kind="status", status=503, times=100)
    event = move_and_decide(live, vendor, *MAYA)
    assert (event.outcome, event.state) == ("hold.busy", WorkState.PENDING)
    assert "SmartRecruiters is busy or down." in page(browser, event)


def test_one_or_several_failed_moves_are_replayed(vendor: Vendor, live: Connection, browser: Client) -> None:
    vendor.tell("faults", route="GET /jobs/{jobId}", kind="status", status=403, times=9)
    moved = (MAYA, ("Li Wei", "Site Reliability Engineer"), ("Inês Duarte", "Backend Engineer"))
    events = [deliver_event(live, ids_of(vendor, *each), event_id=vendor.move(*each)) for each in moved]
    sent = deliver_event(live, b"not json", event_id="odd")
    vendor.tell("faults/clear")
    address = reverse("events:replay", args=[live.organization.slug, "smartrecruiters"])
    today = {"since": f"{clock.now() - timedelta(days=1):%Y-%m-%d}", "act": "chosen"}
    assert browser.get(address, today).content.decode().count('type="checkbox"') == 3
    assert "Choose a move first." in browser.post(address, today).content.decode()
    chosen = today | {"event": [events[0].uid, events[2].uid, sent.uid, "odd"]}
    for number in (2, 0):
        assert f"Replay of {number} moves" in browser.post(address, chosen, follow=True).content.decode()
        work_item.drain(InboundEvent)
        outcomes = [event_of(live, each.event_id).outcome for each in (*events, sent)]
        assert outcomes == ["sent.matched", "fail.permission", "sent.matched", "fail.malformed"]
    assert len(requests_of(live)) == invitations(live) == 2, "never twice"
