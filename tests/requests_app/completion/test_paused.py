"""A rejected application pauses its request for a day; then it is canceled unless the application is active again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.completion import pause
from requests_app.lifecycle import RequestMovedOn
from requests_app.models import Reminder, RequestState
from requests_app.reminders import plan
from tests.factories import make_connection, make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import RequestScenario, answer, waiting_request
from tests.requests_app.pages import text

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def scenario() -> RequestScenario:
    organization = make_organization()
    scenario = waiting_request(organization, connection=make_connection(organization))
    assert scenario.reference_path(1)
    with tenant(organization):
        Message.objects.update(state=WorkState.DONE, finished_at=MONDAY)
    return scenario


def follow(scenario: RequestScenario, status: str) -> None:
    reference_request = scenario.reread()
    assert reference_request.connection
    with tenant(scenario.organization):
        pause.follow(
            reference_request.connection,
            reference_request.ats_candidate_id,
            reference_request.ats_job_id,
            turned_down=status in ("REJECTED", "WITHDRAWN"),
            status=status,
        )
    scenario.reread()


def cancel_paused() -> int:
    return pause.cancel_paused(now=datetime.now(UTC))


def reminded(scenario: RequestScenario) -> int:
    work_item.drain(Reminder)
    return len(scenario.emails("reference_reminder"))


def test_after_a_day_the_request_is_canceled_and_the_owner_was_notified_before(
    scenario: RequestScenario, clock: time_machine.Traveller
) -> None:
    follow(scenario, "REJECTED")
    follow(scenario, "REJECTED")
    (email,) = scenario.emails("request_paused")
    assert (email.to_email, email.subject) == ("dana@acme.example", "Paused: Maya Osei")
    clock.move_to(MONDAY + DAY - timedelta(seconds=1))
    assert cancel_paused() == 0
    clock.move_to(MONDAY + DAY)
    assert (cancel_paused(), cancel_paused()) == (1, 0)
    assert scenario.reread().state == RequestState.CANCELLED


def test_reminders_wait_and_the_latest_is_sent_when_the_request_resumes(
    scenario: RequestScenario, clock: time_machine.Traveller
) -> None:
    clock.move_to(MONDAY + 2 * DAY - HOUR)
    follow(scenario, "WITHDRAWN")
    clock.shift(2 * HOUR)
    assert reminded(scenario) == 0
    with tenant(scenario.organization):
        assert Reminder.objects.filter(state=WorkState.HELD).count() == 2
        with pytest.raises(RequestMovedOn):
            plan.request_reminder(scenario.reference_request, scenario.reference(1), actor="Dana Ruiz")
    follow(scenario, "INTERVIEW")
    assert scenario.reference_request.paused_until is None
    assert reminded(scenario) == 2
    clock.shift(DAY)
    assert cancel_paused() == 0


def test_open_links_still_work_and_the_last_answer_completes_the_report(scenario: RequestScenario) -> None:
    follow(scenario, "REJECTED")
    answer(scenario, 1)
    answer(scenario, 2)
    assert scenario.reference_request.state == RequestState.READY


def test_a_hired_or_moved_candidate_changes_nothing(scenario: RequestScenario) -> None:
    follow(scenario, "HIRED")
    assert (scenario.reference_request.paused_until, scenario.emails("request_paused")) == (None, [])


def test_a_member_can_resume_the_request(scenario: RequestScenario, clock: time_machine.Traveller) -> None:
    follow(scenario, "REJECTED")
    browser = signed_in(Client(), make_member(scenario.organization, Role.RECRUITER, make_user(name="Dana Ruiz")))
    url = f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/"
    assert "We'll cancel the request on November 24. We're not sending reminders." in text(browser.get(url))
    assert "is active again." in text(browser.post(f"{url}go-on/", follow=True))
    assert "has changed" in text(browser.post(f"{url}go-on/", follow=True))
    clock.shift(2 * DAY)
    assert cancel_paused() == 0


def test_a_paused_request_shows_no_button_for_reminders(
    scenario: RequestScenario, clock: time_machine.Traveller
) -> None:
    follow(scenario, "REJECTED")
    clock.shift(DAY)
    assert "Send a reminder" not in text(Client().get(scenario.candidate_path))
