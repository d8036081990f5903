"""What there is to choose from in SmartRecruiters: read when somebody asks, kept with the time of the reading."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
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
        """Whether somebody has made it for prospects from Crosschq."""
        return any(word in self.label.casefold() for word in OURS)


TYPES, JOBS, TAGS = "types", "jobs", "tags"
OF_TYPE = "type:"


def part_of(type_id: str) -> str:
    """The part of a reading that tells the sources of one type."""
    return f"{OF_TYPE}{type_id}"


@dataclass
class Seen:
    """The newest answers of SmartRecruiters, part by part: a part that could not be read keeps its earlier answer.

    `read_at`: when each part was read, as ISO time. `unread`: why the last reading did not get a part. `missing`: the
    permission without which no source can be read, in a sentence.
    """

    types: list[tuple[str, str]] = field(default_factory=list)
    sources: list[SourceChoice] = field(default_factory=list)
    jobs: list[JobChoice] = field(default_factory=list)
    read_at: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    missing: str = ""

    @classmethod
    def of(cls, settings: ExportSettings) -> "Seen":
        kept: dict[str, Any] = settings.seen
        return cls(
            types=[(kind[0], kind[1]) for kind in kept.get("types", ())],
            sources=[SourceChoice(**source) for source in kept.get("sources", ())],
            jobs=[JobChoice(**job) for job in kept.get("jobs", ())],
            read_at=dict(kept.get("read_at", {})),
            unread=dict(kept.get("unread", {})),
            missing=kept.get("missing", ""),
        )

    def over(self, earlier: "Seen") -> "Seen":
        """These answers, with the earlier ones for what could not be read now."""
        types = self.types if TYPES in self.read_at else earlier.types
        is_there = {part_of(type_id) for type_id, _label in types}
        left = [one for one in earlier.sources if part_of(one.type_id) in is_there - self.read_at.keys()]
        read_at = earlier.read_at | self.read_at
        return Seen(
            types=types,
            sources=left + self.sources,
            jobs=self.jobs if JOBS in self.read_at else earlier.jobs,
            read_at={part: at for part, at in read_at.items() if part in is_there or not part.startswith(OF_TYPE)},
            unread=self.unread,
            missing=self.missing or ("" if TYPES in self.read_at else earlier.missing),
        )

    @property
    def oldest(self) -> datetime | None:
        """When the oldest of what there is to choose from was read; None before the first answer."""
        moments = (datetime.fromisoformat(at) for part, at in self.read_at.items() if part != TAGS)
        return min(moments, default=None)

    @property
    def is_partly_old(self) -> bool:
        """Whether a source or a job may have changed unseen. Tags are only suggested."""
        return any(part != TAGS for part in self.unread)

    def is_unread(self, type_id: str) -> bool:
        """Whether nothing is known of this type's sources as they are now."""
        return TYPES in self.unread or part_of(type_id) in self.unread

    def lacks_type(self, type_id: str) -> bool:
        """Whether SmartRecruiters was asked for its types, and did not name this one."""
        return TYPES in self.read_at and type_id not in dict(self.types)

    def lacks_source(self, settings: ExportSettings) -> bool:
        """Whether it was asked for such sources, and did not name the chosen one."""
        if self.lacks_type(settings.source_type_id):
            return True
        return part_of(settings.source_type_id) in self.read_at and not self.has_source(settings)

    def lacks_job(self, job_id: str) -> bool:
        return JOBS in self.read_at and all(job.id != job_id for job in self.jobs)

    def sources_of(self, type_id: str) -> list[SourceChoice]:
        return [source for source in self.sources if source.type_id == type_id]

    def has_source(self, settings: ExportSettings) -> bool:
        wanted = settings.source_type_id, settings.source_subtype_id, settings.source_id
        return any((source.type_id, source.subtype_id, source.id) == wanted for source in self.sources)

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
    opened, now = open_ats(connection), clock.now().isoformat()

    def ask(part: str, call: Callable[[], list[T]]) -> list[T]:
        try:
            answer = call()
        except ats.AtsError as error:
            seen.unread[part] = error.sentence
            if isinstance(error, ats.Forbidden) and part not in (JOBS, TAGS):
                seen.missing = error.sentence
            return []
        seen.read_at[part] = now
        return answer

    seen.types = [(kind.id, kind.label) for kind in ask(TYPES, opened.source_types)]
    for type_id, _label in seen.types:
        found = ask(part_of(type_id), partial(opened.sources, type_id))
        seen.sources += [SourceChoice(source.type_id, source.subtype_id, source.id, source.label) for source in found]
    seen.jobs = [JobChoice(job.id, job.title, job.status) for job in ask(JOBS, opened.jobs)]
    for candidate in ask(TAGS, partial(opened.search, "", most=CANDIDATES_READ)):
        tags += candidate.tags
    with tenant(connection.organization):
        return _store(connection, seen, tags)


def read_again(connection: Connection) -> None:
    """After a new sign-in: the permission that held the export may be there now. Call outside a transaction."""
    with tenant(connection.organization):
        is_held = ExportSettings.objects.filter(connection=connection).exclude(problem="").exists()
    if is_held:
        read(connection)


def _store(connection: Connection, read_now: Seen, tags: list[str]) -> ExportSettings:
    settings = settings_of(connection)
    earlier = Seen.of(settings)
    seen = read_now.over(earlier)
    # What an export has met is not in the answers: it stands until they have all come again.
    is_met = seen.is_partly_old and settings.problem != " ".join(problems(settings, earlier))
    kept = settings.problem if is_met else ""
    settings.seen, settings.seen_at = asdict(seen), seen.oldest
    judge(settings, seen, kept=kept)
    settings.save(update_fields=["seen", "seen_at", "problem"])
    remember_tags(settings, tags)
    return settings


def judge(settings: ExportSettings, seen: Seen, *, kept: str = "") -> None:
    """Set what holds the export, or let go what waited for it. The caller saves."""
    settings.problem = (" ".join(problems(settings, seen)) or kept) if settings.is_complete else ""
    if settings.is_complete and not settings.problem:
        work.release(held_for=settings.waits_for_change)


def problems(settings: ExportSettings, seen: Seen) -> list[str]:
    """What of the chosen values is not there anymore, or may not be read. What was never read tells nothing."""
    found = []
    if seen.missing:
        found.append(seen.missing)
    elif seen.lacks_source(settings):
        found.append(_("The source “%(label)s” is no longer in SmartRecruiters.") % {"label": settings.source_label})
    gone = [title for job_id, title in settings.targets if job_id and seen.lacks_job(job_id)]
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
