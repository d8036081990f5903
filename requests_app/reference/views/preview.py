"""A preview of a survey on a phone, with the same templates and forms as the real one. Nothing is saved."""

from collections.abc import Sequence

from csp.constants import SELF as CSP_SELF
from csp.decorators import csp_replace
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from requests_app.notifications.preview import EXAMPLE_CANDIDATE
from requests_app.public import leaving
from requests_app.reference.forms import FORMS
from requests_app.reference.views.survey import not_seen_label, question_context
from templates_app.models import Survey, SurveyItem
from templates_app.surveys import draft_questions, queries
from templates_app.surveys.audience import AUDIENCES, SELF, pages_for


@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [CSP_SELF]})
@member_page(Role.VIEWER)
def page(request: MemberRequest, key: str, number: int) -> HttpResponse:
    """Show question `number` (from 1) to the audience in `?as=`. `?of=draft` shows admins unpublished questions."""
    who = request.GET.get("as", "")
    who = who if who in AUDIENCES else AUDIENCES[0]
    draft = request.GET.get("of") == "draft" and request.membership.may(Role.ADMIN)
    pages = pages_for(_items(key, draft=draft), who)
    name, about_self = EXAMPLE_CANDIDATE.first_name, who == SELF

    def url(of: int) -> str:
        query = f"?as={who}" + ("&of=draft" if draft else "")
        return reverse("survey_preview:page", args=[request.organization.slug, key, of]) + query

    if not 1 <= number <= len(pages):
        ends = {"again_url": url(1) if pages else "", "back_url": url(len(pages)) if pages else ""}
        return render(request, "requests_app/public/preview_end.html", ends)
    shown = pages[number - 1]
    question = shown.question
    form = FORMS[question.kind](
        question,
        question.wording(name, about_self=about_self),
        request.POST if request.method == "POST" else None,
        unseen=not_seen_label(about_self=about_self),
    )
    if request.method == "POST" and leaving.leaves(request) and number > 1:
        return redirect(url(number - 1))
    if request.method == "POST" and form.is_valid():
        return redirect(url(number + 1))
    context = {
        **question_context(form, shown.section, name, about_self=about_self),
        "preview": True,
        "number": number,
        "total": len(pages),
        "back_url": url(number - 1) if number > 1 else "",
    }
    return render(request, "requests_app/public/question.html", context)


def _items(key: str, *, draft: bool) -> Sequence[SurveyItem]:
    if draft:
        survey = Survey.objects.filter(key=key, deleted_at__isnull=True, built_in=False).first()
        if survey is None:
            raise Http404(_("This survey doesn't exist."))
        return draft_questions.list_for(survey)
    try:
        return queries.questions_of(key)
    except queries.NoSuchSurvey as missing:
        raise Http404(_("This survey doesn't exist.")) from missing
