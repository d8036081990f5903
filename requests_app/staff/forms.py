"""What the query string of the list says: filters, order, and search words."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from crosschq.core.text.characters import storable
from crosschq.core.ui.form_fields import SearchField
from requests_app.models import RequestState
from requests_app.staff import queries
from requests_app.staff.queries import RequestFilters

NAMES = ("q", "template", "job", "owner", "status", "due")


class ListForm(forms.Form):
    """An unknown value doesn't filter. A value that isn't among the choices, such as an old job, is added to them."""

    q = SearchField(
        label=_("Candidate, job, or reference"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    template = forms.ChoiceField(label=_("Template"), required=False)
    job = forms.ChoiceField(label=_("Job"), required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    status = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("Any")), *RequestState.choices])
    due = forms.ChoiceField(label=_("Due"), required=False, choices=[("", _("Any")), *queries.DUE.items()])
    sort = forms.ChoiceField(label=_("Sort by"), required=False, choices=list(queries.SORTS.items()))
    after = forms.UUIDField(required=False)
    before = forms.UUIDField(required=False)

    def __init__(
        self,
        typed: QueryDict,
        *,
        templates: Mapping[str, str],
        jobs: Iterable[str],
        owners: Mapping[str, str],
        own: str,
    ) -> None:
        """own: the address key of a member who sees only their own requests; empty for all."""
        self.typed = typed.copy()
        super().__init__(self.typed, auto_id="filter-%s")
        self.own = own
        chosen = " ".join(storable(typed.get("job", "")).split())
        self._offer("template", templates)
        self._offer("job", {each: each for each in jobs} | ({chosen: chosen} if chosen else {}))
        self._offer("owner", owners)
        if own:
            del self.fields["owner"]
        self.is_valid()

    def _offer(self, name: str, options: Mapping[str, str]) -> None:
        self.fields[name].choices = [("", _("Any")), *options.items()]  # type: ignore[attr-defined]

    @property
    def filters(self) -> RequestFilters:
        """The filters that were understood."""
        given: dict[str, Any] = self.cleaned_data
        return RequestFilters(
            owner=self.own or given.get("owner", ""),
            template=UUID(given["template"]) if given.get("template") else None,
            job=given.get("job", ""),
            state=given.get("status", ""),
            due=given.get("due", ""),
            search=given.get("q", ""),
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether one of the filters besides the search is set."""
        return any(self.cleaned_data.get(name) for name in NAMES if name != "q")

    @property
    def given(self) -> list[tuple[str, str]]:
        """The filters as the query string gives them, for forms that pass them on."""
        return [(name, storable(str(self.typed[name]))) for name in NAMES if self.typed.get(name)]

    def show_sort(self, sort: str) -> None:
        """Select the order that the list has."""
        self.typed["sort"] = sort

    @property
    def active(self) -> list[str]:
        """What is filtered by, in words: the label and the chosen value."""
        found = []
        for name in NAMES:
            value = self.cleaned_data.get(name)
            if value:
                choices = dict(getattr(self.fields[name], "choices", ()))
                found.append(f"{self.fields[name].label}: {choices.get(value, value)}")
        return found
