"""Liveness and readiness checks for a load balancer."""

from celery import current_app
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from kombu.exceptions import OperationalError

from crosschq.core.database import connections, timeouts
from crosschq.core.outbox import alarm
from crosschq.core.security import encryption_keys
from crosschq.tenancy.access import public_page

BROKER_SECONDS = 1
DATABASE_SECONDS = 2
SILENT = "does not answer"


@public_page
def healthz(request: HttpRequest) -> JsonResponse:
    """Liveness: the process responds. Checks nothing else."""
    return JsonResponse({"status": "ok"})


@public_page
def readyz(request: HttpRequest) -> JsonResponse:
    """Readiness: 503 while the database is unavailable, read-only, or needs migrations.

    Other problems are only reported: an unresponsive broker, encryption keys that differ between processes, the seconds
    since the scheduler last ran (null: never), and the age of the oldest waiting work in seconds (null: none).
    """
    with timeouts.answers_within(DATABASE_SECONDS):
        report: dict[str, str | int | None] = {"database": _database(), "keys": _keys(), "broker": _broker()}
        if report["database"] == "ok":
            report |= _signs()
    return JsonResponse(report, status=200 if report["database"] == "ok" else 503)


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
        is_read_only = connections.is_read_only()
    except Error:
        return SILENT
    if behind:
        return f"{len(behind)} migrations are missing"
    return "is read-only" if is_read_only else "ok"


def _signs() -> dict[str, str | int | None]:
    try:
        return {**alarm.read_and_log().as_report()}
    except Error:
        return {"signs": SILENT}


def _keys() -> str:
    try:
        return encryption_keys.problem() or "ok"
    except Error:
        return "not known"


def _broker() -> str:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_SECONDS)
    except OperationalError:
        return SILENT
    return "ok"
