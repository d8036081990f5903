"""The opt-in question on the thank-you page, and which references see it."""

import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.core.database.folded import SortKey
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from crosschq.tenancy.secret_pages import SeeOther
from prospects.opt_in import opt_in_rules
from prospects.opt_in.consent import CURRENT, consent_text
from templates_app.models import Survey


class AudienceForm(forms.Form):
    asked = forms.MultipleChoiceField(
        label=gettext_lazy("Ask references who are"),
        help_text=gettext_lazy("If none are selected, nobody is asked after this survey"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(relationship.value, relationship.label) for relationship in opt_in_rules.RELATIONSHIPS],
    )


@member_page(Role.VIEWER)
def audience(request: MemberRequest) -> HttpResponse:
    off = opt_in_rules.exclusions_by_survey()
    surveys = Survey.objects.order_by(SortKey("name"), "id")
    context = {
        "words": consent_text(CURRENT, organization=request.organization.name),
        "version": CURRENT,
        "rows": [{"survey": survey, "asked": _asked_words(off.get(survey.pk, frozenset()))} for survey in surveys],
        "may_change": request.membership.may(Role.ADMIN),
    }
    return render(request, "prospects/opt_in/audience.html", context)


@member_page(Role.ADMIN)
def change(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    survey: Survey | None = Survey.objects.select_related("organization").filter(uid=uid).first()
    if survey is None:
        raise Http404(_("This survey doesn't exist."))
    off = opt_in_rules.exclusions_by_survey().get(survey.pk, frozenset())
    asked = [relationship.value for relationship in opt_in_rules.RELATIONSHIPS if relationship not in off]
    form = AudienceForm(request.POST if request.method == "POST" else None, initial={"asked": asked})
    if request.method == "POST" and form.is_valid():
        if opt_in_rules.set_audience(survey=survey, asked=form.cleaned_data["asked"], actor=request.user):
            messages.success(request, _("You changed who is asked after %(survey)s.") % {"survey": survey.name})
        return SeeOther(reverse("prospects:question", args=[request.organization.slug]))
    return render(request, "prospects/opt_in/audience_change.html", {"form": form, "survey": survey})


def _asked_words(off: frozenset[str]) -> str:
    asked = [str(relationship.label) for relationship in opt_in_rules.RELATIONSHIPS if relationship not in off]
    if not off:
        return _("Every reference")
    return ", ".join(asked) if asked else _("Nobody")
