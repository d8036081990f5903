import uuid
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crosschq.core.text.dates import date_text
from crosschq.core.ui.form_fields import DayField, TypedField
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy.access import MemberRequest
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page
from requests_app.completion import extend as extending
from requests_app.completion.complete import answered
from requests_app.lifecycle import NotPossible
from requests_app.models import ReferenceRequest
from requests_app.report.access import owner_of_request
from requests_app.staff.views.act_pages import not_possible
from requests_app.staff.views.actions import act_on, moved_on
from requests_app.staff.views.detail import find_request
from requests_app.text import day

ANOTHER = "date"


class DueDateForm(forms.Form):
    """The end of a day, from today to `extend.MOST_DAYS` later."""

    due_on = DayField(
        label=gettext_lazy("Due date"),
        error_messages=dict.fromkeys(("required", "invalid"), gettext_lazy("Enter the new due date.")),
    )

    def __init__(
        self, reference_request: ReferenceRequest, data: QueryDict | None, initial: dict[str, Any] | None = None
    ) -> None:
        proposed = extending.end_of_day_from_now(reference_request).date()
        super().__init__(data, initial={"due_on": proposed, **(initial or {})})
        self.reference_request = reference_request
        self.first, self.last = extending.possible_dates(reference_request)
        self.fields["due_on"].widget.attrs |= {"min": self.first.isoformat(), "max": self.last.isoformat()}
        words = {"first": date_text(self.first), "last": date_text(self.last)}
        self.fields["due_on"].help_text = _(
            "From %(first)s to %(last)s. The request is due at the end of that day."
        ) % (words)

    def clean_due_on(self) -> date | None:
        due_on: date | None = self.cleaned_data["due_on"]
        if due_on is not None and not self.first <= due_on <= self.last:
            words = {"first": date_text(self.first), "last": date_text(self.last)}
            raise forms.ValidationError(_("Enter a date from %(first)s to %(last)s.") % words)
        return due_on

    @property
    def due_at(self) -> datetime:
        """Only for a valid form."""
        return extending.end_of_date(self.cleaned_data["due_on"], self.reference_request.organization.time_zone)


class ChangeDueDateForm(DueDateForm):
    """Some more days, or another date. `due_before`: the date that the page showed, against a second click."""

    field_order = ("days", "due_on", "due_before")
    days = forms.ChoiceField(
        label=gettext_lazy("New due date"),
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose the new due date.")),
    )
    due_before = TypedField(widget=forms.HiddenInput, required=False)

    def __init__(self, reference_request: ReferenceRequest, data: QueryDict | None) -> None:
        super().__init__(reference_request, data, {"due_before": reference_request.due_at.isoformat()})
        choices = [
            (str(days), _label(reference_request, days))
            for days in extending.DAYS
            if not extending.is_too_late(reference_request, extending.later_due(reference_request, days))
        ]
        self.fields["days"].choices = [*choices, (ANOTHER, _("Another date"))]  # type: ignore[attr-defined]
        self.fields["due_on"].label = _("Another date")
        self.fields["due_on"].required = False

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("days") != ANOTHER:
            self.errors.pop("due_on", None)  # it doesn't apply
        elif not cleaned.get("due_on") and "due_on" not in self.errors:
            self.add_error("due_on", self.fields["due_on"].error_messages["required"])
        return cleaned

    def clean_due_before(self) -> datetime | None:
        try:
            moment = datetime.fromisoformat(self.cleaned_data["due_before"])
        except ValueError:
            return None
        return moment if moment.tzinfo else None

    @property
    def due_at(self) -> datetime:
        if self.cleaned_data["days"] == ANOTHER:
            return super().due_at
        return extending.later_due(self.reference_request, int(self.cleaned_data["days"]))


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
def extend(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    """Change the due date."""
    reference_request = find_request(uid)
    form = ChangeDueDateForm(reference_request, request.POST if request.method == "POST" else None)
    if not reference_request.is_open:
        return not_possible(request, reference_request, NotPossible(_("The request has ended. Reopen it first.")))
    if request.method == "POST" and form.is_valid():
        due_at, before = form.due_at, form.cleaned_data["due_before"]
        if before is None:
            return moved_on(request, reference_request)
        said = _("The request for %(name)s is due on %(day)s.") % {
            "name": reference_request.candidate_name,
            "day": day(due_at, request.organization.time_zone, with_year=True),
        }

        def act() -> None:
            extending.set_due_date(reference_request, due_at=due_at, due_before=before, actor=str(request.actor))

        try:
            return act_on(
                request, reference_request, said, act, heading=_("Due date"), keeps_typed=True, audit="request.due_date"
            )
        except CapReached as refused:
            form.add_error(None, refused.sentence)
    context = {
        "reference_request": reference_request,
        "form": form,
        "answered": answered(reference_request),
        "requested": reference_request.version.references_requested,
    }
    return render(request, "requests_app/staff/extend.html", context)


def _label(reference_request: ReferenceRequest, days: int) -> str:
    until = day(extending.later_due(reference_request, days), reference_request.organization.time_zone, with_year=True)
    return ngettext("%(count)d more day: %(day)s", "%(count)d more days: %(day)s", days) % {"count": days, "day": until}
