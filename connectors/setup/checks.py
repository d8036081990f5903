"""Checks the setup in the ATS and stores a timestamped snapshot.

The snapshot contains only what the ATS says. The checklist compares it with the current templates.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from connectors import ats, registry
from connectors.calls.gateway import open_ats
from connectors.company import job_cache
from connectors.company.names import closest_name, same_name
from connectors.connection import webhook_subscription
from connectors.models import Connection, SetupCheck
from connectors.progress import TaskProgress
from connectors.setup import setup_changes
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.text.lengths import ATS_LABEL, JOB_TITLE, fitted
from crosschq.tenancy.scope import tenant

STEPS = 3  # how many steps `read` reports as progress
# Each open job needs a call, and a person is waiting for the page.
JOBS_AT_MOST = 40
JOB_SECONDS = 12.0
JOBS_KEPT = 500
T = TypeVar("T")


@dataclass(frozen=True)
class FieldSnapshot:
    """The tag field. `is_list` is None if unknown."""

    label: str
    for_jobs: bool
    active: bool
    public: bool
    is_list: bool | None

    @classmethod
    def of(cls, setting: ats.JobFieldSetting, *, is_list: bool | None) -> "FieldSnapshot":
        return cls(setting.label, setting.for_jobs, setting.active, setting.public, is_list)


@dataclass(frozen=True)
class ProcessSnapshot:
    """An active hiring process. `closest` is a step with a similar name."""

    name: str
    has_step: bool
    closest: str


@dataclass(frozen=True)
class JobSnapshot:
    id: str
    title: str
    tag: str


@dataclass
class SetupSnapshot:
    """The result of one check. `unanswered` says why a question has no answer; `forbidden`: not permitted.

    Questions: me, people, webhook, settings, processes, candidates, jobs. webhook: active, inactive, other_events or
    missing. jobs contains those whose field was read; open_jobs counts all.
    """

    user: str = ""
    webhook: str = ""
    job_field: FieldSnapshot | None = None
    closest_field: str = ""
    processes: list[ProcessSnapshot] = field(default_factory=list)
    open_jobs: int = 0
    jobs: list[JobSnapshot] = field(default_factory=list)
    unanswered: dict[str, str] = field(default_factory=dict)
    forbidden: list[str] = field(default_factory=list)

    @property
    def works(self) -> bool:
        return "me" not in self.unanswered

    @classmethod
    def stored(cls, kept: dict[str, Any]) -> "SetupSnapshot":
        known = {f.name: kept[f.name] for f in fields(cls) if f.name in kept}
        known["job_field"] = FieldSnapshot(**kept["job_field"]) if kept.get("job_field") else None
        known["processes"] = [ProcessSnapshot(**process) for process in kept.get("processes", ())]
        known["jobs"] = [JobSnapshot(**job) for job in kept.get("jobs", ())]
        return cls(**known)


@dataclass
class _Reading:
    """A check in progress. Once the ATS as a whole has failed, it makes no further calls."""

    connection: Connection
    opened: ats.Ats
    snapshot: SetupSnapshot
    stopped: str = ""
    progress: TaskProgress = field(default_factory=TaskProgress)
    job_fields: Sequence[ats.JobFieldSetting] | None = None
    processes: Sequence[ats.HiringProcess] | None = None

    def ask(self, question: str, call: Callable[[], T]) -> T | None:
        """Return the answer, or None without one; `snapshot.unanswered` then says why."""
        if not self.stopped:
            try:
                return call()
            except (ats.Forbidden, ats.NotVisible) as error:
                self.snapshot.unanswered[question] = error.sentence
                self.snapshot.forbidden.append(question)
                return None
            except (ats.Unavailable, ats.RateLimited, ats.NeedsSignIn) as error:
                self.stopped = error.sentence
            except ats.AtsError as error:
                self.snapshot.unanswered[question] = error.sentence
                return None
        self.snapshot.unanswered[question] = self.stopped
        return None


def read(
    connection: Connection, *, jobs_at_most: int = JOBS_AT_MOST, progress: TaskProgress | None = None
) -> SetupSnapshot:
    """Read the setup from the ATS and store it. Never raises AtsError. Call outside a transaction."""
    reading = _Reading(connection, open_ats(connection), SetupSnapshot(), progress=progress or TaskProgress())
    began = clock.now()
    reading.progress.step(_("Looking up the user and the webhook"))
    me = reading.ask("me", reading.opened.me)
    if me:
        reading.snapshot.user = me.name
        reading.ask("users", lambda: reading.opened.user(me.id))
    _read_webhook(reading)
    reading.progress.step(_("Looking up the job field and the hiring steps"))
    field_id = _read_field(reading)
    _read_processes(reading)
    reading.ask("candidates", lambda: reading.opened.at_step(connection.step_name, updated_after=began))
    reading.progress.step(_("Reading open jobs"))
    _read_jobs(reading, field_id or "", jobs_at_most)
    _keep(reading, began, field_id)
    return reading.snapshot


def last(connection: Connection) -> tuple[SetupSnapshot, datetime] | None:
    """Return the last snapshot and its time; None before the first check of this sign-in. Call inside `tenant()`.

    An earlier sign-in may have been another user's, with other permissions.
    """
    row: SetupCheck | None = getattr(connection, "setup_check", None)
    if row is None or (connection.connected_at and row.checked_at < connection.connected_at):
        return None
    return SetupSnapshot.stored(row.snapshot), row.checked_at


def _read_webhook(reading: _Reading) -> None:
    reading.snapshot.webhook = reading.ask("webhook", lambda: webhook_state(reading.connection, reading.opened)) or ""


def webhook_state(connection: Connection, opened: ats.Ats) -> str:
    """Return active, inactive, other_events or missing. Raises AtsError."""
    subscription = webhook_subscription.current(connection)
    if subscription is None:
        # Call anyway: without permission to list, we can't subscribe either.
        opened.webhooks()
        return "missing"
    try:
        found = opened.webhook(subscription.vendor_id)
    except ats.NotVisible:
        return "missing"
    if not found.active:
        return "inactive"
    return "active" if set(found.events) == set(registry.vendor(connection.vendor).events) else "other_events"


def _read_field(reading: _Reading) -> str | None:
    """Return the field's id, empty if none is usable, or None if the ATS didn't answer."""
    found = reading.job_fields = reading.ask("settings", reading.opened.job_fields)
    if found is None:
        return None
    field_name = reading.connection.field_name
    best = field_named(field_name, found)
    if best is None:
        reading.snapshot.closest_field = closest_field(field_name, found)
        return ""
    choices = reading.ask("values", lambda: reading.opened.job_field_choices(best.id))
    reading.snapshot.job_field = FieldSnapshot.of(best, is_list=None if choices is None else bool(choices))
    return best.id if best.usable else ""


def field_named(label: str, found: Sequence[ats.JobFieldSetting]) -> ats.JobFieldSetting | None:
    """Return the field with this name, preferring a usable one."""
    named = [each for each in found if same_name(each.label, label)]
    return max(named, key=lambda each: (each.for_jobs, each.active), default=None)


def closest_field(label: str, found: Sequence[ats.JobFieldSetting]) -> str:
    """Return the name of a job field with a similar name; empty if none has one."""
    return closest_name(label, [each.label for each in found if each.for_jobs])


def _read_processes(reading: _Reading) -> None:
    reading.processes = reading.ask("processes", reading.opened.hiring_processes)
    reading.snapshot.processes = process_snapshots(reading.connection.step_name, reading.processes or ())


def process_snapshots(step_name: str, found: Sequence[ats.HiringProcess]) -> list[ProcessSnapshot]:
    """Return each active hiring process and whether it has this step."""
    snapshot = []
    for process in found:
        if process.active:
            names = [step.name for step in process.steps]
            has_step = any(same_name(name, step_name) for name in names)
            snapshot.append(ProcessSnapshot(process.name, has_step, "" if has_step else closest_name(step_name, names)))
    return snapshot


def _read_jobs(reading: _Reading, field_id: str, at_most: int) -> None:
    """Read the tag of open jobs: refresh the oldest entries, take the others from the cache."""
    summaries = reading.ask("jobs", reading.opened.jobs)
    if summaries is None:
        return
    connection = reading.connection
    still_open = [summary for summary in summaries if summary.open]
    reading.snapshot.open_jobs = len(still_open)
    with tenant(connection.organization):
        known = job_cache.cached_jobs(connection)
    oldest_first = sorted(still_open, key=lambda it: known[it.id][1].timestamp() if it.id in known else 0.0)
    current = {job_id: job for job_id, (job, _when) in known.items()}
    deadline = time.monotonic() + JOB_SECONDS
    read: dict[str, tuple[ats.Job, datetime]] = {}
    for summary in oldest_first[:at_most]:
        if time.monotonic() > deadline:
            break
        current.pop(summary.id, None)
        began = clock.now()
        try:
            current[summary.id] = reading.opened.job(summary.id)
        except ats.NotVisible:
            continue
        except ats.AtsError:
            break
        read[summary.id] = current[summary.id], began
        reading.progress.count(len(read), min(len(oldest_first), at_most))
    with tenant(connection.organization):
        job_cache.store(connection, read)
    for summary in still_open:
        if summary.id in current and len(reading.snapshot.jobs) < JOBS_KEPT:
            found = current[summary.id].field(field_id=field_id, label=connection.field_name)
            text = fitted(found.text, ATS_LABEL) if found else ""
            reading.snapshot.jobs.append(JobSnapshot(summary.id, fitted(summary.title, JOB_TITLE), text))


def _keep(reading: _Reading, began: datetime, field_id: str | None) -> None:
    connection, snapshot = reading.connection, reading.snapshot
    with tenant(connection.organization):
        connection.setup_check, _new = SetupCheck.objects.update_or_create(
            connection=connection,
            defaults={"organization": connection.organization, "checked_at": began, "snapshot": asdict(snapshot)},
        )
        if field_id is not None:
            # If the name has changed since then, this result is about another field.
            named = Connection.objects.filter(pk=connection.pk, field_name=connection.field_name)
            named.update(field_id=field_id)
            connection.field_id = field_id
        setup_changes.record(connection, processes=reading.processes, job_fields=reading.job_fields)
        if not snapshot.unanswered:
            # A permission may have been granted without a new sign-in.
            work_item.release(held_for=connection.sign_in_hold)
