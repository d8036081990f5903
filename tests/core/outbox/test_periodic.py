"""A row that fails doesn't stop a periodic task for the others: it is logged, counted, and retried in the next run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
import time_machine
from django.db import OperationalError, connection

from connectors.models import Connection
from crosschq.core.models import FailedRow
from crosschq.core.outbox import periodic
from crosschq.messaging.models import DeliveryStatus, Message
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from prospects.models import Prospect
from prospects.opt_in import retention
from requests_app.completion import deadlines, pause
from requests_app.models import ReferenceRequest
from requests_app.notifications import bounces
from templates_app.request_templates.rules import FinishRule
from tests.factories import make_connection, make_organization
from tests.prospects.factories import make_prospect
from tests.requests_app.factories import answer, sent_request, waiting_request
from webhooks.log import owner_notices
from webhooks.models import InboundEvent

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)


class Poison(Exception):
    """maya@candidates.example: exception messages are never logged."""


def organizations() -> list[Organization]:
    return [make_organization(name) for name in ("Poisoned", "Healthy", "Fine")]


def test_the_other_rows_are_processed_and_the_failed_one_is_logged_and_retried() -> None:
    rows, acted = organizations(), []

    def act(row: Organization) -> bool:
        if row.name == "Poisoned":
            raise Poison("maya@candidates.example")
        acted.append(row.name)
        return True

    with structlog.testing.capture_logs() as logs:
        assert periodic.for_each("a loop", rows, act) == 2
        assert periodic.for_each("another loop", rows[1:], act) == 2
        periodic.for_each("a loop", rows, act)
    assert acted == ["Healthy", "Fine"] * 3
    row = f"organizations.Organization {rows[0].uid}"
    assert [(line["event"], line["row"], line["kind"]) for line in logs] == [("periodic_row_failed", row, "Poison")] * 2
    failed = FailedRow.objects.get()
    assert (failed.task, failed.row, failed.error, failed.times) == ("a loop", row, "Poison", 2)
    assert periodic.for_each("a loop", rows, lambda row: True) == 3
    assert not FailedRow.objects.exists()


def test_a_row_that_the_database_refuses_does_not_affect_the_next() -> None:
    rows = organizations()

    def act(row: Organization) -> bool:
        with tenant(row), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / %s", [0 if row.name == "Poisoned" else 1])
        return True

    assert periodic.for_each("a loop", rows, act) == 2
    assert FailedRow.objects.get().error == "DataError"


def test_a_failed_step_does_not_stop_the_next() -> None:
    ran = []

    def first() -> None:
        raise Poison

    periodic.run_all("steps", first, lambda: ran.append("second"))
    assert ran == ["second"]
    assert FailedRow.objects.get().row == "first"


def test_a_lost_database_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def act(row: Organization) -> bool:
        tried.append(row)
        raise OperationalError

    monkeypatch.setattr(connection, "is_usable", lambda: False)
    with pytest.raises(OperationalError):
        periodic.for_each("a loop", organizations(), act)
    assert len(tried) == 1


def overdue(organization: Organization) -> Any:
    return sent_request(organization).reference_request


def with_an_answer(organization: Organization) -> Any:
    job = waiting_request(organization, finish=FinishRule(1, days=1))
    answer(job, 1)
    return job.reference_request


def paused(organization: Organization) -> Any:
    reference_request = sent_request(organization).reference_request
    with tenant(organization):
        ReferenceRequest.objects.filter(pk=reference_request.pk).update(paused_until=MONDAY + timedelta(hours=1))
    return reference_request


def bounced(organization: Organization) -> Any:
    job = sent_request(organization)
    with tenant(organization):
        Message.objects.filter(about_uid=job.reference_request.uid).update(delivery=DeliveryStatus.BOUNCED)
    return job.reference_request


def not_sent(organization: Organization) -> Any:
    connected: Connection = make_connection(organization)
    with tenant(organization):
        ids = {"candidate_id": "c-1", "job_id": "j-1"}
        values = {"organization": organization, "connection": connected, "event_id": "e-1", "body": b"", **ids}
        ended = {"state": "done", "outcome": "no.tag_empty", "outcome_at": MONDAY}
        return InboundEvent.objects.create(**values, **ended)


def ending(organization: Organization) -> Any:
    return make_prospect(organization)


LATER = MONDAY + timedelta(days=40)
LOOPS: dict[str, tuple[Callable[[Organization], Any], Callable[[], int], str]] = {
    "close_overdue": (
        overdue,
        lambda: deadlines.close_overdue(now=LATER),
        "requests_app.completion.deadlines.close_after_last_day",
    ),
    "notify_due": (
        overdue,
        lambda: deadlines.notify_due(now=MONDAY + timedelta(days=20)),
        "requests_app.completion.deadlines._notify_due",
    ),
    "notify_silence": (
        overdue,
        lambda: deadlines.notify_silence(now=MONDAY + timedelta(days=5, hours=1)),
        "requests_app.completion.deadlines._notify_silence",
    ),
    "finish_by_rule": (
        with_an_answer,
        lambda: deadlines.finish_by_rule(now=MONDAY + timedelta(days=3)),
        "requests_app.completion.deadlines.finish_if_complete",
    ),
    "cancel_paused": (
        paused,
        lambda: pause.cancel_paused(now=MONDAY + timedelta(days=2)),
        "requests_app.completion.pause.complete.cancel",
    ),
    "notify_bounces": (bounced, bounces.notify_bounces, "requests_app.notifications.bounces._notify_owner"),
    "notify_owners": (not_sent, owner_notices.plan, "webhooks.log.owner_notices.needs_owner_notice"),
    "ask_to_renew": (
        ending,
        lambda: retention.ask_to_renew(now=MONDAY + timedelta(days=350)),
        "prospects.opt_in.retention.send.ask_to_renew",
    ),
    "end_consents": (
        ending,
        lambda: retention.end_consents(now=MONDAY + timedelta(days=400)),
        "prospects.opt_in.retention.removal.remove",
    ),
}


@pytest.mark.parametrize("name", LOOPS)
def test_each_loop_continues_past_a_failed_row_and_retries_it_later(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, run, act = LOOPS[name]
    poisoned, healthy = make_organization(), make_organization()
    with time_machine.travel(MONDAY, tick=False):
        make(poisoned), make(healthy)
    module, _dot, function = act.rpartition(".")
    owner, real = _resolve(module), getattr(_resolve(module), function)

    def spoiled(row: Any, *args: Any, **kwargs: Any) -> Any:
        if _organization_of(row) == poisoned.pk:
            raise Poison("maya@candidates.example")
        return real(row, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(owner, function, spoiled)
        assert run() == 1
    assert FailedRow.objects.count() == 1
    assert run() == 1
    assert not FailedRow.objects.exists()


def test_more_failing_rows_than_fit_in_one_batch_hide_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    poisoned, healthy = make_organization(), make_organization()
    first = not_sent(poisoned)
    with tenant(poisoned):
        values = {"organization": poisoned, "connection": first.connection, "body": b"", "state": "done"}
        ended = {"candidate_id": "c-1", "job_id": "j-1", "outcome": "no.tag_empty", "outcome_at": MONDAY}
        InboundEvent.objects.bulk_create(InboundEvent(**values, **ended, event_id=f"e-{n}") for n in range(2, 6))
    not_sent(healthy)
    concerns = owner_notices.needs_owner_notice

    def spoiled(event: InboundEvent, *args: Any, **kwargs: Any) -> bool:
        if event.organization_id == poisoned.pk:
            raise Poison
        return concerns(event, *args, **kwargs)

    monkeypatch.setattr(owner_notices, "BATCH", 2)
    monkeypatch.setattr(owner_notices, "needs_owner_notice", spoiled)
    assert owner_notices.plan() == 1
    assert FailedRow.objects.count() == 5


def _resolve(path: str) -> Any:
    import importlib

    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        module, _dot, name = path.rpartition(".")
        return getattr(importlib.import_module(module), name)


def _organization_of(row: Any) -> int:
    if isinstance(row, (ReferenceRequest, InboundEvent, Prospect)):
        return int(row.organization_id)
    for model in (ReferenceRequest,):
        found = model.objects.filter(uid=row).first()
        return int(found.organization_id) if found else 0
    return 0
