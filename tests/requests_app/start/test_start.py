"""When a request starts, and when the candidate is not asked again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connection

from crosschq.messaging.models import Message
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.completion import complete
from requests_app.models import ReaderRole, ReferenceRequest, RequestState
from requests_app.start.by_hand.new_request import open_requests_for
from requests_app.start.start import (
    AlreadyDone,
    AlreadyOpen,
    CandidateInfo,
    NotStarted,
    OpenWithoutAts,
    Origin,
    Owner,
    ReportReader,
    start_request,
)
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
from tests.templates_app.factories import make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Organization:
    return make_organization(time_zone="Europe/Berlin")


def test_the_last_day_ends_at_midnight_in_the_organizations_time_zone(acme: Organization) -> None:
    with time_machine.travel(datetime(2026, 10, 20, 22, 30, tzinfo=UTC), tick=False):
        scenario = sent_request(acme, due_days=14)
    # By then it's October 21 in Berlin, and standard time on the last day.
    assert scenario.reference_request.due_at == datetime(2026, 11, 4, 22, 59, 59, tzinfo=UTC)
    assert scenario.reference_request.closes_at == datetime(2026, 11, 19, 22, 30, tzinfo=UTC)


def test_the_position_is_the_templates_or_else_the_jobs_title(acme: Organization) -> None:
    assert sent_request(acme).reference_request.position == "Backend Engineer"
    assert sent_request(acme, position="Engineer (m/f/d)").reference_request.position == "Engineer (m/f/d)"


def test_the_request_keeps_its_version_when_the_template_is_edited(acme: Organization) -> None:
    assert sent_request(acme).reference_request.version.number == 1


def test_the_invitation_is_stored_in_the_same_transaction(acme: Organization) -> None:
    with suppress(LookupError), tenant(acme):
        sent_request(acme)
        assert Message.objects.count() == 1
        raise LookupError
    with tenant(acme):
        assert not Message.objects.exists()
        assert not ReferenceRequest.objects.exists()


def test_each_reader_is_listed_once_and_the_owner_as_owner(acme: Organization) -> None:
    scenario = sent_request(
        acme,
        hiring_manager_name="Hal",
        hiring_manager_email="hal@acme.example",
        readers=(
            ReportReader("Dana", "DANA@acme.example", ReaderRole.HIRING_TEAM),
            ReportReader("Hal", "hal@acme.example", ReaderRole.HIRING_TEAM),
            ReportReader("Tim", "tim@acme.example", ReaderRole.HIRING_TEAM),
            ReportReader("Nobody", "", ReaderRole.HIRING_TEAM),
        ),
    )
    with tenant(acme):
        assert set(scenario.reference_request.readers.values_list("email", "role")) == {
            ("dana@acme.example", "owner"),
            ("hal@acme.example", "hiring_manager"),
            ("tim@acme.example", "hiring_team"),
        }


def sent(acme: Organization) -> RequestScenario:
    return sent_request(acme, connection=make_connection(acme))


def again(scenario: RequestScenario) -> RequestScenario:
    return sent_request(scenario.organization, connection=scenario.reference_request.connection)


def test_an_open_request_blocks_another_one_with_any_template(acme: Organization) -> None:
    scenario = sent(acme)
    with pytest.raises(AlreadyOpen) as caught:
        again(scenario)
    assert caught.value.reference_request == scenario.reference_request


@pytest.mark.parametrize(("days", "blocks"), [(0, True), (89, True), (91, False)])
def test_a_finished_request_blocks_for_90_days(acme: Organization, days: int, *, blocks: bool) -> None:
    scenario = ready_request(acme, connection=make_connection(acme))
    with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
        if blocks:
            with pytest.raises(AlreadyDone) as caught:
                again(scenario)
            assert caught.value.reference_request == scenario.reference_request
        else:
            assert again(scenario).reference_request.state == RequestState.SENT


@pytest.mark.parametrize("end", [lambda r: complete.cancel(r, actor="Dana"), complete.close_after_last_day])
def test_canceled_and_expired_requests_never_block(acme: Organization, end: Callable[[ReferenceRequest], None]) -> None:
    scenario = sent(acme)
    with tenant(acme):
        end(scenario.reference_request)
    assert again(scenario).reference_request.state == RequestState.SENT


def test_a_request_closed_manually_blocks_like_a_ready_one(acme: Organization) -> None:
    scenario = waiting_request(acme, connection=make_connection(acme))
    answer(scenario, 1)
    with tenant(acme):
        complete.finish_manually(scenario.reference_request, actor="Dana")
    with pytest.raises(AlreadyDone):
        again(scenario)


def test_requests_for_another_job_or_without_a_connection_do_not_block(acme: Organization) -> None:
    scenario = sent(acme)
    assert sent_request(acme, connection=scenario.reference_request.connection, ats_job="job-2").reference_request.pk
    assert sent_request(acme).reference_request.pk
    assert sent_request(acme).reference_request.pk


@pytest.mark.django_db(transaction=True)
def test_concurrent_starts_create_one_request_and_one_email() -> None:
    acme = make_organization()
    made = make_connection(acme)
    together = Barrier(6)

    def start(_: int) -> bool:
        try:
            together.wait(SECONDS)
            sent_request(acme, connection=made)
        except NotStarted:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        started = list(pool.map(start, range(6)))
    assert sum(started) == 1
    with tenant(acme):
        assert Message.objects.count() == 1
        assert ReferenceRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_move_waits_for_a_request_to_the_same_address_that_is_being_sent_manually() -> None:
    acme = make_organization()
    made, template = make_connection(acme), make_template(acme)
    maya = CandidateInfo("Maya", "Osei", "maya@candidates.example")
    with ThreadPoolExecutor(1) as pool:
        with tenant(acme):
            assert open_requests_for("Maya@candidates.example", acme) == []
            move = pool.submit(in_thread, lambda: sent_request(acme, connection=made))
            assert waits_for_a_lock(move)
            start_request(
                organization=acme,
                version=template.current,
                candidate=maya,
                job_title="Engineer",
                owner=Owner("Dana Ruiz", "dana@acme.example"),
                origin=Origin(),
            )
        with pytest.raises(OpenWithoutAts):
            move.result()
