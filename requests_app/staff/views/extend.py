import uuid
from datetime import datetime

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crosschq.core.ui.form_fields import TypedField
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy.access import MemberRequest
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page
from requests_app.completion import extend as extending
from requests_app.completion.complete import answered
from requests_app.models import ReferenceRequest
from requests_app.report.access import owner_of_request
from requests_app.staff.views.actions import act_on, moved_on
from requests_app.staff.views.detail import find_request
from requests_app.text import day


class ExtendForm(forms.Form):
    """How many more days. `due_before` is the due date that the page showed, so that a second click adds nothing."""

    days = forms.TypedChoiceField(
        label=gettext_lazy("New due date"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose the new due date.")),
    )
    due_before = TypedField(widget=forms.HiddenInput, required=False)

    def __init__(self, reference_request: ReferenceRequest, data: QueryDict | None) -> None:
        super().__init__(data, initial={"due_before": reference_request.due_at.isoformat()})
        self.fields["days"].choices = [(days, _label(reference_request, days)) for days in extending.DAYS]  # type: ignore[attr-defined]

    def clean_due_before(self) -> datetime | None:
        try:
            moment = datetime.fromisoformat(self.cleaned_data["due_before"])
        except ValueError:
            return None
        return moment if moment.tzinfo else None


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
def extend(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    reference_request = find_request(uid)
    form = ExtendForm(reference_request, request.POST if request.method == "POST" else None)
    if not reference_request.is_open:
        return moved_on(request, reference_request)
    if request.method == "POST" and form.is_valid():
        days, before = form.cleaned_data["days"], form.cleaned_data["due_before"]
        if before is None:
            return moved_on(request, reference_request)
        new_day = day(extending.later_due(reference_request, days), request.organization.time_zone, with_year=True)
        said = _("The request for %(name)s is due on %(day)s.") % {
            "name": reference_request.candidate_name,
            "day": new_day,
        }

        def act() -> None:
            extending.extend(reference_request, days=days, due_before=before, actor=str(request.actor))

        try:
            return act_on(request, reference_request, said, act, heading=_("Extended"), keeps_typed=True)
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
    return ngettext("%(count)d day more: %(day)s", "%(count)d days more: %(day)s", days) % {"count": days, "day": until}
