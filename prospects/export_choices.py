"""What there is to choose from in SmartRecruiters: read when somebody asks, kept with the time of the reading."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from connectors import ats
from connectors.gateway import open_ats
from connectors.models import Connection
from crosschq.core import clock, work
from crosschq.organizations.tenancy import tenant

from .export_models import ExportSettings, TagSeen, locked

T = TypeVar("T")
OURS = ("crosschq", "prospect", "reference")
CANDIDATES_READ = 300  # for their tags: three calls
TAGS_KEPT = 1000
TAGS_SUGGESTED = 20


@dataclass(frozen=True)
class JobChoice:
    id: str
    title: str
    status: str


@dataclass(frozen=True)
class SourceChoice:
    """A source, with its subtype and the type that it stands under."""

    type_id: str
    subtype_id: str
    id: str
    label: str

    @property
    def key(self) -> str:
        """Names it in a form: an id may stand under several subtypes."""
        return f"{self.subtype_id}/{self.id}"

    @property
    def recommended(self) -> bool:
        """Whether somebody has made it for people who come from here."""
        return any(word in self.label.casefold() for word in OURS)


@dataclass
class Seen:
    """What one reading saw. `unread` says of `sources` and `jobs` why they could not be read; `forbidden`: which."""

    types: list[tuple[str, str]] = field(default_factory=list)
    sources: list[SourceChoice] = field(default_factory=list)
    jobs: list[JobChoice] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    forbidden: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, settings: ExportSettings) -> "Seen":
        kept: dict[str, Any] = settings.seen
        return cls(
            types=[(kind[0], kind[1]) for kind in kept.get("types", ())],
            sources=[SourceChoice(**source) for source in kept.get("sources", ())],
            jobs=[JobChoice(**job) for job in kept.get("jobs", ())],
            unread=dict(kept.get("unread", {})),
            forbidden=list(kept.get("forbidden", ())),
        )

    def sources_of(self, type_id: str) -> list[SourceChoice]:
        return [source for source in self.sources if source.type_id == type_id]

    def has_source(self, settings: ExportSettings) -> bool:
        wanted = settings.source_type_id, settings.source_subtype_id, settings.source_id
        return any((source.type_id, source.subtype_id, source.id) == wanted for source in self.sources)

    def has_job(self, job_id: str) -> bool:
        return any(job.id == job_id for job in self.jobs)

    @property
    def recommended(self) -> SourceChoice | None:
        """A source made for this, before one of a general type."""
        return next((source for source in self.sources if source.recommended), None)


def settings_of(connection: Connection) -> ExportSettings:
    """The row, made at the first act, and locked: two acts at once do not undo each other. Call inside `tenant()`."""
    ExportSettings.objects.get_or_create(connection=connection, defaults={"organization": connection.organization})
    result: ExportSettings = locked(ExportSettings.objects.filter(connection=connection)).get()
    return result


def read(connection: Connection) -> ExportSettings:
    """Ask SmartRecruiters, keep the answers, and judge what is chosen by them. Call outside a transaction."""
    seen, tags = Seen(), list[str]()
    opened = open_ats(connection)

    def ask(question: str, call: Callable[[], list[T]]) -> list[T]:
        try:
            return call()
        except ats.AtsError as error:
            seen.unread[question] = error.sentence
            if isinstance(error, ats.Forbidden):
                seen.forbidden.append(question)
            return []

    seen.types = [(kind.id, kind.label) for kind in ask("sources", opened.source_types)]
    for type_id, _label in seen.types:
        found = ask("sources", partial(opened.sources, type_id))
        seen.sources += [SourceChoice(source.type_id, source.subtype_id, source.id, source.label) for source in found]
    seen.jobs = [JobChoice(job.id, job.title, job.status) for job in ask("jobs", opened.jobs)]
    for candidate in ask("tags", partial(opened.search, "", most=CANDIDATES_READ)):
        tags += candidate.tags
    with tenant(connection.organization):
        return _store(connection, seen, tags)


def read_again(connection: Connection) -> None:
    """After a new sign-in: the permission that held the export may be there now. Call outside a transaction."""
    with tenant(connection.organization):
        is_held = ExportSettings.objects.filter(connection=connection).exclude(problem="").exists()
    if is_held:
        read(connection)


def _store(connection: Connection, seen: Seen, tags: list[str]) -> ExportSettings:
    settings = settings_of(connection)
    settings.seen, settings.seen_at = asdict(seen), clock.now()
    judge(settings, seen)
    settings.save(update_fields=["seen", "seen_at", "problem"])
    remember_tags(settings, tags)
    return settings


def judge(settings: ExportSettings, seen: Seen) -> None:
    """Set what holds the export, or let go what waited for it. The caller saves."""
    settings.problem = " ".join(problems(settings, seen)) if settings.is_complete else ""
    if settings.is_complete and not settings.problem:
        work.release(held_for=settings.waits_for_change)


def problems(settings: ExportSettings, seen: Seen) -> list[str]:
    """What of the chosen values is not there anymore, or may not be read. What could not be read tells nothing."""
    found = []
    if "sources" in seen.forbidden:
        found.append(seen.unread["sources"])
    elif "sources" not in seen.unread and not seen.has_source(settings):
        found.append(_("The source “%(label)s” is no longer in SmartRecruiters.") % {"label": settings.source_label})
    if "jobs" not in seen.unread:
        gone = [title for job_id, title in settings.targets if job_id and not seen.has_job(job_id)]
        found += [_("The job “%(title)s” is no longer in SmartRecruiters.") % {"title": title} for title in gone]
    return found


def remember_tags(settings: ExportSettings, tags: Iterable[str]) -> None:
    """Keep tags for suggestions, each once whatever its case. Call inside `tenant()`."""
    by_key = {tag.strip().casefold()[:150]: tag.strip()[:150] for tag in tags if tag.strip()}
    rows = [
        TagSeen(organization=settings.organization, settings=settings, tag=tag, tag_key=key)
        for key, tag in list(by_key.items())[:TAGS_KEPT]
    ]
    TagSeen.objects.bulk_create(rows, ignore_conflicts=True)


def suggested_tags(settings: ExportSettings, text: str) -> list[str]:
    """Tags that begin with the text, then those that have it elsewhere. Call inside `tenant()`."""
    key = text.replace("\x00", "").strip().casefold()  # no text of the database holds a NUL
    tags = TagSeen.objects.filter(settings=settings, tag_key__contains=key).order_by("tag_key")
    found: list[str] = list(tags.values_list("tag", flat=True)[:TAGS_KEPT])
    return sorted(found, key=lambda tag: not tag.casefold().startswith(key))[:TAGS_SUGGESTED]
