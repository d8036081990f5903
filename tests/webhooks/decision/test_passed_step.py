"""A candidate who was at the step and left it before we acted: the event says who, when, and where to."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from connectors.ats import StatusChange
from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.messaging.models import Channel, SuppressionReason
from crosschq.messaging.sending.suppression import suppress
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import tenant
from templates_app.models import RequestTemplate
from templates_app.request_templates.edit import delete_template
from tests.factories import signed_in
from tests.vendor import Vendor
from tests.webhooks.decision.test_outcomes import step_renamed
from tests.webhooks.log.test_log import event_url, log_url, shown
from tests.webhooks.log.test_owner_notices import emails
from tests.webhooks.moves import event_of, events_of, ids_of, last_call, move_and_decide, requests_of
from webhooks.decision.passed_step import PassedStay, last_stay
from webhooks.inbox.receive import STEP_SCAN_EVENT, store
from webhooks.log import actions
from webhooks.models import InboundEvent

MAYA = ("Maya Osei", "Backend Engineer")
STATUS, CANDIDATE, JOB = "GET /candidates/{id}/jobs/{jobId}/status/history", "GET /candidates/{id}", "GET /jobs/{jobId}"
PLAIN = "Moved to “On-site interview”, not to “Crosschq”."


def there_and_away(vendor: Vendor, live: Connection, **away: Any) -> list[InboundEvent]:
    """Both moves happen before either is decided."""
    for move in ({}, away or {"step": "On-site interview"}):
        event_id = vendor.move(*MAYA, **move)
        body = ids_of(vendor, *MAYA)
        store(connection=live, event_id=event_id, event_name="application.status.updated", body=body)
    work_item.drain(InboundEvent)
    return events_of(live)


def test_a_candidate_moved_there_and_away_is_named_with_the_times_and_the_next_step(
    vendor: Vendor, live: Connection, admin: User, client: Client
) -> None:
    event, second = there_and_away(vendor, live)
    assert (event.outcome, second.outcome) == ("no.moved_on", "no.duplicate")
    assert (event.candidate_name, event.job_title) == MAYA
    assert event.sentence.startswith("Maya Osei reached “Crosschq” on ")
    assert " and was moved to “On-site interview” on " in event.sentence
    assert requests_of(live) == []
    browser = signed_in(client, admin)
    for query in ("", "?text=osei", "?text=backend", "?outcome=no"):
        assert shown(browser.get(log_url(live.organization, query)).content.decode()) == ["Maya Osei"]
    page = html.unescape(browser.get(event_url(event)).content.decode())
    assert "Maya Osei, Backend Engineer" in page
    assert "Reached “Crosschq” on" in page
    assert PLAIN not in page


@pytest.mark.parametrize(
    ("away", "where"),
    [({"status": "REJECTED", "step": None}, "Rejected"), ({"step": "Phone interview"}, "Phone interview")],
)
def test_the_event_says_where_the_candidate_went(
    vendor: Vendor, live: Connection, away: dict[str, Any], where: str
) -> None:
    event, _second = there_and_away(vendor, live, **away)
    assert f" and was moved to “{where}” on " in event.sentence


def test_the_owner_learns_who_it_was(vendor: Vendor, live: Connection) -> None:
    there_and_away(vendor, live)
    (email,) = emails(live)
    assert email.subject == "Not sent: M. Osei, Backend Engineer"
    assert "A candidate" not in email.text
    assert "Maya Osei reached “Crosschq” on" in email.text


def test_each_stay_is_reported_once_however_its_events_arrive(vendor: Vendor, live: Connection) -> None:
    first = vendor.move(*MAYA)
    second = vendor.move(*MAYA, step="On-site interview")
    for event_id in (second, first):
        store(connection=live, event_id=event_id, event_name="application.status.updated", body=ids_of(vendor, *MAYA))
        work_item.drain(InboundEvent)
    assert [event_of(live, event_id).outcome for event_id in (second, first)] == ["no.moved_on", "no.other_step"]


def test_a_delivery_about_leaving_alone_reports_the_stay_too(vendor: Vendor, live: Connection) -> None:
    vendor.move(*MAYA)
    event = move_and_decide(live, vendor, *MAYA, step="On-site interview")
    assert (event.outcome, event.candidate_name) == ("no.moved_on", "Maya Osei")


def test_leaving_after_a_request_is_a_move_to_another_step_and_costs_one_call(vendor: Vendor, live: Connection) -> None:
    assert move_and_decide(live, vendor, *MAYA).outcome == "sent.matched"
    before = last_call(vendor)
    event = move_and_decide(live, vendor, *MAYA, step="On-site interview")
    assert (event.outcome, event.sentence) == ("no.other_step", PLAIN)
    assert vendor.calls(after=before) == [STATUS]


def test_it_costs_the_calls_that_name_the_candidate_and_the_job(vendor: Vendor, live: Connection) -> None:
    vendor.move(*MAYA)
    before = last_call(vendor)
    assert move_and_decide(live, vendor, *MAYA, step="On-site interview").outcome == "no.moved_on"
    assert vendor.calls(after=before) == [STATUS, CANDIDATE, JOB]


def test_a_stay_from_before_requests_were_turned_on_is_not_reported(vendor: Vendor, live: Connection) -> None:
    vendor.move(*MAYA)
    with tenant(live.organization):
        Connection.objects.update(requests_on_since=clock.now() + timedelta(seconds=30))
    assert move_and_decide(live, vendor, *MAYA, step="On-site interview").outcome == "no.other_step"


def test_a_stay_that_ended_days_before_the_move_is_not_reported(vendor: Vendor, live: Connection) -> None:
    vendor.move(*MAYA)
    vendor.move(*MAYA, step="Phone interview")
    event_id = vendor.move(*MAYA, step="On-site interview")
    later = clock.now() + timedelta(hours=49)
    body = ids_of(vendor, *MAYA)
    store(connection=live, event_id=event_id, event_name="application.status.updated", body=body, happened_at=later)
    with time_machine.travel(timedelta(hours=49, minutes=5)):
        work_item.drain(InboundEvent)
    assert event_of(live, event_id).outcome == "no.other_step"


def test_a_candidate_found_at_the_step_who_left_before_we_decided_is_named(vendor: Vendor, live: Connection) -> None:
    vendor.move(*MAYA)
    ids = vendor.candidate_id(MAYA[0]), vendor.job(MAYA[1])
    store(connection=live, event_id="step:found", event_name=STEP_SCAN_EVENT, ids=ids)
    vendor.move(*MAYA, step="On-site interview")
    work_item.drain(InboundEvent)
    event = event_of(live, "step:found")
    assert (event.outcome, event.candidate_name) == ("no.moved_on", "Maya Osei")


def test_an_erased_person_who_passed_stays_unnamed(vendor: Vendor, live: Connection) -> None:
    address = vendor.candidate(MAYA[0])["email"]
    with tenant(live.organization):
        suppress(
            organization=live.organization, channel=Channel.EMAIL, address=address, reason=SuppressionReason.ERASED
        )
    event, _second = there_and_away(vendor, live)
    assert (event.outcome, event.candidate_name) == ("no.erased", "")
    assert emails(live) == []


def test_a_move_to_a_renamed_step_names_the_candidate(vendor: Vendor, live: Connection) -> None:
    event = step_renamed(vendor, live, User())
    assert (event.outcome, event.candidate_name, event.job_title) == ("no.step_renamed", *MAYA)


def test_a_chosen_template_that_was_deleted_does_not_hide_the_name(
    vendor: Vendor, live: Connection, admin: User
) -> None:
    vendor.tell("faults", route=CANDIDATE, kind="status", status=403)
    event = move_and_decide(live, vendor, *MAYA)
    assert (event.outcome, event.candidate_name) == ("fail.permission", "")
    with tenant(live.organization):
        template = RequestTemplate.objects.get()
        actions.send_with(event, template=template, actor=admin)
        delete_template(template=template, actor=admin)
    work_item.drain(InboundEvent)
    event = event_of(live, event.event_id)
    assert (event.outcome, event.candidate_name) == ("no.template_deleted", "Maya Osei")


def change(minute: int, step: str, status: str = "INTERVIEW") -> StatusChange:
    at = datetime(2026, 11, 28, 12, minute, tzinfo=UTC)
    return StatusChange(at, status, step, under_review=status != "REJECTED")


@pytest.mark.parametrize(
    ("changes", "stay"),
    [
        ([], None),
        ([change(0, "New")], None),
        ([change(0, "New"), change(1, "Crosschq")], None),
        ([change(0, "New"), change(1, "Crosschq"), change(2, "Onsite")], (1, 2, "Onsite")),
        ([change(1, "crosschq "), change(2, "Crosschq"), change(3, "", "REJECTED")], (2, 3, "Rejected")),
        ([change(1, "Crosschq"), change(2, "Crosschq"), change(3, "Onsite"), change(4, "Offer")], (1, 3, "Onsite")),
        ([change(1, "Crosschq"), change(2, "A"), change(3, "Crosschq"), change(4, "B")], (3, 4, "B")),
        ([change(1, "Crosschq", "REJECTED"), change(2, "A")], None),
    ],
)
def test_the_last_stay_is_read_from_the_history(changes: list[StatusChange], stay: tuple[int, int, str] | None) -> None:
    found = last_stay(changes, "Crosschq")
    if stay is None:
        assert found is None
    else:
        arrived, left = (datetime(2026, 11, 28, 12, minute, tzinfo=UTC) for minute in stay[:2])
        assert found == PassedStay(arrived, left, stay[2])
