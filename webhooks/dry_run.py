"""What would happen, without its happening: the template that each job would fire, and who would get which message."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from connectors import ats, jobs
from connectors.gateway import as_setback, open_ats
from connectors.learned import OurField
from connectors.models import Connection
from crosschq.core import clock
from crosschq.organizations.tenancy import tenant
from requests_app.preview import PRETENDED, Previewed, previews
from requests_app.start import Origin, Reader, drafted
from templates_app.models import TemplateVersion

from . import look
from .look import Decided, Look, People
from .outcomes import BY_SETBACK, OUTCOMES

PAGE_ROWS = 25  # each costs a call where the job is not remembered, and ten calls a second are allowed
T = TypeVar("T")


class NotRead(Exception):
    """The ATS did not tell. The sentence is for people."""


@dataclass(frozen=True)
class Row:
    """A job. `tag` is as it is written there; `sentence` says why it would fire nothing."""

    id: str
    title: str
    status: str
    tag: str
    template: TemplateVersion | None
    sentence: str
    by_default: bool
    read_at: datetime | None


@dataclass(frozen=True)
class Table:
    """One page of all jobs, those that are open first. Numbers of pages begin at 1."""

    rows: tuple[Row, ...]
    number: int
    pages: int
    jobs: int
    read_at: datetime

    @property
    def firing(self) -> int:
        return sum(row.template is not None for row in self.rows)


@dataclass(frozen=True)
class Preview:
    """One job: who would get what. Without a version, `sentence` says why nobody would."""

    title: str
    tag: str = ""
    version: TemplateVersion | None = None
    people: People | None = None
    mails: tuple[Previewed, ...] = ()
    sentence: str = ""

    @property
    def readers(self) -> list[Reader]:
        """Who may open the report beside the owner."""
        people = self.people
        return [one for one in people.readers if one.email != people.owner.email] if people else []


def table(connection: Connection, *, number: int = 1) -> Table:
    """Raises NotRead. Reads the list of jobs anew, and of each job on the page what is not remembered of it."""
    opened = open_ats(connection)
    every = _told(
        connection, lambda: sorted(opened.jobs(), key=lambda job: (not job.open, job.title.casefold(), job.id))
    )
    pages = max(1, -(-len(every) // PAGE_ROWS))
    number = min(max(number, 1), pages)
    shown = every[(number - 1) * PAGE_ROWS : number * PAGE_ROWS]
    with tenant(connection.organization):
        known = jobs.remembered(connection)
    field = OurField(connection, opened)
    rows = _told(connection, lambda: tuple(_row(field, job, known.get(job.id)) for job in shown))
    return Table(rows, number, pages, len(every), clock.now())


def _row(field: OurField, summary: ats.JobSummary, known: tuple[ats.Job, datetime] | None) -> Row:
    """As for a move: what is remembered is good enough to send, and is read anew before it says no."""
    if known and look.has_tag(field.connection, known[0]):
        row = _matched(field, summary, *known)
        if row.template:
            return row
    read_at = clock.now()
    try:
        job, _remembered = jobs.job(field.connection, field.opened, summary.id, anew=True)
    except ats.NotVisible as error:
        return Row(summary.id, summary.title, summary.status, "", None, error.sentence, False, None)
    return _matched(field, summary, job, read_at)


def _matched(field: OurField, summary: ats.JobSummary, job: ats.Job, read_at: datetime) -> Row:
    written = job.field(field_id=field.connection.field_id, label=field.connection.field_name)
    match, sentence = None, ""
    seen = Look(field.connection, field.opened, job_id=job.id)
    seen.our_field = field  # so that it is asked for once, however many jobs show none
    try:
        match = look.template_of(seen, job)
    except Decided as decided:
        sentence = _sentence(decided)
    return Row(
        id=job.id,
        title=job.title,
        status=summary.status,
        tag=written.text if written else "",
        template=match.version if match else None,
        sentence=sentence,
        by_default=match is not None and match.by_default,
        read_at=read_at,
    )


def preview(connection: Connection, job_id: str) -> Preview:
    """Raises NotRead. The mails are those of a pretended candidate; nothing is stored and nothing is sent."""
    opened = open_ats(connection)
    seen = Look(connection, opened, job_id=job_id)
    try:
        job, match = _told(connection, lambda: look.match_template(seen))
    except Decided as decided:
        return Preview(title=seen.known.get("job_title", ""), sentence=_sentence(decided))
    people = _told(connection, lambda: look.people_of(seen, job))
    with tenant(connection.organization):
        request = drafted(
            organization=connection.organization,
            version=match.version,
            candidate=PRETENDED,
            job_title=job.title[:200],
            owner=people.owner,
            origin=Origin(connection=connection, job_id=job.id),
        )
        return Preview(
            title=job.title, tag=match.tag, version=match.version, people=people, mails=tuple(previews(request))
        )


def _sentence(decided: Decided) -> str:
    return OUTCOMES[decided.outcome].say(decided.values)


def _told(connection: Connection, ask: Callable[[], T]) -> T:
    try:
        return ask()
    except ats.AtsError as error:
        slug = BY_SETBACK.get(as_setback(error, connection).code)
        why = {"why": error.sentence}
        raise NotRead(OUTCOMES[slug].say(why) if slug else error.sentence) from error
