"""How a request ends, and that everything it sends goes out exactly once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from connectors.models import Writeback
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from requests_app.completion import complete, deadlines
from requests_app.lifecycle import NotPossible, RequestMovedOn
from requests_app.models import DeclineReason, ReferenceState, RequestState
from requests_app.reference import decline, responses
from tests.factories import make_connection, make_organization
from tests.locks import waits_for_a_lock
from tests.patience import SECONDS
from tests.requests_app.factories import (
    RequestScenario,
    answer,
    in_thread,
    ready_request,
    sent_request,
    waiting_request,
)
from tests.requests_app.pages import text

pytestmark = pytest.mark.django_db


def connected_job() -> RequestScenario:
    organization = make_organization(time_zone="Europe/Berlin")
    return waiting_request(organization, connection=make_connection(organization))


def notes(scenario: RequestScenario) -> list[str]:
    with tenant(scenario.organization):
        return list(Writeback.objects.values_list("text", flat=True))


def test_a_request_is_ready_once_the_last_reference_has_answered() -> None:
    scenario = connected_job()
    answer(scenario, 2)
    assert (scenario.reference_request.state, scenario.emails("report_ready"), notes(scenario)) == (
        "waiting_for_references",
        [],
        [],
    )
    with time_machine.travel(datetime(2026, 11, 30, 23, 30, tzinfo=UTC), tick=False):
        answer(scenario, 1)
    assert scenario.reference_request.state == RequestState.READY
    assert [email.subject for email in scenario.emails("report_ready")] == ["Reference report ready: Maya Osei"]
    url = f"http://localhost:8000/reports/{scenario.reference_request.uid}/"
    assert notes(scenario) == [f"Reference report ready: 2 of 2 references, Dec 1, 2026\n{url}"]


def test_without_a_connection_the_ats_gets_no_note() -> None:
    scenario = ready_request()
    assert len(scenario.emails("report_ready")) == 1
    assert notes(scenario) == []


def test_the_note_contains_no_user_input() -> None:
    scenario = connected_job()
    answer(scenario, 1, words="@[USER:1] look")
    answer(scenario, 2)
    assert "Maya" not in notes(scenario)[0]
    assert "USER" not in notes(scenario)[0]


def test_a_declined_reference_is_waited_for_until_replaced_or_finished_manually() -> None:
    scenario = connected_job()
    answer(scenario, 1)
    with tenant(scenario.organization):
        decline.decline(scenario.reference_request, scenario.reference(2), DeclineReason.NO_TIME)
    assert scenario.reread().state == RequestState.WAITING_FOR_REFERENCES
    with tenant(scenario.organization):
        complete.finish_manually(scenario.reference_request, actor="Dana Ruiz")
    assert scenario.reread().state == RequestState.CLOSED_EARLY
    assert "1 of 2 references" in notes(scenario)[0]
    assert scenario.reference(2).state == ReferenceState.DECLINED


def test_finishing_manually_needs_one_answer_and_marks_the_others_not_completed() -> None:
    scenario = connected_job()
    late = scenario.reference_path(2)
    with tenant(scenario.organization), pytest.raises(NotPossible, match="No reference has answered yet"):
        complete.finish_manually(scenario.reference_request, actor="Dana Ruiz")
    answer(scenario, 1)
    with tenant(scenario.organization):
        complete.finish_manually(scenario.reference_request, actor="Dana Ruiz")
    assert scenario.reread().finished_at
    assert scenario.reference(2).state == ReferenceState.NOT_COMPLETED
    assert "You can still answer" in text(Client().get(late))
    assert "Dana Ruiz finished the request" in scenario.timeline()
    with tenant(scenario.organization):
        assert Message.objects.get(to_email="tom@ledgerly.example").state == WorkState.CANCELLED
    with tenant(scenario.organization), pytest.raises(RequestMovedOn):
        complete.finish_manually(scenario.reference_request, actor="Dana Ruiz")
    assert len(scenario.emails("report_ready")) == len(notes(scenario)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_simultaneous_last_answers_cause_one_email_and_one_note() -> None:
    scenario = connected_job()
    for number in (1, 2):
        answer(scenario, number, send=False)
    path = scenario.reference_path(2)
    with ThreadPoolExecutor(1) as pool:
        with tenant(scenario.organization):
            responses.submit(scenario.reference_request, scenario.reference(1))
            other = pool.submit(in_thread, lambda: Client().post(path + "check/", {"own_words": "on"}).status_code)
            waits_for_a_lock(other)
        assert other.result(SECONDS) == 303
    assert scenario.reread().state == RequestState.READY
    assert len(scenario.emails("report_ready")) == len(notes(scenario)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_last_answer_during_a_manual_finish_causes_one_email_and_one_note() -> None:
    scenario = connected_job()
    answer(scenario, 1)
    answer(scenario, 2, send=False)
    path = scenario.reference_path(2)
    with ThreadPoolExecutor(1) as pool:
        with tenant(scenario.organization):
            complete.finish_manually(scenario.reference_request, actor="Dana")
            other = pool.submit(in_thread, lambda: Client().post(path + "check/", {"own_words": "on"}).status_code)
            waits_for_a_lock(other)
        assert other.result(SECONDS) == 303
    assert scenario.reread().state == RequestState.CLOSED_EARLY
    assert scenario.reference(2).state == ReferenceState.LATE
    assert len(scenario.emails("report_ready")) == len(notes(scenario)) == 1


def close_overdue(scenario: RequestScenario, *, days: float) -> None:
    when = scenario.reference_request.created_at + timedelta(days=days)
    with time_machine.travel(when):
        deadlines.close_overdue(now=when)
    scenario.reread()


@pytest.mark.parametrize("make", [sent_request, waiting_request])
def test_without_an_answer_a_request_expires_after_30_days_and_the_owner_is_notified(
    make: Callable[[], RequestScenario],
) -> None:
    scenario = make()
    close_overdue(scenario, days=29.9)
    assert scenario.reference_request.is_open
    close_overdue(scenario, days=30.1)
    close_overdue(scenario, days=31)
    assert scenario.reference_request.state == RequestState.EXPIRED
    assert len(scenario.emails("request_expired")) == 1
    assert scenario.emails("report_ready") == []


def test_with_an_answer_a_request_closes_with_a_report_after_30_days() -> None:
    scenario = connected_job()
    answer(scenario, 1)
    close_overdue(scenario, days=30.1)
    close_overdue(scenario, days=31)
    assert scenario.reference_request.state == RequestState.CLOSED_EARLY
    assert len(scenario.emails("report_ready")) == len(notes(scenario)) == 1


def test_the_periodic_task_ends_due_requests_of_every_organization_and_skips_ended_ones() -> None:
    due, done = [sent_request(), sent_request()], ready_request()
    when = datetime.now(UTC) + timedelta(days=40)
    assert deadlines.close_overdue(now=when) == 2
    assert [scenario.reread().state for scenario in [*due, done]] == ["expired", "expired", "ready"]


def test_canceling_withdraws_unsent_emails() -> None:
    scenario = connected_job()
    with tenant(scenario.organization):
        complete.cancel(scenario.reference_request, actor="Dana Ruiz")
        assert {m.state for m in scenario.emails()} == {WorkState.CANCELLED}
        assert {m.text for m in scenario.emails()} == {""}
    assert scenario.reread().state == RequestState.CANCELLED
    assert notes(scenario) == []
