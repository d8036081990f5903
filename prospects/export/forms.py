from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prospects.export.settings import TAG_CHARACTERS, TAGS_AT_MOST, Wanted, merged, too_long
from prospects.export_options import job_options
from prospects.export_options.options import JOBS, Seen, SourceChoice, source_names
from prospects.models import ExportSettings, JobOption

JOBS_A_PAGE = 20
JOBS_AT_MOST = 100


@dataclass(frozen=True)
class Draft:
    """What stands in the form, saved or not."""

    source_type: str
    source: str
    jobs: tuple[str, ...]
    find: str
    tags: tuple[str, ...]
    page: int = 1
    tag: str = ""

    @classmethod
    def saved(cls, settings: ExportSettings, seen: Seen) -> "Draft":
        """As saved; before that, with the source that is recommended."""
        if not settings.is_complete:
            best = seen.recommended
            return cls(best.type_id if best else "", best.key if best else "", (), "", ())
        key = SourceChoice("", settings.source_subtype_id, settings.source_id, "").key
        return cls(settings.source_type_id, key, tuple(job["id"] for job in settings.jobs), "", tuple(settings.tags))

    @classmethod
    def typed(cls, data: QueryDict) -> "Draft":
        """With what was being typed among the tags: one, or several between commas."""
        return cls(
            source_type=data.get("source_type", "")[:100],
            source=data.get("source", "")[:210],
            jobs=tuple(dict.fromkeys(data.getlist("jobs")[: JOBS_AT_MOST + 1])),
            find=data.get("find", "")[:200],
            page=_number(data.get("page", "")),
            tag=data.get("tag", "").strip(),
            tags=merged([*data.getlist("tags"), *data.get("tag", "").split(",")])[: TAGS_AT_MOST + 1],
        )


def with_only_hit(draft: Draft, settings: ExportSettings) -> Draft:
    """What the Enter key does in the search for jobs: the only one that is found is chosen. Call inside `tenant()`."""
    if not draft.find.strip() or draft.tag or not settings.pk:
        return draft
    hits = list(job_options.found(settings, draft.find).values_list("job_id", flat=True)[:2])
    if len(hits) != 1:
        return draft
    return replace(draft, jobs=tuple(dict.fromkeys((*draft.jobs, *hits))), find="", page=1)


class ExportForm(forms.Form):
    """The choices are those that SmartRecruiters listed last, and what was chosen and is gone there."""

    source_type = forms.ChoiceField(
        label=gettext_lazy("Source type"), error_messages={"required": gettext_lazy("Choose a source type.")}
    )
    source = forms.ChoiceField(
        label=gettext_lazy("Source id"),
        error_messages={
            "required": gettext_lazy("Choose a source id."),
            "invalid_choice": gettext_lazy("Choose a source of this type: press “Show sources” first."),
        },
    )
    find = forms.CharField(
        label=gettext_lazy("Find jobs"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    jobs = forms.MultipleChoiceField(
        label=gettext_lazy("Jobs"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("One of these jobs is not in SmartRecruiters.")},
    )
    tags = forms.MultipleChoiceField(
        label=gettext_lazy("Tags"), required=False, widget=forms.CheckboxSelectMultiple(attrs={"checked": True})
    )
    tag = forms.CharField(
        label=gettext_lazy("Add a tag"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "tags-seen"}),
    )

    def __init__(self, draft: Draft, seen: Seen, settings: ExportSettings, data: QueryDict | None = None) -> None:
        initial = {"source_type": draft.source_type, "source": draft.source, "jobs": list(draft.jobs)}
        super().__init__(data, initial=initial | {"find": draft.find, "tags": list(draft.tags)})
        self.draft, self.seen, self.settings = draft, seen, settings
        self.sources = seen.sources_of(draft.source_type)
        self.source_names = source_names(self.sources)
        self._choice("source_type").choices = [("", _("Choose")), *self._types()]
        self._choice("source").choices = [("", _("Choose")), *self._grouped()]
        self._choice("jobs").choices = self._jobs()
        self._choice("tags").choices = [(tag, tag) for tag in draft.tags]

    def focus(self, name: str) -> None:
        """Where the cursor is when the page is shown: without scripts each press loads it anew."""
        self.fields[name].widget.attrs["autofocus"] = True

    def _choice(self, name: str) -> forms.ChoiceField:
        return cast(forms.ChoiceField, self.fields[name])

    def _types(self) -> list[tuple[str, str]]:
        type_id, label = self.settings.source_type_id, self.settings.source_type_label
        if not self.settings.is_complete or type_id in dict(self.seen.types):
            return self.seen.types
        return [*self.seen.types, (type_id, _gone(label) if self.seen.lacks_type(type_id) else label)]

    def _grouped(self) -> list[tuple[str, Any]]:
        """Sources by their subtype."""
        by_subtype: dict[str, list[tuple[str, str]]] = {}
        for source in self.sources:
            name = self.source_names[source.key]
            label = _("%(label)s (recommended)") % {"label": name} if source.recommended else name
            by_subtype.setdefault(source.subtype_id, []).append((source.key, label))
        kept = self._kept_source()
        if kept:
            label = _gone(kept.label) if self.seen.lacks_source(self.settings) else kept.label
            by_subtype.setdefault(kept.subtype_id, []).append((kept.key, label))
        return [(subtype or _("Others"), choices) for subtype, choices in sorted(by_subtype.items())]

    def _kept_source(self) -> SourceChoice | None:
        """What was chosen of this type, if it is not among those listed."""
        saved = self.settings
        if not saved.is_complete or saved.source_type_id != self.draft.source_type or self.seen.has_source(saved):
            return None
        return SourceChoice(saved.source_type_id, saved.source_subtype_id, saved.source_id, saved.source_label)

    def _jobs(self) -> list[tuple[str, str]]:
        """Those that are chosen, by title, and a page of those that are found."""
        listed = job_options.named(self.settings, self.draft.jobs) if self.settings.pk else {}
        saved = {job_id: title for job_id, title in self.settings.targets if job_id}
        self.titles = saved | {job.job_id: job.title for job in listed.values()}
        chosen = [(job_id, job_options.label(job)) for job_id, job in listed.items()]
        chosen += [
            (job_id, _gone(saved[job_id]) if JOBS in self.seen.read_at else saved[job_id])
            for job_id in self.draft.jobs
            if job_id in saved and job_id not in listed
        ]
        found = job_options.found(self.settings, self.draft.find) if self.settings.pk else JobOption.objects.none()
        pages = Paginator(found.exclude(job_id__in=self.draft.jobs), JOBS_A_PAGE)
        self.jobs_page = pages.get_page(self.draft.page)
        self.found_none = bool(self.draft.find.strip()) and not pages.count
        return chosen + [(job.job_id, job_options.label(job)) for job in self.jobs_page]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for tag in too_long(self.draft.tags):
            self.add_error(
                "tag",
                ValidationError(
                    _("The tag “%(tag)s” is longer than %(most)s characters."),
                    params={"tag": tag, "most": TAG_CHARACTERS},
                ),
            )
        if any(not tag.isprintable() for tag in self.draft.tags):
            self.add_error("tag", ValidationError(_("Use letters, digits and signs that can be seen.")))
        if len(self.draft.tags) > TAGS_AT_MOST:
            self.add_error(
                "tag", ValidationError(_("SmartRecruiters takes %(most)s tags."), params={"most": TAGS_AT_MOST})
            )
        if len(self.draft.jobs) > JOBS_AT_MOST:
            self.add_error("jobs", ValidationError(_("Choose %(most)s jobs at most."), params={"most": JOBS_AT_MOST}))
        return cleaned

    def wanted(self) -> Wanted:
        """Of a form that is valid."""
        labels = dict([(self.settings.source_type_id, self.settings.source_type_label), *self.seen.types])
        type_id, key = self.cleaned_data["source_type"], self.cleaned_data["source"]
        source = _by_key([*self.sources, self._kept_source()], key)
        return Wanted(
            type_label=labels[type_id],
            source=replace(source, label=self.source_names.get(key, source.label)),
            jobs=tuple((job_id, self.titles[job_id]) for job_id in self.cleaned_data["jobs"]),
            tags=self.draft.tags,
        )


def _by_key(sources: Iterable[SourceChoice | None], key: str) -> SourceChoice:
    return next(source for source in sources if source and source.key == key)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1


def _gone(label: str) -> str:
    return _("%(label)s (no longer in SmartRecruiters)") % {"label": label}
