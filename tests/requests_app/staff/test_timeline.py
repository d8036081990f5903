"""The timeline of a request merges acts, messages, drafts, planned reminders, events from the ATS, and the note."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from connectors.models import Connection, Writeback
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Channel, DeliveryStatus, Message
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app import timeline
from requests_app.candidate import nominate
from requests_app.models import EntryKind, ReferenceRequest, Reminder
from templates_app.request_templates.rules import ReferenceRule
from templates_app.surveys.relationships import Relationship
from tests.factories import make_connection, make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import (
    RequestScenario,
    answer,
    name_reference,
    ready_request,
    sent_request,
    waiting_request,
)
from tests.templates_app.browsing import parsed, words
from webhooks.models import InboundEvent

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
FOUR = (ReferenceRule(Relationship.ANY, count=4),)


def url(scenario: RequestScenario) -> str:
    return f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/"


def page_of(scenario: RequestScenario, role: Role = Role.RECRUITER, **query: str) -> Any:
    return signed_in(Client(), make_member(scenario.organization, role)).get(url(scenario), query)


def lines(page: Any) -> list[str]:
    """The text of each entry, without its time, in the order of the page."""
    lists = [found for found in parsed(page).iter("ol") if found.get("class", "").startswith("timeline")]
    return [words(item[-1]) for found in lists for item in found]


def change(scenario: RequestScenario, email: str, **fields: Any) -> None:
    with tenant(scenario.organization):
        assert Message.objects.filter(to_email=email).update(**fields)


def event_of(scenario: RequestScenario, ats: Connection, outcome: str, **fields: Any) -> InboundEvent:
    fields.setdefault("created_at", clock.now())
    with tenant(scenario.organization):
        event: InboundEvent = InboundEvent.objects.create(
            organization=scenario.organization,
            connection=ats,
            event_id=str(uuid.uuid4()),
            event_name="application.status.updated",
            body=b"{}",
            happened_at=fields["created_at"],
            state=WorkState.DONE,
            outcome=outcome,
            candidate_id="candidate-1",
            job_id="job-1",
            **fields,
        )
    return event


# What is stored about an email, what the line says, and whether that is a problem.
OUTCOMES: tuple[tuple[dict[str, Any], str, bool], ...] = (
    ({"state": WorkState.DONE}, "Sent", False),
    ({"state": WorkState.DONE, "delivery": DeliveryStatus.DELIVERED}, "Delivered", False),
    (
        {"state": WorkState.DONE, "delivery": DeliveryStatus.BOUNCED, "reason": "No such user."},
        "No such user.",
        True,
    ),
    ({"state": WorkState.DONE, "delivery": DeliveryStatus.COMPLAINED}, "We no longer send to this address.", True),
    ({"state": WorkState.DONE, "delivery": DeliveryStatus.SOFT_BOUNCED}, "The next reminder tries again.", True),
    ({"state": WorkState.DEAD, "reason": "Refused there."}, "Refused there.", True),
    ({"state": WorkState.UNKNOWN}, "May have been sent", False),
)


def test_each_message_says_what_became_of_it() -> None:
    scenario = waiting_request()
    browser = signed_in(Client(), make_member(scenario.organization, Role.RECRUITER))
    for fields, said, is_problem in OUTCOMES:
        change(scenario, "tom@ledgerly.example", **{"delivery": "", "reason": "", **fields})
        (line,) = [line for line in lines(browser.get(url(scenario))) if "to tom@ledgerly.example" in line]
        assert line.startswith("Email to Tom Beck")
        assert said in line
        shown = lines(browser.get(url(scenario), {"show": "problems"}))
        assert any("tom@ledgerly.example" in line for line in shown) == is_problem, fields


def test_what_is_planned_comes_first_and_a_reminder_can_be_skipped() -> None:
    with time_machine.travel(NOON, tick=False):
        scenario = waiting_request()
        with tenant(scenario.organization):
            Message.objects.create(
                organization=scenario.organization,
                channel=Channel.TEXT,
                kind="candidate_invitation",
                to_phone="+12025550143",
                to_name="Maya Osei",
                about_kind="request",
                about_uid=scenario.reference_request.uid,
                available_at=NOON + timedelta(hours=20),
            )
        page = page_of(scenario)
        shown = lines(page)
        assert "Reminder to Tom Beck planned" in shown[0]
        assert shown[6].startswith("Text message to Maya Osei Waiting")
        assert shown[-1].startswith("Moved to Crosschq")
        skip = f"{url(scenario)}reminders/"
        assert sum(form.get("action", "").startswith(skip) for form in parsed(page).iter("form")) == 6
        assert "Skip" not in "".join(lines(page_of(scenario, Role.VIEWER)))


def test_drafts_are_shown_without_their_content() -> None:
    scenario = waiting_request()
    answer(scenario, 1, send=False, words="They were secretive.")
    shown = "\n".join(lines(page_of(scenario)))
    assert "Priya Nair saved a draft with" in shown
    assert "secretive" not in shown
    answer(scenario, 1)
    assert "saved a draft" not in "\n".join(lines(page_of(scenario)))


def test_a_reference_who_was_entered_and_not_asked_is_shown() -> None:
    scenario = sent_request()
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
        name_reference(scenario, 1, "Priya Nair")
    shown = lines(page_of(scenario))
    assert "Maya Osei entered Priya Nair as a reference and hasn't sent the invitation yet" in shown


def test_the_event_behind_the_request_and_later_ones_lead_to_why() -> None:
    acme = make_organization()
    ats = make_connection(acme)
    scenario = sent_request(acme, connection=ats)
    created = scenario.reference_request.created_at
    matched = {"tag": "eng", "template": "Engineering"}
    origin = event_of(scenario, ats, "sent.matched", values=matched, created_at=created - timedelta(seconds=5))
    with tenant(acme):
        ReferenceRequest.objects.update(origin_event=origin.uid)
    later = event_of(scenario, ats, "no.other_step", values={"step": "Offer", "our_step": "Crosschq"})
    event_of(scenario, ats, "no.duplicate")
    event_of(scenario, ats, "sent.matched", reference_request_uid=uuid.uuid4())
    event_of(scenario, ats, "no.other_step", created_at=created - timedelta(days=1))
    page = page_of(scenario)
    moved = "SmartRecruiters: Moved to “Offer”, not to “Crosschq”."
    assert [line for line in lines(page) if line.startswith("SmartRecruiters")] == [f"{moved} Why: {moved}"]
    found = [link.get("href") for link in parsed(page).iter("a") if words(link).startswith("Why:")]
    events = f"/o/{acme.slug}/connectors/smartrecruiters/events/"
    assert found == [f"{events}{later.uid}/", f"{events}{origin.uid}/"]
    assert "Why" not in " ".join(lines(page_of(scenario, Role.VIEWER)))


def test_a_note_that_was_not_posted_is_a_problem() -> None:
    acme = make_organization()
    scenario = ready_request(acme, connection=make_connection(acme))
    with tenant(acme):
        Writeback.objects.update(state=WorkState.DEAD, reason="The profile was deleted.")
    assert lines(page_of(scenario, show="problems")) == ["Note in SmartRecruiters Not posted The profile was deleted."]


def test_without_problems_the_list_of_problems_says_so() -> None:
    assert "No problems so far." in words(parsed(page_of(sent_request(), show="problems")))


def test_a_long_timeline_has_pages_and_the_queries_stay_the_same() -> None:
    acme = make_organization()
    scenario = waiting_request(acme, connection=make_connection(acme), rules=FOUR)
    browser = signed_in(Client(), make_member(acme, Role.RECRUITER, make_user()))

    def cost(**query: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url(scenario), query).status_code == 200
        return sum(query["sql"].startswith("SELECT") and " FROM " in query["sql"] for query in queries)

    few = cost()
    with tenant(acme):
        for number in range(200):
            timeline.note(scenario.reference_request, f"Act {number}", kind=EntryKind.QUIET)
    assert cost() == few
    assert max(few, cost(page="3"), cost(show="problems")) <= 12
    acts = []
    for number in range(1, 6):
        shown = lines(browser.get(url(scenario), {"page": str(number)}))
        acts += [line for line in shown if line.startswith("Act ")]
    assert acts == [f"Act {number}" for number in reversed(range(200))]
    for nonsense in ("0", "-1", "x", "9" * 30, "\x00", "²"):
        assert browser.get(url(scenario), {"page": nonsense, "show": nonsense}).status_code == 200


def test_an_ended_request_plans_nothing() -> None:
    scenario = ready_request()
    with tenant(scenario.organization):
        assert not Reminder.objects.filter(state=WorkState.PENDING).exists()
    assert "planned" not in " ".join(lines(page_of(scenario)))


def test_a_reminder_that_was_due_and_not_sent_says_why() -> None:
    with time_machine.travel(NOON, tick=False) as clock_hand:
        scenario = waiting_request()
        clock_hand.shift(timedelta(days=2))
        work_item.drain(Reminder)  # the invitations are still waiting
        shown = lines(page_of(scenario))
    assert "Reminder to Tom Beck wasn't sent The previous email hadn't gone out yet." in shown
