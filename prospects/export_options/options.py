"""What there is to choose from in SmartRecruiters: read by a worker, kept with the time of the reading."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext as _

from connectors import ats
from connectors.calls.gateway import open_ats
from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.tenancy.scope import tenant
from prospects.export_options import job_options, reading
from prospects.models import ExportSettings, JobOption, TagSeen, settings_of

T = TypeVar("T")
OURS = ("crosschq", "prospect", "reference")
CANDIDATES_READ = 300  # for their tags: three calls
TAGS_KEPT = 10_000
TAGS_SUGGESTED = 20


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


def source_names(sources: Sequence[SourceChoice]) -> dict[str, str]:
    """What to call each of a type's sources, by its key: with subtype and id as far as the label tells none apart."""
    by_label = Counter(source.label.casefold() for source in sources)
    by_subtype = Counter((source.label.casefold(), source.subtype_id) for source in sources)
    names = {}
    for source in sources:
        marks = [source.subtype_id] if by_label[source.label.casefold()] > 1 else []
        if by_subtype[source.label.casefold(), source.subtype_id] > 1:
            marks.append(_("id %(id)s") % {"id": source.id})
        marks = list(filter(None, marks))
        names[source.key] = f"{source.label} ({', '.join(marks)})" if marks else source.label
    return names


TYPES, JOBS, TAGS = "types", "jobs", "tags"
OF_TYPE = "type:"


def part_of(type_id: str) -> str:
    """The part of a reading that tells the sources of one type."""
    return f"{OF_TYPE}{type_id}"


@dataclass
class Seen:
    """The newest answers of SmartRecruiters, part by part: a part that could not be read keeps its earlier answer.

    Jobs are rows of their own (job_options.py), and so are tags; when they were read is here.
    `read_at`: when each part was read, as ISO time. `unread`: why the last reading did not get a part. `missing`: the
    permission without which no source can be read, in a sentence.
    """

    types: list[tuple[str, str]] = field(default_factory=list)
    sources: list[SourceChoice] = field(default_factory=list)
    read_at: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    missing: str = ""

    @classmethod
    def of(cls, settings: ExportSettings) -> "Seen":
        kept: dict[str, Any] = settings.seen
        return cls(
            types=[(kind[0], kind[1]) for kind in kept.get("types", ())],
            sources=[SourceChoice(**source) for source in kept.get("sources", ())],
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

    def sources_of(self, type_id: str) -> list[SourceChoice]:
        return [source for source in self.sources if source.type_id == type_id]

    def has_source(self, settings: ExportSettings) -> bool:
        wanted = settings.source_type_id, settings.source_subtype_id, settings.source_id
        return any((source.type_id, source.subtype_id, source.id) == wanted for source in self.sources)

    @property
    def recommended(self) -> SourceChoice | None:
        """A source made for this, before one of a general type."""
        return next((source for source in self.sources if source.recommended), None)


@dataclass
class Answers:
    """What one reading brought. Jobs and tags are stored as rows."""

    seen: Seen = field(default_factory=Seen)
    jobs: list[ats.JobSummary] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


def ask(connection: Connection, *, tell: Callable[[str, int, int], None] = lambda *_: None) -> Answers:
    """Ask SmartRecruiters. Call outside a transaction, and never in a web request.

    `tell` hears before each part which it is, how many are read, and how many there are.
    """
    answers = Answers()
    seen, opened, now = answers.seen, open_ats(connection), clock.now().isoformat()
    parts = [TYPES, JOBS, TAGS]

    def part(name: str, call: Callable[[], list[T]]) -> list[T]:
        tell(name, len(seen.read_at) + len(seen.unread), len(parts))
        try:
            answer = call()
        except ats.AtsError as error:
            seen.unread[name] = error.sentence
            if isinstance(error, ats.Forbidden) and name not in (JOBS, TAGS):
                seen.missing = error.sentence
            return []
        seen.read_at[name] = now
        return answer

    seen.types = [(kind.id, kind.label) for kind in part(TYPES, opened.source_types)]
    parts += [part_of(type_id) for type_id, _label in seen.types]
    for type_id, _label in seen.types:
        found = part(part_of(type_id), partial(opened.sources, type_id))
        seen.sources += [SourceChoice(source.type_id, source.subtype_id, source.id, source.label) for source in found]
    answers.jobs = part(JOBS, opened.jobs)
    for candidate in part(TAGS, partial(opened.search, "", most=CANDIDATES_READ)):
        answers.tags += candidate.tags
    return answers


def read(connection: Connection) -> ExportSettings:
    """Ask, keep the answers, and judge what is chosen by them. Call outside a transaction; see options_reading.py."""
    answers = ask(connection)
    with tenant(connection.organization):
        return store(connection, answers)


def read_again(connection: Connection) -> None:
    """After a sign-in: what may be read has changed, and the permission that held the export may be there now."""
    with tenant(connection.organization):
        reading.ask(connection)


def store(connection: Connection, answers: Answers) -> ExportSettings:
    """Call inside `tenant()`."""
    settings = settings_of(connection)
    earlier = Seen.of(settings)
    seen = answers.seen.over(earlier)
    # What an export has met is not in the answers: it stands until they have all come again.
    is_met = seen.is_partly_old and settings.problem != " ".join(problems(settings, earlier))
    kept = settings.problem if is_met else ""
    if JOBS in answers.seen.read_at:
        job_options.replace(settings, answers.jobs)
    settings.seen, settings.seen_at = asdict(seen), seen.oldest
    judge(settings, seen, kept=kept)
    settings.save(update_fields=["seen", "seen_at", "problem", "lacks_permission"])
    remember_tags(settings, answers.tags)
    return settings


def judge(settings: ExportSettings, seen: Seen, *, kept: str = "") -> None:
    """Set what holds the export, or let go what waited for it. The caller saves."""
    settings.lacks_permission = bool(seen.missing)
    if not settings.is_complete:
        settings.problem = seen.missing
        return
    settings.problem = " ".join(problems(settings, seen)) or kept
    if not settings.problem:
        work_item.release(held_for=settings.waits_for_change)


def problems(settings: ExportSettings, seen: Seen) -> list[str]:
    """What of the chosen values is not there anymore, or may not be read. What was never read tells nothing."""
    found = []
    if seen.missing:
        found.append(seen.missing)
    elif settings.is_complete and seen.lacks_source(settings):
        found.append(_("The source “%(label)s” is no longer in SmartRecruiters.") % {"label": settings.source_label})
    if not settings.is_complete:
        return found
    gone = gone_jobs(settings, seen)
    found += [
        _("The job “%(title)s” is no longer in SmartRecruiters.") % {"title": title}
        for job_id, title in settings.targets
        if job_id in gone
    ]
    return found


def gone_jobs(settings: ExportSettings, seen: Seen) -> set[str]:
    """The chosen jobs that were not among those listed last. Call inside `tenant()`."""
    chosen = {job_id for job_id, _title in settings.targets if job_id}
    if JOBS not in seen.read_at or not chosen:
        return set()
    listed = JobOption.objects.filter(settings=settings, job_id__in=chosen)
    return chosen - set(listed.values_list("job_id", flat=True))


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
    begins = ExpressionWrapper(Q(tag_key__startswith=key), output_field=BooleanField())
    rows = TagSeen.objects.filter(settings=settings, tag_key__contains=key).annotate(begins=begins)
    return list(rows.order_by("-begins", "tag_key").values_list("tag", flat=True)[:TAGS_SUGGESTED])
