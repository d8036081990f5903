from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crosschq.core import clock
from crosschq.core.text import lengths
from crosschq.core.text.dates import date_text
from crosschq.core.text.names import no_link
from crosschq.core.text.time_zones import find_time_zone
from crosschq.core.ui.form_fields import DayField, LineField, LongTextField, asked_address
from requests_app.public.forms import MESSAGE_CHARACTERS
from requests_app.report.sharing.share import DAYS, DEFAULT_DAYS, MOST_DAYS

ANOTHER = "date"
REASON_CHARACTERS = 300


class ShareForm(forms.Form):
    """Who gets the report, and until when."""

    email = asked_address(
        label=gettext_lazy("Email"),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email", "spellcheck": "false"}),
    )
    name = LineField(
        label=gettext_lazy("Name"),
        max_length=lengths.PERSON_NAME,
        required=False,
        validators=[no_link],
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "words"}),
    )
    text = LongTextField(
        label=gettext_lazy("Message"),
        help_text=gettext_lazy("We include it in our email to them. Plain text without links."),
        max_length=MESSAGE_CHARACTERS,
        required=False,
        rows=3,
        validators=[no_link],
    )
    days = forms.ChoiceField(
        label=gettext_lazy("How long they can open it"),
        initial=str(DEFAULT_DAYS),
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), gettext_lazy("Choose how long they can open the report.")
        ),
    )
    until = DayField(
        label=gettext_lazy("Last day"),
        required=False,
        error_messages={"invalid": gettext_lazy("Enter the last day.")},
    )

    def __init__(self, time_zone: str, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.zone = find_time_zone(time_zone)
        self.first = clock.now().astimezone(self.zone).date()
        self.last = self.first + timedelta(days=MOST_DAYS)
        choices = [(str(days), ngettext("%(count)d day", "%(count)d days", days) % {"count": days}) for days in DAYS]
        self.fields["days"].choices = [*choices, (ANOTHER, _("Until a date"))]  # type: ignore[attr-defined]
        self.fields["until"].widget.attrs |= {"min": self.first.isoformat(), "max": self.last.isoformat()}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("days") != ANOTHER:
            self.errors.pop("until", None)  # it doesn't apply
        elif "until" not in self.errors:
            until: date | None = cleaned.get("until")
            if until is None or not self.first <= until <= self.last:
                words = {"first": date_text(self.first), "last": date_text(self.last)}
                self.add_error("until", _("Enter a date from %(first)s to %(last)s.") % words)
        return cleaned

    @property
    def until_at(self) -> datetime:
        """The end of their last day. Only for a valid form."""
        days = self.cleaned_data["days"]
        last = self.cleaned_data["until"] if days == ANOTHER else self.first + timedelta(days=int(days))
        return datetime.combine(last, time(23, 59, 59), tzinfo=self.zone)


class AskForm(forms.Form):
    """What someone who can't open the report tells its owner."""

    name = LineField(
        label=gettext_lazy("Your name"),
        max_length=lengths.PERSON_NAME,
        validators=[no_link],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Enter your name")},
    )
    email = asked_address(
        label=gettext_lazy("Your work email"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    reason = LongTextField(
        label=gettext_lazy("Why you need the report"),
        help_text=gettext_lazy("A short sentence without links."),
        max_length=REASON_CHARACTERS,
        rows=3,
        validators=[no_link],
        error_messages={"required": gettext_lazy("Say why you need the report")},
    )


class ReasonForm(forms.Form):
    """Why a member needs a private report. We know their name and address."""

    reason = LongTextField(
        label=gettext_lazy("Why you need the report"),
        help_text=gettext_lazy("A short sentence without links."),
        max_length=REASON_CHARACTERS,
        required=False,
        rows=3,
        validators=[no_link],
    )
