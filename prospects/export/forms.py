from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.core.text.characters import refuse_invisible, storable, trim
from crosschq.core.ui.choices import told_apart
from crosschq.core.ui.form_fields import SearchField
from prospects.export.settings import MAX_TAG_LENGTH, MAX_TAGS, ExportSettingsInput, normalize_tags, too_long
from prospects.export_options import job_options
from prospects.export_options.options import JOBS, CachedOptions, SourceOption, source_names
from prospects.models import ExportSettings, JobOption

JOBS_PER_PAGE = 20
MAX_JOBS = 100


@dataclass(frozen=True)
class ExportDraft:
    """The values shown in the form, saved or not."""

    source_type: str
    source: str
    jobs: tuple[str, ...]
    find: str
    tags: tuple[str, ...]
    page: int = 1
    tag: str = ""

    @classmethod
    def from_settings(cls, settings: ExportSettings, options: CachedOptions) -> "ExportDraft":
        """The saved settings; before the first save, the recommended source."""
        if not settings.is_complete:
            best = options.recommended
            return cls(best.type_id if best else "", best.key if best else "", (), "", ())
        key = SourceOption("", settings.source_subtype_id, settings.source_id, "").key
        return cls(settings.source_type_id, key, tuple(job["id"] for job in settings.jobs), "", tuple(settings.tags))

    @classmethod
    def from_post(cls, data: QueryDict) -> "ExportDraft":
        """The submitted values; the text being typed is split at commas and added to the tags."""
        return cls(
            source_type=data.get("source_type", "")[:100],
            source=data.get("source", "")[:210],
            jobs=tuple(dict.fromkeys(storable(job) for job in data.getlist("jobs")[: MAX_JOBS + 1])),
            find=data.get("find", "")[:200],
            page=_page_number(data.get("page", "")),
            tag=trim(data.get("tag", "")),
            tags=normalize_tags([*data.getlist("tags"), *data.get("tag", "").split(",")])[: MAX_TAGS + 1],
        )


def select_only_match(draft: ExportDraft, settings: ExportSettings) -> ExportDraft:
    """The draft with the job selected when the search matches exactly one. Call inside `tenant()`."""
    if not draft.find.strip() or draft.tag or not settings.pk:
        return draft
    hits = list(job_options.matching(settings, draft.find).values_list("job_id", flat=True)[:2])
    if len(hits) != 1:
        return draft
    return replace(draft, jobs=tuple(dict.fromkeys((*draft.jobs, *hits))), find="", page=1)


class ExportForm(forms.Form):
    """The choices are those that the ATS listed last, plus saved values that it no longer lists."""

    source_type = forms.ChoiceField(
        label=gettext_lazy("Source type"), error_messages={"required": gettext_lazy("Choose a source type.")}
    )
    source = forms.ChoiceField(
        label=gettext_lazy("Source id"),
        error_messages={
            "required": gettext_lazy("Choose a source id."),
            "invalid_choice": gettext_lazy("Choose a source of this type. Select “Show sources” first."),
        },
    )
    find = SearchField(
        label=gettext_lazy("Find jobs"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    jobs = forms.MultipleChoiceField(
        label=gettext_lazy("Jobs"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("One of these jobs no longer exists.")},
    )
    tags = forms.MultipleChoiceField(
        label=gettext_lazy("Tags"), required=False, widget=forms.CheckboxSelectMultiple(attrs={"checked": True})
    )
    tag = forms.CharField(
        label=gettext_lazy("Add a tag"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "known-tags"}),
    )

    def __init__(
        self, draft: ExportDraft, options: CachedOptions, settings: ExportSettings, data: QueryDict | None = None
    ) -> None:
        initial = {"source_type": draft.source_type, "source": draft.source, "jobs": list(draft.jobs)}
        super().__init__(data, initial=initial | {"find": draft.find, "tags": list(draft.tags)})
        self.draft, self.options, self.settings = draft, options, settings
        self.ats_name = settings.connection.ats_name
        self.sources = options.sources_of(draft.source_type)
        self.source_names = source_names(self.sources)
        types = told_apart((type_id, label, type_id) for type_id, label in self._type_choices())
        self._choice("source_type").choices = [("", _("Choose")), *types]
        self._choice("source").choices = [("", _("Choose")), *self._source_choices()]
        self._choice("jobs").choices = told_apart((job_id, label, job_id) for job_id, label in self._job_choices())
        self._choice("tags").choices = [(tag, tag) for tag in draft.tags]

    def focus(self, name: str) -> None:
        """Focus this field when the page loads: without JavaScript, each button reloads it."""
        self.fields[name].widget.attrs["autofocus"] = True

    def _choice(self, name: str) -> forms.ChoiceField:
        return cast(forms.ChoiceField, self.fields[name])

    def _type_choices(self) -> list[tuple[str, str]]:
        type_id, label = self.settings.source_type_id, self.settings.source_type_label
        if not self.settings.is_complete or type_id in dict(self.options.types):
            return self.options.types
        return [
            *self.options.types,
            (type_id, _marked_gone(label, self.ats_name) if self.options.lacks_type(type_id) else label),
        ]

    def _source_choices(self) -> list[tuple[str, Any]]:
        """Sources grouped by subtype."""
        by_subtype: dict[str, list[tuple[str, str]]] = {}
        for source in self.sources:
            name = self.source_names[source.key]
            label = _("%(label)s (recommended)") % {"label": name} if source.recommended else name
            by_subtype.setdefault(source.subtype_id, []).append((source.key, label))
        kept = self._saved_source()
        if kept:
            label = _marked_gone(kept.label, self.ats_name) if self.options.lacks_source(self.settings) else kept.label
            by_subtype.setdefault(kept.subtype_id, []).append((kept.key, label))
        return [(subtype or _("Other"), choices) for subtype, choices in sorted(by_subtype.items())]

    def _saved_source(self) -> SourceOption | None:
        """The saved source of this type, if the ATS no longer lists it."""
        saved = self.settings
        if not saved.is_complete or saved.source_type_id != self.draft.source_type or self.options.has_source(saved):
            return None
        return SourceOption(saved.source_type_id, saved.source_subtype_id, saved.source_id, saved.source_label)

    def _job_choices(self) -> list[tuple[str, str]]:
        """The selected jobs by title, then one page of search results."""
        listed = job_options.by_id(self.settings, self.draft.jobs) if self.settings.pk else {}
        saved = {job_id: title for job_id, title in self.settings.targets if job_id}
        self.titles = saved | {job.job_id: job.title for job in listed.values()}
        chosen = [(job_id, job_options.label(job)) for job_id, job in listed.items()]
        chosen += [
            (job_id, _marked_gone(saved[job_id], self.ats_name) if JOBS in self.options.read_at else saved[job_id])
            for job_id in self.draft.jobs
            if job_id in saved and job_id not in listed
        ]
        found = job_options.matching(self.settings, self.draft.find) if self.settings.pk else JobOption.objects.none()
        pages = Paginator(found.exclude(job_id__in=self.draft.jobs), JOBS_PER_PAGE)
        self.jobs_page = pages.get_page(self.draft.page)
        self.has_no_match = bool(self.draft.find.strip()) and not pages.count
        return chosen + [(job.job_id, job_options.label(job)) for job in self.jobs_page]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for tag in too_long(self.draft.tags):
            self.add_error(
                "tag",
                ValidationError(
                    _("The tag “%(tag)s” is longer than %(most)s characters."),
                    params={"tag": tag, "most": MAX_TAG_LENGTH},
                ),
            )
        for tag in self.draft.tags:
            try:
                refuse_invisible(tag)
            except ValidationError as refused:
                self.add_error("tag", refused)
        if len(self.draft.tags) > MAX_TAGS:
            self.add_error("tag", ValidationError(_("You can add up to %(most)s tags."), params={"most": MAX_TAGS}))
        if len(self.draft.jobs) > MAX_JOBS:
            self.add_error("jobs", ValidationError(_("Choose at most %(most)s jobs."), params={"most": MAX_JOBS}))
        return cleaned

    def submitted(self) -> ExportSettingsInput:
        """The cleaned values. Call after `is_valid()`."""
        labels = dict([(self.settings.source_type_id, self.settings.source_type_label), *self.options.types])
        type_id, key = self.cleaned_data["source_type"], self.cleaned_data["source"]
        source = _by_key([*self.sources, self._saved_source()], key)
        return ExportSettingsInput(
            type_label=labels[type_id],
            source=replace(source, label=self.source_names.get(key, source.label)),
            jobs=tuple((job_id, self.titles[job_id]) for job_id in self.cleaned_data["jobs"]),
            tags=self.draft.tags,
        )


def _by_key(sources: Iterable[SourceOption | None], key: str) -> SourceOption:
    return next(source for source in sources if source and source.key == key)


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1


def _marked_gone(label: str, ats: str) -> str:
    return _("%(label)s (no longer in %(ats)s)") % {"label": label, "ats": ats}
