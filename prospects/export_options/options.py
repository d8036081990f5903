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
from prospects.export_options import job_options, refresh
from prospects.models import ExportSettings, JobOption, KnownTag, settings_of

T = TypeVar("T")
RECOMMENDED_WORDS = ("crosschq", "prospect", "reference")
CANDIDATES_SEARCHED = 300  # for their tags: three calls
TAGS_KEPT = 10_000
TAGS_SUGGESTED = 20


@dataclass(frozen=True)
class SourceOption:
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
        return any(word in self.label.casefold() for word in RECOMMENDED_WORDS)


def source_names(sources: Sequence[SourceOption]) -> dict[str, str]:
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
TYPE_PREFIX = "type:"


def part_of(type_id: str) -> str:
    """The part of a reading that tells the sources of one type."""
    return f"{TYPE_PREFIX}{type_id}"


@dataclass
class CachedOptions:
    """The newest answers of SmartRecruiters, part by part: a part that could not be read keeps its earlier answer.

    Jobs are rows of their own (job_options.py), and so are tags; when they were read is here.
    `read_at`: when each part was read, as ISO time. `unread`: why the last reading did not get a part. `missing`: the
    permission without which no source can be read, in a sentence.
    """

    types: list[tuple[str, str]] = field(default_factory=list)
    sources: list[SourceOption] = field(default_factory=list)
    read_at: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    missing: str = ""

    @classmethod
    def load(cls, settings: ExportSettings) -> "CachedOptions":
        kept: dict[str, Any] = settings.cached_options
        return cls(
            types=[(kind[0], kind[1]) for kind in kept.get("types", ())],
            sources=[SourceOption(**source) for source in kept.get("sources", ())],
            read_at=dict(kept.get("read_at", {})),
            unread=dict(kept.get("unread", {})),
            missing=kept.get("missing", ""),
        )

    def merged_over(self, earlier: "CachedOptions") -> "CachedOptions":
        """These answers, with the earlier ones for what could not be read now."""
        types = self.types if TYPES in self.read_at else earlier.types
        is_there = {part_of(type_id) for type_id, _label in types}
        left = [one for one in earlier.sources if part_of(one.type_id) in is_there - self.read_at.keys()]
        read_at = earlier.read_at | self.read_at
        return CachedOptions(
            types=types,
            sources=left + self.sources,
            read_at={part: at for part, at in read_at.items() if part in is_there or not part.startswith(TYPE_PREFIX)},
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

    def sources_of(self, type_id: str) -> list[SourceOption]:
        return [source for source in self.sources if source.type_id == type_id]

    def has_source(self, settings: ExportSettings) -> bool:
        wanted = settings.source_type_id, settings.source_subtype_id, settings.source_id
        return any((source.type_id, source.subtype_id, source.id) == wanted for source in self.sources)

    @property
    def recommended(self) -> SourceOption | None:
        """A source made for this, before one of a general type."""
        return next((source for source in self.sources if source.recommended), None)


@dataclass
class FetchedOptions:
    """What one reading brought. Jobs and tags are stored as rows."""

    cached: CachedOptions = field(default_factory=CachedOptions)
    jobs: list[ats.JobSummary] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


def fetch(connection: Connection, *, on_progress: Callable[[str, int, int], None] = lambda *_: None) -> FetchedOptions:
    """Ask SmartRecruiters. Call outside a transaction, and never in a web request.

    `on_progress` hears before each part which it is, how many are read, and how many there are.
    """
    answers = FetchedOptions()
    cached, opened, now = answers.cached, open_ats(connection), clock.now().isoformat()
    parts = [TYPES, JOBS, TAGS]

    def part(name: str, call: Callable[[], list[T]]) -> list[T]:
        on_progress(name, len(cached.read_at) + len(cached.unread), len(parts))
        try:
            answer = call()
        except ats.AtsError as error:
            cached.unread[name] = error.sentence
            if isinstance(error, ats.Forbidden) and name not in (JOBS, TAGS):
                cached.missing = error.sentence
            return []
        cached.read_at[name] = now
        return answer

    cached.types = [(kind.id, kind.label) for kind in part(TYPES, opened.source_types)]
    parts += [part_of(type_id) for type_id, _label in cached.types]
    for type_id, _label in cached.types:
        found = part(part_of(type_id), partial(opened.sources, type_id))
        cached.sources += [SourceOption(source.type_id, source.subtype_id, source.id, source.label) for source in found]
    answers.jobs = part(JOBS, opened.jobs)
    for candidate in part(TAGS, partial(opened.search, "", most=CANDIDATES_SEARCHED)):
        answers.tags += candidate.tags
    return answers


def refresh_now(connection: Connection) -> ExportSettings:
    """Ask, keep the answers, and judge what is chosen by them. Call outside a transaction; see options_refresh.py."""
    answers = fetch(connection)
    with tenant(connection.organization):
        return store(connection, answers)


def refresh_after_sign_in(connection: Connection) -> None:
    """After a sign-in: what may be read has changed, and the permission that held the export may be there now."""
    with tenant(connection.organization):
        refresh.enqueue(connection)


def store(connection: Connection, answers: FetchedOptions) -> ExportSettings:
    """Call inside `tenant()`."""
    settings = settings_of(connection)
    earlier = CachedOptions.load(settings)
    cached = answers.cached.merged_over(earlier)
    # What an export has met is not in the answers: it stands until they have all come again.
    was_met = cached.is_partly_old and settings.problem != " ".join(problems(settings, earlier))
    kept = settings.problem if was_met else ""
    if JOBS in answers.cached.read_at:
        job_options.replace(settings, answers.jobs)
    settings.cached_options, settings.options_read_at = asdict(cached), cached.oldest
    update_problem(settings, cached, kept=kept)
    settings.save(update_fields=["cached_options", "options_read_at", "problem", "lacks_permission"])
    add_known_tags(settings, answers.tags)
    return settings


def update_problem(settings: ExportSettings, cached: CachedOptions, *, kept: str = "") -> None:
    """Set what holds the export, or let go what waited for it. The caller saves."""
    settings.lacks_permission = bool(cached.missing)
    if not settings.is_complete:
        settings.problem = cached.missing
        return
    settings.problem = " ".join(problems(settings, cached)) or kept
    if not settings.problem:
        work_item.release(held_for=settings.waits_for_change)


def problems(settings: ExportSettings, cached: CachedOptions) -> list[str]:
    """What of the chosen values is not there anymore, or may not be read. What was never read tells nothing."""
    found = []
    if cached.missing:
        found.append(cached.missing)
    elif settings.is_complete and cached.lacks_source(settings):
        found.append(_("The source “%(label)s” is no longer in SmartRecruiters.") % {"label": settings.source_label})
    if not settings.is_complete:
        return found
    gone = gone_jobs(settings, cached)
    found += [
        _("The job “%(title)s” is no longer in SmartRecruiters.") % {"title": title}
        for job_id, title in settings.targets
        if job_id in gone
    ]
    return found


def gone_jobs(settings: ExportSettings, cached: CachedOptions) -> set[str]:
    """The chosen jobs that were not among those listed last. Call inside `tenant()`."""
    chosen = {job_id for job_id, _title in settings.targets if job_id}
    if JOBS not in cached.read_at or not chosen:
        return set()
    listed = JobOption.objects.filter(settings=settings, job_id__in=chosen)
    return chosen - set(listed.values_list("job_id", flat=True))


def add_known_tags(settings: ExportSettings, tags: Iterable[str]) -> None:
    """Keep tags for suggestions, each once whatever its case. Call inside `tenant()`."""
    by_key = {tag.strip().casefold()[:150]: tag.strip()[:150] for tag in tags if tag.strip()}
    rows = [
        KnownTag(organization=settings.organization, settings=settings, tag=tag, tag_key=key)
        for key, tag in list(by_key.items())[:TAGS_KEPT]
    ]
    KnownTag.objects.bulk_create(rows, ignore_conflicts=True)


def suggested_tags(settings: ExportSettings, text: str) -> list[str]:
    """Tags that begin with the text, then those that have it elsewhere. Call inside `tenant()`."""
    key = text.replace("\x00", "").strip().casefold()  # no text of the database holds a NUL
    begins = ExpressionWrapper(Q(tag_key__startswith=key), output_field=BooleanField())
    rows = KnownTag.objects.filter(settings=settings, tag_key__contains=key).annotate(begins=begins)
    return list(rows.order_by("-begins", "tag_key").values_list("tag", flat=True)[:TAGS_SUGGESTED])
