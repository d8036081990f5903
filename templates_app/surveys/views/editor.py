"""The survey editor: the draft with one card per question, next to a phone preview."""

from uuid import UUID

from csp.constants import SELF as CSP_SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from templates_app.form_fields import without_nul
from templates_app.models import QuestionKind, Survey
from templates_app.request_templates.lookup import survey_or_404
from templates_app.surveys import draft_questions, queries, statistics
from templates_app.surveys import edit as surveys_edit
from templates_app.surveys.audience import AUDIENCES, LONG_SURVEY_MINUTES, max_minutes
from templates_app.surveys.display import audience_label, question_cards
from templates_app.surveys.forms import SurveyNameForm


@csp_update({"frame-src": [CSP_SELF]})
@member_page(Role.ADMIN)
def edit(request: MemberRequest, uid: UUID) -> HttpResponse:
    return _page(request, survey_or_404(request.organization, uid))


@member_page(Role.ADMIN)
def rename(request: MemberRequest, uid: UUID) -> HttpResponse:
    survey = survey_or_404(request.organization, uid, for_update=request.method == "POST")
    sent = without_nul(request.POST) if request.method == "POST" else None
    form = SurveyNameForm(sent, initial={"name": survey.name})
    if sent is not None and form.is_valid():
        try:
            surveys_edit.rename_survey(survey=survey, actor=request.user, name=form.cleaned_data["name"])
        except surveys_edit.NameTaken:
            form.add_name_taken_error()
        else:
            return redirect("surveys:edit", request.organization.slug, survey.uid)
    return render(request, "templates_app/surveys/rename.html", {"survey": survey, "form": form})


@csp_update({"frame-src": [CSP_SELF]})
@member_page(Role.ADMIN)
@require_POST
def publish(request: MemberRequest, uid: UUID) -> HttpResponse:
    survey = survey_or_404(request.organization, uid)
    try:
        published = surveys_edit.publish(survey=survey, actor=request.user)
    except surveys_edit.NotReady as not_ready:
        return _page(request, survey, problems=not_ready.problems)
    except Survey.DoesNotExist as gone:  # publish() locks the templates first, so it can't be locked here
        raise Http404(_("This survey doesn't exist.")) from gone
    number = published.version.number
    if not published.is_new:
        messages.info(request, _("Nothing has changed since version %(number)s.") % {"number": number})
    else:
        messages.success(request, _published_words(number, len(published.templates)), extra_tags=_("Published"))
    return redirect("surveys:edit", request.organization.slug, survey.uid)


@member_page(Role.ADMIN)
@require_POST
def discard(request: MemberRequest, uid: UUID) -> HttpResponse:
    survey = survey_or_404(request.organization, uid, for_update=True)
    surveys_edit.discard_changes(survey=survey, actor=request.user)
    messages.success(request, _("The draft matches the published version again."), extra_tags=_("Changes discarded"))
    return redirect("surveys:edit", request.organization.slug, survey.uid)


def _published_words(number: int, templates: int) -> str:
    if not templates:
        return _("Version %(number)s was published. Choose the survey in a template to use it.") % {"number": number}
    words = ngettext(
        "Version %(number)s was published. %(count)s template now uses it. Open requests keep their version.",
        "Version %(number)s was published. %(count)s templates now use it. Open requests keep their version.",
        templates,
    )
    return words % {"number": number, "count": templates}


def _page(request: MemberRequest, survey: Survey, *, problems: tuple[str, ...] = ()) -> HttpResponse:
    draft = draft_questions.list_for(survey)
    published = queries.published_questions([survey])
    version = published[0].version if published else None
    minutes = max_minutes(draft)
    context = {
        "survey": survey,
        "key": survey.key,
        "version": version,
        "changed": version is None or surveys_edit.differs(draft, published),
        "items": question_cards(draft),
        "asked": sum(not item.is_section for item in draft),
        "minutes": minutes,
        "is_long": minutes > LONG_SURVEY_MINUTES,
        "most_minutes": LONG_SURVEY_MINUTES,
        "kinds": QuestionKind.choices,
        "is_full": len(draft) >= draft_questions.MAX_ITEMS,
        "most": draft_questions.MAX_ITEMS,
        "problems": problems,
        "has_errors": bool(problems),
        "templates": surveys_edit.templates_using(survey),
        "open_requests": statistics.open_requests(survey),
        "audiences": [(each, audience_label(each)) for each in AUDIENCES],
        "next_number": version.number + 1 if version else 1,
    }
    return render(request, "templates_app/surveys/edit.html", context)
