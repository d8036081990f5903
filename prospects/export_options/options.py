"""Sources, jobs, and tags to choose from: fetched from the ATS by a worker and cached with a time."""

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
from crosschq.core.text.characters import comparison_key, storable
from crosschq.core.text.lengths import CANDIDATE_TAG, fitted
from crosschq.tenancy.scope import tenant
from prospects.export_options import job_options, refresh
from prospects.models import ExportSettings, JobOption, KnownTag, settings_of

T = TypeVar("T")
RECOMMENDED_WORDS = ("crosschq", "prospect", "reference")
CANDIDATES_SEARCHED = 300  # their tags are suggested; takes three calls
TAGS_KEPT = 10_000
TAGS_SUGGESTED = 20


@dataclass(frozen=True)
class SourceOption:
    """A source with its type and subtype."""

    type_id: str
    subtype_id: str
    id: str
    label: str

    @property
    def key(self) -> str:
        """Identifies the source in a form, since an id may occur in several subtypes."""
        return f"{self.subtype_id}/{self.id}"

    @property
    def recommended(self) -> bool:
        """Whether its label suggests that it was created for prospects from Crosschq."""
        return any(word in self.label.casefold() for word in RECOMMENDED_WORDS)


def source_names(sources: Sequence[SourceOption]) -> dict[str, str]:
    """A name for each source of a type, by key. Ambiguous labels get the subtype, then the id."""
    by_label = Counter(comparison_key(source.label) for source in sources)
    by_subtype = Counter((comparison_key(source.label), source.subtype_id) for source in sources)
    names = {}
    for source in sources:
        marks = [source.subtype_id] if by_label[comparison_key(source.label)] > 1 else []
        if by_subtype[comparison_key(source.label), source.subtype_id] > 1:
            marks.append(_("id %(id)s") % {"id": source.id})
        marks = list(filter(None, marks))
        names[source.key] = f"{source.label} ({', '.join(marks)})" if marks else source.label
    return names


TYPES, JOBS, TAGS = "types", "jobs", "tags"
TYPE_PREFIX = "type:"


def part_of(type_id: str) -> str:
    """The part of a refresh that loads the sources of one type."""
    return f"{TYPE_PREFIX}{type_id}"


@dataclass
class CachedOptions:
    """The latest options from the ATS, part by part. A part that couldn't be loaded keeps its earlier value.

    Jobs and tags are stored as rows; only their times are here. `read_at`: when each part was loaded, in ISO format.
    `unread`: why the last refresh couldn't load a part. `missing`: a sentence naming the permission that sources need.
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
        """These options, completed with the earlier ones for parts that couldn't be loaded now."""
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
        """When the oldest part was loaded; None before the first."""
        moments = (datetime.fromisoformat(at) for part, at in self.read_at.items() if part != TAGS)
        return min(moments, default=None)

    @property
    def is_partly_old(self) -> bool:
        """Whether sources or jobs may be out of date. Tags don't count, since they are only suggestions."""
        return any(part != TAGS for part in self.unread)

    def is_unread(self, type_id: str) -> bool:
        """Whether the last refresh couldn't load the sources of this type."""
        return TYPES in self.unread or part_of(type_id) in self.unread

    def lacks_type(self, type_id: str) -> bool:
        """Whether the ATS listed its types without this one."""
        return TYPES in self.read_at and type_id not in dict(self.types)

    def lacks_source(self, settings: ExportSettings) -> bool:
        """Whether the ATS listed the sources of this type without the selected one."""
        if self.lacks_type(settings.source_type_id):
            return True
        return part_of(settings.source_type_id) in self.read_at and not self.has_source(settings)

    def sources_of(self, type_id: str) -> list[SourceOption]:
        return [source for source in self.sources if source.type_id == type_id]

    def has_source(self, settings: ExportSettings) -> bool:
        selected = settings.source_type_id, settings.source_subtype_id, settings.source_id
        return any((source.type_id, source.subtype_id, source.id) == selected for source in self.sources)

    @property
    def recommended(self) -> SourceOption | None:
        """The first source that was created for prospects from Crosschq."""
        return next((source for source in self.sources if source.recommended), None)


@dataclass
class FetchedOptions:
    """What one refresh fetched. Jobs and tags are stored as rows."""

    cached: CachedOptions = field(default_factory=CachedOptions)
    jobs: list[ats.JobSummary] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


def fetch(connection: Connection, *, on_progress: Callable[[str, int, int], None] = lambda *_: None) -> FetchedOptions:
    """Fetch the options from the ATS. Call outside a transaction, and never in a web request.

    Calls `on_progress(part, parts_read, parts)` before each part.
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
    """Fetch and store the options in this thread. Call outside a transaction; pages use `refresh.enqueue`."""
    answers = fetch(connection)
    with tenant(connection.organization):
        return store(connection, answers)


def refresh_after_sign_in(connection: Connection) -> None:
    """Refresh after a sign-in: permissions may have changed."""
    with tenant(connection.organization):
        refresh.enqueue(connection)


def store(connection: Connection, answers: FetchedOptions) -> ExportSettings:
    """Store the options. Call inside `tenant()`."""
    settings = settings_of(connection)
    earlier = CachedOptions.load(settings)
    cached = answers.cached.merged_over(earlier)
    # A problem that an export ran into isn't in the options, so it stays until all parts have been loaded again.
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
    """Set the problem that holds the export, or release what waited for it. The caller saves."""
    settings.lacks_permission = bool(cached.missing)
    if not settings.is_complete:
        settings.problem = cached.missing
        return
    settings.problem = " ".join(problems(settings, cached)) or kept
    if not settings.problem:
        work_item.release(held_for=settings.waits_for_change)


def problems(settings: ExportSettings, cached: CachedOptions) -> list[str]:
    """Sentences about selected values that are gone or can't be read. Parts never loaded are ignored."""
    found, ats_name = [], settings.connection.ats_name
    if cached.missing:
        found.append(cached.missing)
    elif settings.is_complete and cached.lacks_source(settings):
        found.append(
            _("The source “%(label)s” is no longer in %(ats)s.") % {"label": settings.source_label, "ats": ats_name}
        )
    if not settings.is_complete:
        return found
    gone = gone_jobs(settings, cached)
    found += [
        _("The job “%(title)s” is no longer in %(ats)s.") % {"title": title, "ats": ats_name}
        for job_id, title in settings.targets
        if job_id in gone
    ]
    return found


def gone_jobs(settings: ExportSettings, cached: CachedOptions) -> set[str]:
    """The selected jobs that the ATS no longer lists. Call inside `tenant()`."""
    chosen = {job_id for job_id, _title in settings.targets if job_id}
    if JOBS not in cached.read_at or not chosen:
        return set()
    listed = JobOption.objects.filter(settings=settings, job_id__in=chosen)
    return chosen - set(listed.values_list("job_id", flat=True))


def add_known_tags(settings: ExportSettings, tags: Iterable[str]) -> None:
    """Remember tags for suggestions, ignoring case. Call inside `tenant()`."""
    by_key = {key[:CANDIDATE_TAG]: fitted(tag, CANDIDATE_TAG) for tag in tags if (key := comparison_key(tag))}
    rows = [
        KnownTag(organization=settings.organization, settings=settings, tag=tag, tag_key=key)
        for key, tag in list(by_key.items())[:TAGS_KEPT]
    ]
    KnownTag.objects.bulk_create(rows, ignore_conflicts=True)


def suggested_tags(settings: ExportSettings, text: str) -> list[str]:
    """Tags that start with the text, then those that contain it. Call inside `tenant()`."""
    key = comparison_key(storable(text))
    begins = ExpressionWrapper(Q(tag_key__startswith=key), output_field=BooleanField())
    rows = KnownTag.objects.filter(settings=settings, tag_key__contains=key).annotate(begins=begins)
    return list(rows.order_by("-begins", "tag_key").values_list("tag", flat=True)[:TAGS_SUGGESTED])
