"""What is done for each live connection again and again. Each chore is a row, so none is lost and none runs twice."""

from collections.abc import Callable
from datetime import datetime, timedelta

from connectors import ats
from connectors.calls import gateway
from connectors.calls.gateway import as_setback, open_ats
from connectors.company import directory, setup_updates
from connectors.connection import webhook_subscription
from connectors.models import Connection, ConnectionState
from connectors.setup import checks
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import cross_tenant, tenant
from webhooks.inbox import backfill
from webhooks.models import ConnectionJob, ConnectionJobKind

Act = Callable[[Connection, ats.Ats, ConnectionJob], None]

ACTS: dict[str, tuple[timedelta, Act]] = {
    ConnectionJobKind.BACKFILL_LOG: (
        timedelta(minutes=15),
        lambda connection, opened, _: backfill.from_log(connection, opened),
    ),
    ConnectionJobKind.SCAN_STEP: (
        timedelta(hours=1),
        lambda connection, opened, chore: backfill.from_step(connection, opened, since=chore.last_done_at),
    ),
    ConnectionJobKind.CHECK_SETUP: (
        timedelta(hours=1),
        lambda connection, opened, _: setup_updates.refresh_step_and_field(connection, opened),
    ),
    ConnectionJobKind.READ_DIRECTORY: (
        timedelta(days=1),
        lambda connection, opened, _: _read_settings(connection, opened),
    ),
    ConnectionJobKind.KEEP_ALIVE: (timedelta(days=1), lambda connection, _opened, _: gateway.keep_alive(connection)),
    ConnectionJobKind.RENEW_SIGNING_KEY: (
        timedelta(days=30),
        lambda connection, opened, _: webhook_subscription.rotate_key(connection, opened),
    ),
}
# Connecting has just done these.
NOT_AT_FIRST = {ConnectionJobKind.CHECK_SETUP, ConnectionJobKind.READ_DIRECTORY, ConnectionJobKind.RENEW_SIGNING_KEY}
CATCH_UP = (ConnectionJobKind.BACKFILL_LOG, ConnectionJobKind.SCAN_STEP)
SOONER = timedelta(minutes=15)


def plan() -> int:
    """Give every live connection its chores, and begin anew those that a fault of ours ended. Returns how many."""
    with cross_tenant("every live connection has its chores"):
        known = set(ConnectionJob.objects.values_list("connection_id", "kind"))
        live = Connection.objects.filter(state=ConnectionState.CONNECTED).values_list("pk", "organization_id")
        missing = [
            ConnectionJob(organization_id=organization, connection_id=pk, kind=kind, available_at=_first(kind))
            for pk, organization in live
            for kind in ConnectionJobKind
            if (pk, kind.value) not in known
        ]
        ConnectionJob.objects.bulk_create(missing, ignore_conflicts=True)
        ended = ConnectionJob.objects.filter(state=WorkState.DEAD)
        return len(missing) + ended.update(state=WorkState.PENDING, attempts=0, available_at=clock.now() + SOONER)


def perform(chore: ConnectionJob) -> None:
    with tenant(chore.organization):
        connection = Connection.objects.select_related("organization").get(pk=chore.connection_id)
    every, act = ACTS[chore.kind]
    began, problem = clock.now(), ""
    if connection.state != ConnectionState.NOT_CONNECTED:
        try:
            act(connection, open_ats(connection), chore)
        except ats.AtsError as error:
            setback = as_setback(error, connection)
            if isinstance(setback, work_item.Hold):
                raise setback from error
            # A chore is not given up: what cannot be done now is done at its next turn.
            problem, every = error.sentence, min(every, SOONER)
    done = {} if problem else {"last_done_at": began}
    with tenant(chore.organization):
        work_item.finish(
            chore, state=WorkState.PENDING, reason=problem, available_at=clock.now() + every, attempts=0, **done
        )


def _read_settings(connection: Connection, opened: ats.Ats) -> None:
    directory.read(connection, opened)
    # So that the checklist is never older than a day.
    checks.read(connection)


def begin_anew(connection: Connection) -> None:
    """Once it is connected or set up again: give it its chores, and look for what was missed."""
    plan()
    with tenant(connection.organization):
        look_now(connection)


def look_now(connection: Connection) -> None:
    """After a reconnect, look at once for what was missed. Call inside `tenant()`."""
    missed = ConnectionJob.objects.filter(
        connection=connection, kind__in=[ConnectionJobKind.BACKFILL_LOG, ConnectionJobKind.SCAN_STEP]
    )
    missed.exclude(state=WorkState.WORKING).update(
        state=WorkState.PENDING, held_for="", attempts=0, available_at=clock.now()
    )
    work_item.wake_workers(ConnectionJob)


def is_due(connection: Connection, kind: ConnectionJobKind) -> bool:
    """Whether it is about to be done, or being done. Call inside `tenant()`."""
    busy = [WorkState.PENDING, WorkState.WORKING]
    due = ConnectionJob.objects.filter(connection=connection, kind=kind, state__in=busy, available_at__lte=clock.now())
    return bool(due.exists())


def _first(kind: ConnectionJobKind) -> datetime:
    return clock.now() + (ACTS[kind][0] if kind in NOT_AT_FIRST else timedelta())
