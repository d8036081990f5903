"""The dry run: the template that each job would use, and who would get which message."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.utils.translation import gettext as _

from connectors import ats
from connectors.calls.gateway import as_setback, open_ats
from connectors.company import job_cache
from connectors.company.setup_updates import TagField
from connectors.models import Connection
from connectors.progress import TaskProgress
from crosschq.core import clock
from crosschq.tenancy.scope import tenant
from requests_app.notifications.preview import EXAMPLE_CANDIDATE, EmailPreview, email_previews
from requests_app.start.start import Origin, ReportReader, draft_request
from templates_app.models import TemplateVersion
from webhooks.decision.evaluation import (
    Evaluation,
    RequestNotStarted,
    RequestPeople,
    find_people,
    has_tag,
    match_template,
    template_for_job,
)
from webhooks.decision.outcomes import BY_SETBACK, OUTCOMES

PAGE_ROWS = 25  # a job that isn't cached costs a call, and the ATS allows ten a second
T = TypeVar("T")
CachedJobs = dict[str, tuple[ats.Job, datetime]]  # by id, each with the time it was read


class AtsReadFailed(Exception):
    """The ATS couldn't be read. The message is for the interface."""


@dataclass(frozen=True)
class JobRow:
    """A job. `tag`: as entered in the ATS; `sentence`: why it would send nothing."""

    id: str
    title: str
    status: str
    tag: str
    template: TemplateVersion | None
    sentence: str
    by_default: bool
    read_at: datetime | None


@dataclass(frozen=True)
class DryRunTable:
    """One page of all jobs, open ones first. Page numbers start at 1."""

    rows: tuple[JobRow, ...]
    number: int
    pages: int
    jobs: int
    read_at: datetime

    @property
    def firing(self) -> int:
        return sum(row.template is not None for row in self.rows)


@dataclass(frozen=True)
class JobPreview:
    """What one job would send, and its recipients. Without a version, `sentence` says why it would send nothing."""

    title: str
    tag: str = ""
    version: TemplateVersion | None = None
    people: RequestPeople | None = None
    emails: tuple[EmailPreview, ...] = ()
    sentence: str = ""

    @property
    def readers(self) -> list[ReportReader]:
        """Return the people who may open the report besides the owner."""
        people = self.people
        return [one for one in people.readers if one.email != people.owner.email] if people else []


def table(connection: Connection, *, number: int = 1, progress: TaskProgress | None = None) -> DryRunTable:
    """Read the list of jobs, and the jobs of the page that aren't cached. Raises AtsReadFailed."""
    opened, progress = open_ats(connection), progress or TaskProgress()
    progress.step(_("Reading the list of jobs"))
    every = _read(
        connection, lambda: sorted(opened.jobs(), key=lambda job: (not job.open, job.title.casefold(), job.id))
    )
    pages = max(1, -(-len(every) // PAGE_ROWS))
    number = min(max(number, 1), pages)
    shown = every[(number - 1) * PAGE_ROWS : number * PAGE_ROWS]
    with tenant(connection.organization):
        known = job_cache.cached_jobs(connection)
    field = TagField(connection, opened)
    progress.step(_("Reading the jobs"))
    rows = _read(connection, lambda: _rows(field, shown, known, progress))
    return DryRunTable(rows, number, pages, len(every), clock.now())


def _rows(
    field: TagField, shown: Sequence[ats.JobSummary], known: CachedJobs, progress: TaskProgress
) -> tuple[JobRow, ...]:
    """Build the rows as a move would. A cached job is good enough to send, but is read again before we say no."""
    rows, read = [], dict[str, tuple[ats.Job, datetime]]()
    try:
        for summary in shown:
            row = _cached_row(field, summary, known)
            rows.append(row or _read_row(field, summary, read))
            progress.count(len(rows), len(shown))
    finally:
        with tenant(field.connection.organization):
            job_cache.store(field.connection, read)
    return tuple(rows)


def _cached_row(field: TagField, summary: ats.JobSummary, known: CachedJobs) -> JobRow | None:
    if summary.id not in known or not has_tag(field.connection, known[summary.id][0]):
        return None
    row = _matched(field, summary, *known[summary.id])
    return row if row.template else None


def _read_row(field: TagField, summary: ats.JobSummary, read: CachedJobs) -> JobRow:
    read_at = clock.now()
    try:
        job = field.opened.job(summary.id)
    except ats.NotVisible as error:
        return JobRow(summary.id, summary.title, summary.status, "", None, error.sentence, False, None)
    read[summary.id] = job, read_at
    return _matched(field, summary, job, read_at)


def _matched(field: TagField, summary: ats.JobSummary, job: ats.Job, read_at: datetime) -> JobRow:
    written = job.field(field_id=field.connection.field_id, label=field.connection.field_name)
    match, sentence = None, ""
    evaluation = Evaluation(field.connection, field.opened, job_id=job.id)
    evaluation.tag_field = field  # read once for all jobs
    try:
        match = template_for_job(evaluation, job)
    except RequestNotStarted as not_started:
        sentence = _sentence(not_started)
    return JobRow(
        id=job.id,
        title=job.title,
        status=summary.status,
        tag=written.text if written else "",
        template=match.version if match else None,
        sentence=sentence,
        by_default=match is not None and match.by_default,
        read_at=read_at,
    )


def preview(connection: Connection, job_id: str) -> JobPreview:
    """Return the preview with a sample candidate. Stores and sends nothing. Raises AtsReadFailed."""
    found = look_up(connection, job_id)
    with tenant(connection.organization):
        return with_emails(found, connection)


def look_up(connection: Connection, job_id: str) -> JobPreview:
    """Read what the preview needs from the ATS. Raises AtsReadFailed."""
    opened = open_ats(connection)
    evaluation = Evaluation(connection, opened, job_id=job_id)
    try:
        job, match = _read(connection, lambda: match_template(evaluation))
    except RequestNotStarted as not_started:
        return JobPreview(title=evaluation.known.get("job_title", ""), sentence=_sentence(not_started))
    people = _read(connection, lambda: find_people(evaluation, job))
    return JobPreview(title=job.title, tag=match.tag, version=match.version, people=people)


def with_emails(found: JobPreview, connection: Connection) -> JobPreview:
    """Add the emails. Call inside `tenant()`."""
    if found.version is None or found.people is None:
        return found
    reference_request = draft_request(
        organization=connection.organization,
        version=found.version,
        candidate=EXAMPLE_CANDIDATE,
        job_title=found.title,
        owner=found.people.owner,
        origin=Origin(connection=connection),
    )
    return replace(found, emails=tuple(email_previews(reference_request)))


def _sentence(not_started: RequestNotStarted) -> str:
    return OUTCOMES[not_started.outcome].say(not_started.values)


def _read(connection: Connection, ask: Callable[[], T]) -> T:
    try:
        return ask()
    except ats.AtsError as error:
        slug = BY_SETBACK.get(as_setback(error, connection).code)
        why = {"why": error.sentence, "ats": connection.ats_name}
        raise AtsReadFailed(OUTCOMES[slug].say(why) if slug else error.sentence) from error
