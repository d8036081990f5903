import uuid
from datetime import datetime

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crosschq.messaging.caps import CapReached
from crosschq.organizations.access import MemberRequest, member_page
from crosschq.organizations.models import Role

from .. import extending
from ..complete import answered
from ..fields import TypedField
from ..models import ReferenceRequest
from ..wording import day
from .acts import act_on, moved_on
from .detail import find_request


class ExtendForm(forms.Form):
    """How many days more. `due_before` is the due date that the page showed, so that a second press adds nothing."""

    days = forms.TypedChoiceField(
        label=gettext_lazy("New due date"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose the new due date.")),
    )
    due_before = TypedField(widget=forms.HiddenInput, required=False)

    def __init__(self, job: ReferenceRequest, data: QueryDict | None) -> None:
        super().__init__(data, initial={"due_before": job.due_at.isoformat()})
        self.fields["days"].choices = [(days, _label(job, days)) for days in extending.DAYS]  # type: ignore[attr-defined]

    def clean_due_before(self) -> datetime | None:
        try:
            moment = datetime.fromisoformat(self.cleaned_data["due_before"])
        except ValueError:
            return None
        return moment if moment.tzinfo else None


@member_page(Role.RECRUITER)
def extend(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    job = find_request(uid)
    form = ExtendForm(job, request.POST if request.method == "POST" else None)
    if not job.is_open:
        return moved_on(request, job)
    if request.method == "POST" and form.is_valid():
        days, before = form.cleaned_data["days"], form.cleaned_data["due_before"]
        if before is None:
            return moved_on(request, job)
        new_day = day(extending.later_due(job, days), request.organization.time_zone, with_year=True)
        said = _("The request for %(name)s is due on %(day)s.") % {"name": job.candidate_name, "day": new_day}

        def act() -> None:
            extending.extend(job, days=days, due_before=before, actor=str(request.user))

        try:
            return act_on(request, job, said, act, heading=_("Extended"), keeps_typed=True)
        except CapReached as refused:
            form.add_error(None, refused.sentence)
    context = {"job": job, "form": form, "answered": answered(job), "wanted": job.version.references_wanted}
    return render(request, "requests_app/extend.html", context)


def _label(job: ReferenceRequest, days: int) -> str:
    until = day(extending.later_due(job, days), job.organization.time_zone, with_year=True)
    return ngettext("%(count)d day more: %(day)s", "%(count)d days more: %(day)s", days) % {"count": days, "day": until}
