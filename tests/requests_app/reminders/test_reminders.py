"""Reminders as rows: planned with the invitation, canceled immediately, and checked again before they are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from requests_app.candidate import nominate
from requests_app.completion import complete
from requests_app.lifecycle import RequestMovedOn
from requests_app.models import DeclineReason, Reminder
from requests_app.notifications import bounces, corrections
from requests_app.reference import decline as declining
from requests_app.reminders import plan
from requests_app.reminders.plan import TooSoon
from tests.factories import make_organization
from tests.requests_app.factories import (
    RequestScenario,
    answer,
    in_thread,
    name_reference,
    sent_request,
    waiting_request,
)

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def rows(scenario: RequestScenario, number: int | None = None, *, state: str = WorkState.PENDING) -> list[Reminder]:
    """The reminders of the reference in a slot, or of the candidate."""
    reference = scenario.reference(number) if number else None
    with tenant(scenario.organization):
        found = Reminder.objects.filter(reference_request=scenario.reference_request, reference=reference, state=state)
        return list(found.order_by("planned_for"))


def planned(scenario: RequestScenario, number: int | None = None) -> list[str]:
    return [row.planned_for.strftime("%a %d %H:%M") for row in rows(scenario, number)]


def deliver(scenario: RequestScenario) -> None:
    """Send every waiting email."""
    with tenant(scenario.organization):
        Message.objects.filter(state=WorkState.PENDING).update(state=WorkState.DONE, finished_at=datetime.now(UTC))


def ask(scenario: RequestScenario, number: int | None = None, *, by_candidate: bool = False) -> None:
    reference = scenario.reference(number) if number else None
    with tenant(scenario.organization):
        plan.request_reminder(scenario.reference_request, reference, actor="Dana Ruiz", by_candidate=by_candidate)


def test_reminders_are_planned_with_each_invitation_on_the_templates_schedule() -> None:
    assert planned(sent_request()) == ["Wed 25 10:00", "Fri 27 10:00", "Mon 30 08:00"]
    assert planned(sent_request(reminder_days=(3,))) == ["Thu 26 10:00"]
    assert planned(sent_request(reminder_days=())) == []
    scenario = waiting_request()
    assert planned(scenario, 1) == planned(scenario, 2) == ["Wed 25 10:00", "Fri 27 10:00", "Mon 30 08:00"]
    assert planned(scenario) == []  # everyone has been asked: the candidate's part is done


def test_a_due_reminder_is_an_email_with_its_own_link(clock: time_machine.Traveller) -> None:
    scenario = waiting_request()
    first = scenario.reference_path(1)
    deliver(scenario)
    clock.move_to(MONDAY + 2 * DAY)
    assert work_item.drain(Reminder) == 2
    assert [email.to_email for email in scenario.emails("reference_reminder")] == [
        "priya@ledgerly.example",
        "tom@ledgerly.example",
    ]
    assert scenario.reference_path(1) != first
    assert scenario.emails("reference_reminder")[0].subject == "Reference for Maya Osei, due December 7"
    assert work_item.drain(Reminder) == 0


def decline(scenario: RequestScenario) -> None:
    with tenant(scenario.organization):
        declining.decline(scenario.reference_request, scenario.reference(1), DeclineReason.NO_TIME)


def cancel(scenario: RequestScenario) -> None:
    with tenant(scenario.organization):
        complete.cancel(scenario.reference_request, actor="Dana")


def correct(scenario: RequestScenario) -> None:
    with tenant(scenario.organization):
        corrections.correct_reference_address(
            scenario.reference_request, scenario.reference(1), "new@ledgerly.example", actor="Maya"
        )


@pytest.mark.parametrize("act", [lambda scenario: answer(scenario, 1), decline, cancel])
def test_reminders_stop_immediately(act: Callable[[RequestScenario], None], clock: time_machine.Traveller) -> None:
    scenario = waiting_request()
    act(scenario)
    assert planned(scenario, 1) == []
    deliver(scenario)
    clock.move_to(MONDAY + 10 * DAY)
    work_item.drain(Reminder)
    assert "priya@ledgerly.example" not in [email.to_email for email in scenario.emails("reference_reminder")]


def test_an_unsent_reminder_is_withdrawn_when_the_answer_arrives(clock: time_machine.Traveller) -> None:
    scenario = waiting_request()
    deliver(scenario)
    clock.move_to(MONDAY + 2 * DAY)
    work_item.drain(Reminder)
    answer(scenario, 1)
    states = {email.to_email: email.state for email in scenario.emails("reference_reminder")}
    assert states == {"priya@ledgerly.example": WorkState.CANCELLED, "tom@ledgerly.example": WorkState.PENDING}


def test_a_simultaneous_answer_wins(clock: time_machine.Traveller) -> None:
    scenario = waiting_request()
    deliver(scenario)
    clock.move_to(MONDAY + 2 * DAY)
    claimed = work_item.claim(Reminder)
    assert claimed
    answer(scenario, 1)
    answer(scenario, 2)
    work_item.attempt(claimed)
    assert scenario.emails("reference_reminder") == []
    with tenant(scenario.organization):
        assert Reminder.objects.get(pk=claimed.pk).state == WorkState.CANCELLED


def test_the_candidate_is_reminded_until_everyone_is_asked_and_when_a_slot_becomes_free() -> None:
    scenario = waiting_request()
    assert planned(scenario) == []
    decline(scenario)
    assert planned(scenario) == ["Wed 25 10:00", "Fri 27 10:00", "Mon 30 08:00"]
    with tenant(scenario.organization):
        name_reference(scenario, 1, "Ana Ruiz")
    assert planned(scenario) != []
    send_invitations(scenario)
    assert planned(scenario) == []
    assert planned(scenario, 1) != []


def send_invitations(scenario: RequestScenario) -> None:
    with tenant(scenario.organization):
        nominate.send_invitations(scenario.reference_request)


def test_a_corrected_address_restarts_the_schedule(clock: time_machine.Traveller) -> None:
    scenario = waiting_request()
    clock.shift(DAY)
    correct(scenario)
    assert planned(scenario, 1) == ["Thu 26 10:00", "Mon 30 08:00", "Tue 01 08:00"]
    with tenant(scenario.organization):
        corrections.correct_candidate_address(scenario.reference_request, "maya@new.example", actor="Dana")
    assert planned(scenario) == []


def test_after_an_outage_the_latest_is_sent_and_the_others_are_canceled(clock: time_machine.Traveller) -> None:
    scenario = sent_request()
    deliver(scenario)
    clock.move_to(MONDAY + 8 * DAY)  # a Tuesday; all three are due
    assert work_item.drain(Reminder) == 3
    assert len(scenario.emails("candidate_reminder")) == 1
    assert [row.reason for row in rows(scenario, state=WorkState.CANCELLED)] == [
        "A later reminder was also due, so we sent only that one."
    ] * 2
    assert len(rows(scenario, state=WorkState.DONE)) == 1


def test_an_outage_that_ends_at_night_waits_for_the_morning(clock: time_machine.Traveller) -> None:
    scenario = sent_request(make_organization(time_zone="Asia/Kolkata"))
    deliver(scenario)
    clock.move_to(datetime(2026, 11, 27, 20, tzinfo=UTC))  # Saturday, 1:30 in Kolkata
    work_item.drain(Reminder)
    assert scenario.emails("candidate_reminder") == []
    (waiting,) = [row for row in rows(scenario) if row.available_at.day == 30 and row.planned_for.day == 27]
    assert (waiting.available_at, waiting.attempts) == (datetime(2026, 11, 30, 2, 30, tzinfo=UTC), 0)
    clock.move_to(waiting.available_at)
    work_item.drain(Reminder)
    assert len(scenario.emails("candidate_reminder")) == 1


def test_nobody_is_reminded_before_the_previous_email_was_sent(clock: time_machine.Traveller) -> None:
    scenario = sent_request()  # its invitation waits because the mail server is down
    clock.move_to(MONDAY + 2 * DAY)
    work_item.drain(Reminder)
    assert scenario.emails("candidate_reminder") == []
    assert rows(scenario, state=WorkState.CANCELLED)[0].reason == "The previous email hadn't gone out yet."


def test_a_bouncing_address_is_not_reminded(clock: time_machine.Traveller) -> None:
    scenario = waiting_request()
    with tenant(scenario.organization):
        Message.objects.filter(to_email="priya@ledgerly.example").update(state=WorkState.DEAD, reason="Refused there.")
    bounces.notify_bounces()
    assert planned(scenario, 1) == []
    assert planned(scenario, 2) != []
    assert planned(scenario) != []  # the candidate must correct an address
    correct(scenario)
    assert planned(scenario) == []
    clock.shift(HOUR)


def test_no_reminder_is_sent_after_the_due_date(clock: time_machine.Traveller) -> None:
    scenario = sent_request()
    deliver(scenario)
    clock.move_to(MONDAY + 15 * DAY)
    work_item.drain(Reminder)
    assert scenario.emails("candidate_reminder") == []
    assert rows(scenario, state=WorkState.CANCELLED)[-1].reason == "The due date had passed."


def test_a_manual_reminder_is_immediate_replaces_the_next_one_and_is_limited_to_one_a_day(
    clock: time_machine.Traveller,
) -> None:
    scenario = waiting_request()
    deliver(scenario)
    clock.move_to(MONDAY + 2 * DAY - HOUR)
    ask(scenario, 1)
    with pytest.raises(TooSoon):
        ask(scenario, 1)
    work_item.drain(Reminder)
    assert [email.to_email for email in scenario.emails("reference_reminder")] == ["priya@ledgerly.example"]
    assert planned(scenario, 1) == ["Fri 27 10:00", "Mon 30 08:00"]
    with pytest.raises(TooSoon) as refused:
        ask(scenario, 1)
    assert refused.value.possible_at == MONDAY + 3 * DAY - HOUR
    ask(scenario, 2)
    deliver(scenario)
    clock.move_to(MONDAY + 3 * DAY - HOUR)
    ask(scenario, 1)
    assert scenario.timeline().count("Dana Ruiz asked us to remind Priya Nair") == 2


def test_a_manual_reminder_waits_for_the_end_of_quiet_hours(clock: time_machine.Traveller) -> None:
    scenario = waiting_request()
    deliver(scenario)
    clock.move_to(MONDAY + 12 * HOUR)
    ask(scenario, 1)
    assert planned(scenario, 1)[0] == "Tue 24 08:00"
    work_item.drain(Reminder)
    assert scenario.emails("reference_reminder") == []


def test_nobody_is_reminded_of_something_already_done(clock: time_machine.Traveller) -> None:
    scenario = waiting_request()
    answer(scenario, 1)
    for number in (1, None):
        with pytest.raises(RequestMovedOn):
            ask(scenario, number)
    cancel(scenario)
    with pytest.raises(RequestMovedOn):
        ask(scenario, 2)


def test_a_candidate_can_remind_a_day_after_the_invitation_and_at_most_three_times(
    clock: time_machine.Traveller,
) -> None:
    scenario = waiting_request(reminder_days=())
    deliver(scenario)
    with pytest.raises(TooSoon) as refused:
        ask(scenario, 1, by_candidate=True)
    assert refused.value.possible_at == MONDAY + DAY
    for days in (1, 2, 3):
        clock.move_to(MONDAY + days * DAY)
        ask(scenario, 1, by_candidate=True)
        work_item.drain(Reminder)
        deliver(scenario)
    clock.move_to(MONDAY + 7 * DAY)
    with pytest.raises(TooSoon) as refused:
        ask(scenario, 1, by_candidate=True)
    assert refused.value.possible_at is None
    assert len(scenario.emails("reference_reminder")) == 3


def test_skipping_a_reminder_keeps_the_others() -> None:
    scenario = waiting_request()
    first = rows(scenario, 1)[0]
    with tenant(scenario.organization):
        plan.skip(scenario.reference_request, first.uid, actor="Dana Ruiz")
    assert planned(scenario, 1) == ["Fri 27 10:00", "Mon 30 08:00"]
    assert scenario.timeline()[-1] == "Dana Ruiz skipped the reminder to Priya Nair on November 25"
    with tenant(scenario.organization), pytest.raises(RequestMovedOn):
        plan.skip(scenario.reference_request, first.uid, actor="Dana Ruiz")
    with tenant(scenario.organization):
        assert Reminder.objects.get(pk=first.pk).reason == "Dana Ruiz skipped it."


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_reminder(clock: time_machine.Traveller) -> None:

    scenario = sent_request()
    deliver(scenario)
    clock.move_to(MONDAY + 8 * DAY)
    with ThreadPoolExecutor(2) as workers:
        done = [workers.submit(in_thread, lambda: work_item.drain(Reminder)) for _ in range(2)]
        performed = sum(future.result() for future in done)
    # A claim may find nothing while another one looks at the same rows.
    assert performed + work_item.drain(Reminder) == 3
    assert len(scenario.emails("candidate_reminder")) == 1
