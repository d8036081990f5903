"""The recurring jobs of each live connection. Each is a row, so none gets lost or runs twice."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import QuerySet

from connectors import ats
from connectors.calls import gateway
from connectors.calls.gateway import as_setback, open_ats
from connectors.company import directory, setup_updates
from connectors.connection import webhook_subscription
from connectors.models import Connection, ConnectionState
from connectors.setup import checks
from crosschq.core import clock
from crosschq.core.outbox import periodic, work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.restore import mode
from crosschq.tenancy.scope import cross_tenant, tenant
from webhooks.decision import follow
from webhooks.inbox import backfill
from webhooks.models import ConnectionJob, ConnectionJobKind

Run = Callable[[Connection, ats.Ats, ConnectionJob], None]


def scan_step(connection: Connection, opened: ats.Ats, job: ConnectionJob) -> None:
    backfill.from_step(connection, opened, since=job.last_done_at)
    if job.last_done_at and mode.restored_since(job.last_done_at):
        follow.open_requests(connection, opened)


SCHEDULE: dict[str, tuple[timedelta, Run]] = {
    ConnectionJobKind.BACKFILL_LOG: (
        timedelta(minutes=15),
        lambda connection, opened, _: backfill.from_log(connection, opened),
    ),
    ConnectionJobKind.SCAN_STEP: (
        timedelta(hours=1),
        scan_step,
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
# Connecting has just done these, so they start one interval later.
DONE_BY_CONNECTING = {
    ConnectionJobKind.CHECK_SETUP,
    ConnectionJobKind.READ_DIRECTORY,
    ConnectionJobKind.RENEW_SIGNING_KEY,
}
RETRY_AFTER = timedelta(minutes=15)


def plan() -> int:
    """Create missing jobs, and restart jobs that a bug of ours ended. Return how many."""
    with cross_tenant("every live connection has its recurring jobs"):
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
        return len(missing) + ended.update(state=WorkState.PENDING, attempts=0, available_at=clock.now() + RETRY_AFTER)


def perform(job: ConnectionJob) -> None:
    with tenant(job.organization):
        connection = Connection.objects.select_related("organization").get(pk=job.connection_id)
    interval, run = SCHEDULE[job.kind]
    began, problem = clock.now(), ""
    if connection.state != ConnectionState.NOT_CONNECTED:
        try:
            run(connection, open_ats(connection), job)
        except ats.AtsError as error:
            setback = as_setback(error, connection)
            if isinstance(setback, work_item.Hold):
                raise setback from error
            # A recurring job never gives up, since the next run tries again.
            problem, interval = error.sentence, min(interval, RETRY_AFTER)
    done = {} if problem else {"last_done_at": began}
    with tenant(job.organization):
        work_item.finish(
            job, state=WorkState.PENDING, reason=problem, available_at=clock.now() + interval, attempts=0, **done
        )


@mode.ask_ats.provide
def ask_after_restore() -> None:
    """Look for what a restored backup lacks: moves, candidates at the step, and turned-down applications."""
    plan()
    with cross_tenant("every live connection asks its ATS after a restore"):
        live = list(Connection.objects.filter(state=ConnectionState.CONNECTED).select_related("organization"))
    periodic.for_each("ask_after_restore", live, _catch_up)


def _catch_up(connection: Connection) -> bool:
    with tenant(connection.organization):
        catch_up_now(connection)
    return True


def _read_settings(connection: Connection, opened: ats.Ats) -> None:
    directory.read(connection, opened)
    # Keeps the checklist at most a day old.
    checks.read(connection)


def restart(connection: Connection) -> None:
    """Create the jobs and catch up on missed moves, after connecting or setting up again."""
    plan()
    with tenant(connection.organization):
        catch_up_now(connection)


def catch_up_now(connection: Connection) -> None:
    """Look for missed moves now. Call inside `tenant()`."""
    missed = ConnectionJob.objects.filter(
        connection=connection, kind__in=[ConnectionJobKind.BACKFILL_LOG, ConnectionJobKind.SCAN_STEP]
    )
    missed.exclude(state=WorkState.WORKING).update(
        state=WorkState.PENDING, held_for="", attempts=0, available_at=clock.now()
    )
    work_item.wake_workers(ConnectionJob)


def due(connection: Connection, kind: ConnectionJobKind) -> "QuerySet[ConnectionJob]":
    """Return the job if it is due or running. Call inside `tenant()`."""
    busy = [WorkState.PENDING, WorkState.WORKING]
    found: QuerySet[ConnectionJob] = ConnectionJob.objects.filter(
        connection=connection, kind=kind, state__in=busy, available_at__lte=clock.now()
    )
    return found


def _first(kind: ConnectionJobKind) -> datetime:
    return clock.now() + (SCHEDULE[kind][0] if kind in DONE_BY_CONNECTING else timedelta())
