from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crosschq.core.database.folded import SortKey
from crosschq.core.ui.form_fields import SearchField
from templates_app.models import RequestTemplate
from templates_app.request_templates.queries import named_apart
from webhooks.decision.outcomes import FAMILY_WORDS
from webhooks.log.queries import EVERYTHING, EventFilters


class LogFilters(forms.Form):
    """The event log's filters, from the query string. Days are in the active time zone; the last day is included."""

    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    text = SearchField(label=_("Candidate or job"), required=False, max_length=100)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}))
    template = forms.ChoiceField(label=_("Template"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        outcome, template = self.fields["outcome"], self.fields["template"]
        if isinstance(outcome, forms.ChoiceField):
            families = [(family.value, words) for family, words in FAMILY_WORDS.items()]
            outcome.choices = [("", _("Our step")), *families, (EVERYTHING, _("Everything"))]
        if isinstance(template, forms.ChoiceField):
            every = named_apart(RequestTemplate.objects.order_by(SortKey("name"), "pk"))
            template.choices = [("", _("Any template")), *every.items()]

    def clean(self) -> None:
        given = self.cleaned_data
        since, until = given.get("since"), given.get("until")
        if since and until and until < since:
            self.add_error("until", _("“To” must not be before “From”"))

    def filters(self) -> EventFilters:
        """Return the valid filters; invalid ones are ignored."""
        self.is_valid()
        given = self.cleaned_data
        chosen, until = given.get("template"), given.get("until")
        return EventFilters(
            family=given.get("outcome", ""),
            text=given.get("text", "").strip(),
            since=_start_of_day(given.get("since")),
            until=_start_of_day(until + timedelta(days=1)) if until and until < date.max else None,
            template=UUID(chosen) if chosen else None,
        )


def _start_of_day(day: date | None) -> datetime | None:
    """Return the first moment of a day; None at the very ends of the calendar, which some time zones lack."""
    if day is None or not 1 < day.year < date.max.year:
        return None
    return timezone.make_aware(datetime.combine(day, time()))
