"""At the due date, or if a candidate doesn't start, the owner is notified once and can extend."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from requests_app.candidate import nominate
from requests_app.completion import complete, deadlines
from requests_app.completion import extend as extending
from requests_app.lifecycle import RequestMovedOn
from requests_app.models import Reminder, RequestState
from tests.factories import make_organization
from tests.requests_app.factories import RequestScenario, answer, link_row, sent_request, waiting_request

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def tell() -> int:
    now = datetime.now(UTC)
    return deadlines.notify_due(now=now) + deadlines.notify_silence(now=now)


def extend(scenario: RequestScenario, days: int = 7) -> None:
    scenario.reread()
    with tenant(scenario.organization):
        extending.extend(
            scenario.reference_request, days=days, due_before=scenario.reference_request.due_at, actor="Dana Ruiz"
        )
    scenario.reread()


def test_with_an_answer_the_owner_is_offered_once_to_finish_or_extend(clock: time_machine.Traveller) -> None:
    scenario = waiting_request(make_organization(time_zone="Europe/Berlin"))
    answer(scenario, 1)
    clock.move_to(scenario.reference_request.due_at - timedelta(seconds=1))
    assert tell() == 0
    clock.move_to(scenario.reference_request.due_at)
    assert (tell(), tell()) == (1, 0)
    (email,) = scenario.emails("request_due")
    assert (email.to_email, email.subject) == ("dana@acme.example", "Finish or extend: Maya Osei")
    assert "1 of 2 references have come in" in email.text
    assert "we'll create the report on December 23" in email.text
    assert scenario.timeline()[-1] == "The due date has passed with 1 of 2 references in. We emailed the owner"
    clock.move_to(MONDAY + 30 * DAY)
    deadlines.close_overdue(now=datetime.now(UTC))
    assert scenario.reread().state == RequestState.CLOSED_EARLY


def test_without_an_answer_the_owner_is_notified(clock: time_machine.Traveller) -> None:
    scenario = waiting_request()
    clock.move_to(scenario.reference_request.due_at)
    assert tell() == 1
    (email,) = scenario.emails("request_due")
    assert email.subject == "Nobody has answered yet: Maya Osei"
    assert "the request ends on December 23" in email.text
    clock.move_to(MONDAY + 30 * DAY)
    deadlines.close_overdue(now=datetime.now(UTC))
    assert scenario.reread().state == RequestState.EXPIRED


def test_nobody_is_notified_of_a_request_that_has_ended(clock: time_machine.Traveller) -> None:
    scenario = waiting_request()
    with tenant(scenario.organization):
        complete.cancel(scenario.reference_request, actor="Dana")
    clock.move_to(scenario.reference_request.due_at)
    assert tell() == 0


def test_the_owner_is_notified_once_of_a_candidate_who_has_not_started_for_five_days(
    clock: time_machine.Traveller,
) -> None:
    silent, begun = sent_request(), sent_request()
    with tenant(begun.organization):
        nominate.begin(begun.reference_request)
    clock.move_to(MONDAY + 5 * DAY - timedelta(seconds=1))
    assert tell() == 0
    clock.move_to(MONDAY + 5 * DAY)
    assert (tell(), tell()) == (1, 0)
    assert [email.subject for email in silent.emails("candidate_silent")] == ["Maya Osei hasn't started"]
    assert begun.emails("candidate_silent") == []


def test_extending_moves_the_due_date_the_last_day_and_the_links(clock: time_machine.Traveller, client: Client) -> None:
    scenario = waiting_request()
    path = scenario.reference_path(1)
    clock.move_to(MONDAY + 20 * DAY)
    tell()
    extend(scenario, 14)
    assert scenario.reference_request.due_at == datetime(2026, 12, 27, 23, 59, 59, tzinfo=UTC)
    assert scenario.reference_request.closes_at == MONDAY + 50 * DAY
    assert link_row(path).expires_at == scenario.reference_request.closes_at
    clock.move_to(MONDAY + 40 * DAY)
    assert client.get(path).status_code == 200
    deadlines.close_overdue(now=datetime.now(UTC))
    assert scenario.reread().is_open
    assert tell() == 1  # before the new due date


def test_an_extension_before_the_due_date_is_added_to_it() -> None:
    scenario = waiting_request()
    extend(scenario, 3)
    assert scenario.reference_request.due_at == datetime(2026, 12, 10, 23, 59, 59, tzinfo=UTC)


def test_an_expired_link_stays_expired(clock: time_machine.Traveller, client: Client) -> None:
    scenario = waiting_request()
    path = scenario.reference_path(1)
    clock.move_to(MONDAY + 29 * DAY)
    extend(scenario, 3)
    live = link_row(path).expires_at
    with time_machine.travel(live + DAY, tick=False):
        assert client.get(path).status_code == 404
        extend(scenario, 3)
        assert client.get(path).status_code == 404


def test_people_who_have_not_answered_are_reminded_of_the_new_date(clock: time_machine.Traveller) -> None:
    scenario = waiting_request()
    answer(scenario, 1)
    with tenant(scenario.organization):
        Message.objects.update(state=WorkState.DONE)
    clock.move_to(datetime(2026, 12, 8, 9, tzinfo=UTC))
    work_item.drain(Reminder)
    extend(scenario)
    work_item.drain(Reminder)
    (email,) = scenario.emails("reference_reminder")
    assert (email.to_email, email.subject) == ("tom@ledgerly.example", "Reference for Maya Osei, due December 15")


def test_extending_twice_adds_nothing() -> None:
    scenario = waiting_request()
    due = scenario.reference_request.due_at
    extend(scenario)
    with tenant(scenario.organization), pytest.raises(RequestMovedOn):
        extending.extend(scenario.reference_request, days=7, due_before=due, actor="Dana Ruiz")


def test_a_request_that_has_ended_cannot_be_extended() -> None:
    scenario = waiting_request()
    with tenant(scenario.organization):
        complete.cancel(scenario.reference_request, actor="Dana")
    with pytest.raises(RequestMovedOn):
        extend(scenario)
