"""Caches jobs and hiring teams, so that a move on a cached job needs two calls instead of four.

An entry lives until the ATS reports a change, one day at most. Each half stores when it was last invalidated. A read
that started before that, or up to a minute after, isn't cached: the ATS's reads lag behind its events, so it may be
stale.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Q

from connectors import ats
from connectors.models import CachedJob, Connection
from crosschq.core import clock
from crosschq.tenancy.scope import tenant

MAX_AGE = timedelta(days=1)
LAG = timedelta(minutes=1)
T = TypeVar("T")


def job(connection: Connection, opened: ats.Ats, job_id: str, *, refresh: bool = False) -> tuple[ats.Job, bool]:
    """Return the job, and whether it came from the cache."""
    row = None if refresh else _row(connection, job_id)
    if row and row.job and row.job_read_at and row.job_read_at > clock.now() - MAX_AGE:
        return _job_from(row.job), True
    return _read(connection, job_id, "job", lambda: opened.job(job_id), asdict), False


def hiring_team(connection: Connection, opened: ats.Ats, job_id: str) -> list[ats.TeamMember]:
    row = _row(connection, job_id)
    if row and row.team is not None and row.team_read_at and row.team_read_at > clock.now() - MAX_AGE:
        return [ats.TeamMember(**member) for member in row.team]
    return _read(
        connection, job_id, "team", lambda: opened.hiring_team(job_id), lambda team: [asdict(member) for member in team]
    )


def cached_jobs(connection: Connection, *ids: str) -> dict[str, tuple[ats.Job, datetime]]:
    """Return every cached job, or those with these ids, with the time it was read. Call inside `tenant()`."""
    rows = CachedJob.objects.filter(connection=connection, job_read_at__gt=clock.now() - MAX_AGE).defer("team")
    if ids:
        rows = rows.filter(ats_id__in=ids)
    return {row.ats_id: (_job_from(row.job), row.job_read_at) for row in rows if row.job and row.job_read_at}


def store(connection: Connection, read: Mapping[str, tuple[ats.Job, datetime]]) -> None:
    """Cache jobs by id, each with the time when its read started. Call inside `tenant()`."""
    if not read:
        return
    missing = [CachedJob(organization=connection.organization, connection=connection, ats_id=job_id) for job_id in read]
    CachedJob.objects.bulk_create(missing, ignore_conflicts=True)
    rows = CachedJob.objects.select_for_update().filter(connection=connection, ats_id__in=read).defer("team")
    current = []
    for row in rows:
        job, began = read[row.ats_id]
        if row.job_invalidated_at is None or row.job_invalidated_at < began:
            row.job, row.job_read_at = asdict(job), began
            current.append(row)
    CachedJob.objects.bulk_update(current, ["job", "job_read_at"])


def invalidate_job(connection: Connection, job_id: str) -> None:
    """Drop a job that the ATS reported as changed. Call inside `tenant()`."""
    _drop(connection, job_id, job=None, job_invalidated_at=clock.now())


def invalidate_team(connection: Connection, job_id: str) -> None:
    """Drop a hiring team that the ATS reported as changed. Call inside `tenant()`."""
    _drop(connection, job_id, team=None, team_invalidated_at=clock.now())


def _row(connection: Connection, job_id: str) -> CachedJob | None:
    with tenant(connection.organization):
        return CachedJob.objects.filter(connection=connection, ats_id=job_id).first()


def _read(connection: Connection, job_id: str, half: str, ask: Callable[[], T], as_json: Callable[[T], Any]) -> T:
    began = clock.now()
    answer = ask()
    not_dropped = Q(**{f"{half}_invalidated_at": None}) | Q(**{f"{half}_invalidated_at__lt": began - LAG})
    with tenant(connection.organization):
        CachedJob.objects.get_or_create(
            connection=connection, ats_id=job_id, defaults={"organization": connection.organization}
        )
        row = CachedJob.objects.filter(not_dropped, connection=connection, ats_id=job_id)
        row.update(**{half: as_json(answer), f"{half}_read_at": began})
    return answer


def _drop(connection: Connection, job_id: str, **fields: Any) -> None:
    # Create a missing row: a first read may be in progress.
    CachedJob.objects.update_or_create(
        connection=connection,
        ats_id=job_id,
        defaults=fields,
        create_defaults=fields | {"organization": connection.organization},
    )


def _job_from(kept: dict[str, Any]) -> ats.Job:
    fields = tuple(ats.JobField(**field) for field in kept["fields"])
    return ats.Job(id=kept["id"], title=kept["title"], creator_id=kept["creator_id"], fields=fields)
