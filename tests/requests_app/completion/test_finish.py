"""How a request ends, and what goes out when it does: exactly once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from connectors.models import Writeback
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from requests_app.completion import complete, deadlines
from requests_app.lifecycle import NotNow
from requests_app.models import DeclineReason, ReferenceState, ReportCode, RequestState
from requests_app.reference import decline, responses
from tests.factories import make_connection, make_organization
from tests.requests_app.factories import Job, answer, in_thread, make_job, ready_job, waiting_job
from tests.requests_app.pages import heading

pytestmark = pytest.mark.django_db


def connected_job() -> Job:
    organization = make_organization(time_zone="Europe/Berlin")
    return waiting_job(organization, connection=make_connection(organization))


def notes(job: Job) -> list[str]:
    with tenant(job.organization):
        return list(Writeback.objects.values_list("text", flat=True))


def test_it_is_ready_when_the_last_one_has_answered_and_not_before() -> None:
    job = connected_job()
    answer(job, 2)
    assert (job.reference_request.state, job.emails("report_ready"), notes(job)) == ("waiting_for_references", [], [])
    with time_machine.travel(datetime(2026, 11, 30, 23, 30, tzinfo=UTC), tick=False):
        answer(job, 1)
    assert job.reference_request.state == RequestState.READY
    assert [email.subject for email in job.emails("report_ready")] == ["Reference report ready: Maya Osei"]
    url = f"http://localhost:8000/reports/{job.reference_request.uid}/"
    assert notes(job) == [f"Reference report ready: 2 of 2 references, Dec 1, 2026\n{url}"]


def test_without_a_connection_nothing_is_written_back() -> None:
    job = ready_job()
    assert len(job.emails("report_ready")) == 1
    assert notes(job) == []


def test_nobody_elses_words_enter_the_note() -> None:
    job = connected_job()
    answer(job, 1, words="@[USER:1] look")
    answer(job, 2)
    assert "Maya" not in notes(job)[0]
    assert "USER" not in notes(job)[0]


def test_a_reference_who_declined_is_waited_for_until_replaced_or_finished_by_hand() -> None:
    job = connected_job()
    answer(job, 1)
    with tenant(job.organization):
        decline.decline(job.reference_request, job.reference(2), DeclineReason.NO_TIME)
    assert job.reread().state == RequestState.WAITING_FOR_REFERENCES
    with tenant(job.organization):
        complete.finish_by_hand(job.reference_request, actor="Dana Ruiz")
    assert job.reread().state == RequestState.CLOSED_EARLY
    assert "1 of 2 references" in notes(job)[0]
    assert job.reference(2).state == ReferenceState.DECLINED


def test_by_hand_takes_one_answer_and_marks_the_others_not_completed() -> None:
    job = connected_job()
    late = job.reference_path(2)
    with tenant(job.organization), pytest.raises(NotNow):
        complete.finish_by_hand(job.reference_request, actor="Dana Ruiz")
    answer(job, 1)
    with tenant(job.organization):
        complete.finish_by_hand(job.reference_request, actor="Dana Ruiz")
    assert job.reread().finished_at
    assert job.reference(2).state == ReferenceState.NOT_COMPLETED
    assert heading(Client().get(late)) == "This request has ended"
    assert "Dana Ruiz finished the request" in job.timeline()
    with tenant(job.organization):
        assert Message.objects.get(to_email="tom@ledgerly.example").state == WorkState.CANCELLED
    with tenant(job.organization), pytest.raises(NotNow):
        complete.finish_by_hand(job.reference_request, actor="Dana Ruiz")
    assert len(job.emails("report_ready")) == len(notes(job)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_last_answers_in_one_moment_make_one_mail_and_one_note() -> None:
    job = connected_job()
    for number in (1, 2):
        answer(job, number, send=False)
    path = job.reference_path(2)
    with ThreadPoolExecutor(1) as pool:
        with tenant(job.organization):
            responses.submit(job.reference_request, job.reference(1))
            other = pool.submit(in_thread, lambda: Client().post(path + "check/", {"own_words": "on"}).status_code)
            wait([other], timeout=0.5)
        assert other.result(10) == 303
    assert job.reread().state == RequestState.READY
    assert len(job.emails("report_ready")) == len(notes(job)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_last_answer_and_a_finish_by_hand_in_one_moment_make_one_mail_and_one_note() -> None:
    job = connected_job()
    answer(job, 1)
    answer(job, 2, send=False)
    path = job.reference_path(2)
    with ThreadPoolExecutor(1) as pool:
        with tenant(job.organization):
            complete.finish_by_hand(job.reference_request, actor="Dana")
            other = pool.submit(in_thread, lambda: Client().post(path + "check/", {"own_words": "on"}).status_code)
            wait([other], timeout=0.5)
        assert other.result(10) == 303
    assert job.reread().state == RequestState.CLOSED_EARLY
    assert job.reference(2).state == ReferenceState.NOT_COMPLETED
    assert len(job.emails("report_ready")) == len(notes(job)) == 1


def close_overdue(job: Job, *, days: float) -> None:
    when = job.reference_request.created_at + timedelta(days=days)
    with time_machine.travel(when):
        deadlines.close_overdue(now=when)
    job.reread()


@pytest.mark.parametrize("make", [make_job, waiting_job])
def test_without_an_answer_it_expires_after_30_days_and_the_owner_is_told(make: Callable[[], Job]) -> None:
    job = make()
    close_overdue(job, days=29.9)
    assert job.reference_request.is_open
    close_overdue(job, days=30.1)
    close_overdue(job, days=31)
    assert job.reference_request.state == RequestState.EXPIRED
    assert len(job.emails("request_expired")) == 1
    assert job.emails("report_ready") == []


def test_with_an_answer_it_closes_with_a_report_after_30_days() -> None:
    job = connected_job()
    answer(job, 1)
    close_overdue(job, days=30.1)
    close_overdue(job, days=31)
    assert job.reference_request.state == RequestState.CLOSED_EARLY
    assert len(job.emails("report_ready")) == len(notes(job)) == 1


def test_the_calendar_ends_requests_of_every_organization_and_leaves_ended_ones() -> None:
    due, done = [make_job(), make_job()], ready_job()
    when = datetime.now(UTC) + timedelta(days=40)
    assert deadlines.close_overdue(now=when) == 2
    assert [job.reread().state for job in [*due, done]] == ["expired", "expired", "ready"]


def test_cancelling_takes_back_what_has_not_left() -> None:
    job = connected_job()
    with tenant(job.organization):
        complete.cancel(job.reference_request, actor="Dana Ruiz")
        assert {m.state for m in job.emails()} == {WorkState.CANCELLED}
        assert {m.text for m in job.emails()} == {""}
    assert job.reread().state == RequestState.CANCELLED
    assert notes(job) == []


def test_codes_are_forgotten_after_a_day() -> None:
    job = ready_job()
    Client().post(f"/reports/{job.reference_request.uid}/", {"email": "dana@acme.example"})
    now = datetime.now(UTC)
    assert deadlines.forget_codes(now=now + timedelta(hours=23)) == 0
    assert deadlines.forget_codes(now=now + timedelta(hours=25)) == 1
    with tenant(job.organization):
        assert not ReportCode.objects.exists()
