"""An application that is turned down pauses its request for a day; then it is cancelled, unless that is undone."""

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
from requests_app.lifecycle import NotNow
from requests_app.models import Reminder, RequestState
from requests_app.reminders import plan
from tests.factories import make_connection, make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import Job, answer, waiting_job
from tests.requests_app.pages import text

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def job() -> Job:
    organization = make_organization()
    job = waiting_job(organization, connection=make_connection(organization))
    assert job.reference_path(1)
    with tenant(organization):
        Message.objects.update(state=WorkState.DONE, finished_at=MONDAY)
    return job


def follow(job: Job, status: str) -> None:
    reference_request = job.reread()
    assert reference_request.connection
    with tenant(job.organization):
        pause.follow(
            reference_request.connection,
            reference_request.ats_candidate_id,
            reference_request.ats_job_id,
            turned_down=status in ("REJECTED", "WITHDRAWN"),
            status=status,
        )
    job.reread()


def cancel_paused() -> int:
    return pause.cancel_paused(now=datetime.now(UTC))


def reminded(job: Job) -> int:
    work_item.drain(Reminder)
    return len(job.emails("reference_reminder"))


def test_after_a_day_it_is_cancelled_and_the_owner_was_told_before(job: Job, clock: time_machine.Traveller) -> None:
    follow(job, "REJECTED")
    follow(job, "REJECTED")
    (email,) = job.emails("request_paused")
    assert (email.to_email, email.subject) == ("dana@acme.example", "Paused: Maya Osei")
    clock.move_to(MONDAY + DAY - timedelta(seconds=1))
    assert cancel_paused() == 0
    clock.move_to(MONDAY + DAY)
    assert (cancel_paused(), cancel_paused()) == (1, 0)
    assert job.reread().state == RequestState.CANCELLED


def test_reminders_wait_and_the_newest_goes_when_it_goes_on(job: Job, clock: time_machine.Traveller) -> None:
    clock.move_to(MONDAY + 2 * DAY - HOUR)
    follow(job, "WITHDRAWN")
    clock.shift(2 * HOUR)
    assert reminded(job) == 0
    with tenant(job.organization):
        assert Reminder.objects.filter(state=WorkState.HELD).count() == 2
        with pytest.raises(NotNow):
            plan.ask(job.reference_request, job.reference(1), actor="Dana Ruiz")
    follow(job, "INTERVIEW")
    assert job.reference_request.paused_until is None
    assert reminded(job) == 2
    clock.shift(DAY)
    assert cancel_paused() == 0


def test_who_has_a_link_goes_on_and_the_last_answer_still_makes_the_report(job: Job) -> None:
    follow(job, "REJECTED")
    answer(job, 1)
    answer(job, 2)
    assert job.reference_request.state == RequestState.READY


def test_hired_or_moved_on_changes_nothing(job: Job) -> None:
    follow(job, "HIRED")
    assert (job.reference_request.paused_until, job.emails("request_paused")) == (None, [])


def test_a_member_lets_it_go_on(job: Job, clock: time_machine.Traveller) -> None:
    follow(job, "REJECTED")
    browser = signed_in(Client(), make_member(job.organization, Role.RECRUITER, make_user(name="Dana Ruiz")))
    url = f"/o/{job.organization.slug}/requests/{job.reference_request.uid}/"
    assert "Nobody is reminded, and the request is cancelled: Nov 24, 2026, 10:00 AM UTC" in text(browser.get(url))
    assert "goes on." in text(browser.post(f"{url}go-on/", follow=True))
    assert "has moved on" in text(browser.post(f"{url}go-on/", follow=True))
    clock.shift(2 * DAY)
    assert cancel_paused() == 0


def test_a_paused_request_shows_no_button_for_reminders(job: Job, clock: time_machine.Traveller) -> None:
    follow(job, "REJECTED")
    clock.shift(DAY)
    assert "Send a reminder" not in text(Client().get(job.candidate_path))
