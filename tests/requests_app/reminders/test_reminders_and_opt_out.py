"""Reminders respect opt-outs and bounces, and those of a test go only to its sender."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pytest_django import Settings

from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Channel, DeliveryStatus, Message
from crosschq.tenancy.scope import tenant
from requests_app.candidate import nominate
from requests_app.models import ReferenceRequest, Reminder
from requests_app.notifications import opt_out
from requests_app.reminders import plan
from requests_app.start.start import CandidateInfo
from requests_app.start.test_request import send_test_request
from tests.factories import make_member, make_organization, make_user
from tests.messaging.text_gateway import use_text_gateway
from tests.requests_app.factories import RequestScenario, answer, name_reference, sent_request, waiting_request
from tests.templates_app.factories import make_template

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
DAY = timedelta(days=1)
NUMBER = "+49 170 1234567"
STOPPED = "They opted out of emails about this request."


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def planned(scenario: RequestScenario, number: int | None = None) -> list[str]:
    reference = scenario.reference(number) if number else None
    with tenant(scenario.organization):
        rows = Reminder.objects.filter(
            reference_request=scenario.reference_request, reference=reference, state=WorkState.PENDING
        )
        return [row.planned_for.strftime("%a %d") for row in rows.order_by("planned_for")]


def all_arrive(scenario: RequestScenario) -> None:
    with tenant(scenario.organization):
        Message.objects.filter(state=WorkState.PENDING).update(state=WorkState.DONE, finished_at=datetime.now(UTC))


def stop(scenario: RequestScenario, number: int | None = None) -> None:
    reference = scenario.reference(number) if number else None
    with tenant(scenario.organization):
        opt_out.stop_emails(scenario.reference_request, reference)


def allow(scenario: RequestScenario, number: int | None = None) -> None:
    reference = scenario.reference(number) if number else None
    with tenant(scenario.organization):
        opt_out.allow_emails(scenario.reference_request, reference)


def test_an_opt_out_stops_reminders_until_emails_are_allowed_again(
    clock: time_machine.Traveller,
) -> None:
    scenario = waiting_request()
    stop(scenario, 1)
    assert (planned(scenario, 1), len(planned(scenario, 2))) == ([], 3)
    clock.shift(DAY)
    allow(scenario, 1)
    assert planned(scenario, 1) == ["Thu 26", "Mon 30", "Tue 01"]


def test_allowing_emails_does_not_remind_someone_who_has_answered() -> None:
    scenario = waiting_request()
    stop(scenario, 1)
    answer(scenario, 1)
    allow(scenario, 1)
    assert planned(scenario, 1) == []


def test_no_reminder_goes_to_a_stranger_who_has_the_address() -> None:
    scenario = sent_request()
    with tenant(scenario.organization):
        opt_out.report_wrong_address(scenario.reference_request)
    assert planned(scenario) == []


def test_the_manual_reminder_page_says_that_the_recipient_opted_out() -> None:
    scenario = waiting_request()
    all_arrive(scenario)
    stop(scenario, 1)
    with tenant(scenario.organization):
        reminder = plan.request_reminder(scenario.reference_request, scenario.reference(1), actor="Dana Ruiz")
    work_item.drain(Reminder)
    with tenant(scenario.organization):
        reminder.refresh_from_db()
    assert (reminder.state, reminder.reason) == (WorkState.CANCELLED, STOPPED)
    assert scenario.timeline()[-1] == f"The reminder to Priya Nair was not sent. {STOPPED}"
    assert scenario.emails("reference_reminder") == []


def test_someone_whose_last_email_bounced_is_not_reminded(clock: time_machine.Traveller) -> None:
    scenario = waiting_request()
    all_arrive(scenario)
    with tenant(scenario.organization):
        Message.objects.filter(to_email="priya@ledgerly.example").update(delivery=DeliveryStatus.BOUNCED)
    clock.move_to(MONDAY + 2 * DAY)
    work_item.drain(Reminder)
    assert [email.to_email for email in scenario.emails("reference_reminder")] == ["tom@ledgerly.example"]
    with tenant(scenario.organization):
        dropped = Reminder.objects.get(
            reference_request=scenario.reference_request, reference=scenario.reference(1), state=WorkState.CANCELLED
        )
    assert dropped.reason == "The previous email didn't arrive."


def test_an_email_reminder_and_its_text_follow_the_quiet_hours_of_the_phone(
    clock: time_machine.Traveller, settings: Settings
) -> None:
    use_text_gateway(settings, "http://localhost:9")
    organization = make_organization(time_zone="America/Los_Angeles")
    maya = CandidateInfo("Maya", "Osei", "maya@candidates.example", NUMBER)
    scenario = sent_request(organization, candidate=maya, text_messages_enabled=True)
    all_arrive(scenario)
    clock.move_to(MONDAY + 2 * DAY)
    work_item.drain(Reminder)
    sent = scenario.emails("candidate_reminder")
    assert {message.channel for message in sent} == {Channel.EMAIL, Channel.TEXT}
    assert {message.quiet_zone for message in sent} == {"Europe/Berlin"}


def test_a_references_time_zone_comes_from_their_phone_number() -> None:
    scenario = waiting_request(make_organization(time_zone="America/Los_Angeles"))
    reference = scenario.reference(1)
    with tenant(scenario.organization):
        assert plan.zone_for(scenario.reference_request, reference) == "America/Los_Angeles"
        reference.phone = NUMBER
        assert plan.zone_for(scenario.reference_request, reference) == "Europe/Berlin"


def test_the_reminders_of_a_test_go_to_its_sender_and_never_as_texts(
    clock: time_machine.Traveller, settings: Settings
) -> None:
    use_text_gateway(settings, "http://localhost:9")
    organization = make_organization()
    dana = make_member(organization, user=make_user("dana@acme.example", name="Dana Ruiz"))
    version = make_template(organization, text_messages_enabled=True)
    with tenant(organization):
        scenario = RequestScenario(
            organization, send_test_request(organization=organization, version=version.current, to=dana)
        )
        ReferenceRequest.objects.update(candidate_phone=NUMBER)
        nominate.begin(scenario.reference_request)
        for number in (1, 2):
            name_reference(scenario, number, f"Reference {number}", f"reference{number}@elsewhere.example")
        nominate.send_invitations(scenario.reference_request)
    all_arrive(scenario)
    clock.move_to(MONDAY + 2 * DAY)
    work_item.drain(Reminder)
    sent = scenario.emails("reference_reminder")
    assert [(message.channel, message.to_email) for message in sent] == [(Channel.EMAIL, "dana@acme.example")] * 2
