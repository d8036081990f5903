"""Adding, editing and arranging the questions of a draft."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from templates_app.form_fields import without_nul
from templates_app.models import DraftQuestion, QuestionKind, Survey
from templates_app.request_templates.lookup import draft_question_or_404, survey_or_404
from templates_app.surveys import draft_questions, prohibited_topics
from templates_app.surveys.builtin.questions import HOW_OFTEN
from templates_app.surveys.forms import ItemForm, initial_of, point, texts_sent


@member_page(Role.ADMIN)
def add(request: MemberRequest, uid: UUID, kind: str) -> HttpResponse:
    survey = survey_or_404(request.organization, uid, for_update=request.method == "POST")
    chosen = kind.replace("-", "_")
    if chosen not in QuestionKind.values:
        raise Http404(_("This type of question doesn't exist."))
    if request.method != "POST":
        often = {point(number): label for number, label in enumerate(HOW_OFTEN, start=1)}
        return _page(request, survey, ItemForm(chosen, initial=often))
    form = ItemForm(chosen, without_nul(request.POST))
    if form.is_valid():
        try:
            question = draft_questions.add(survey=survey, actor=request.user, values=form.values)
        except draft_questions.TooManyQuestions:
            form.add_error(None, _too_many_questions())
        else:
            return _back(request, survey, question)
    return _page(request, survey, form)


@member_page(Role.ADMIN)
def change(request: MemberRequest, uid: UUID, question_uid: UUID) -> HttpResponse:
    survey = survey_or_404(request.organization, uid, for_update=request.method == "POST")
    question = draft_question_or_404(survey, question_uid)
    if request.method != "POST":
        form = ItemForm(question.kind, initial=initial_of(question))
        form.topics = draft_questions.topics(question)
        return _page(request, survey, form, question)
    form = ItemForm(question.kind, without_nul(request.POST))
    if form.is_valid():
        draft_questions.change(question=question, actor=request.user, values=form.values)
        return _back(request, survey, question)
    return _page(request, survey, form, question)


@member_page(Role.ADMIN)
@require_POST
def arrange(request: MemberRequest, uid: UUID, question_uid: UUID) -> HttpResponse:
    """Move, duplicate or remove a question."""
    survey = survey_or_404(request.organization, uid, for_update=True)
    question = draft_question_or_404(survey, question_uid)
    match request.POST.get("act"):
        case "up":
            draft_questions.move(question=question, by=-1)
        case "down":
            draft_questions.move(question=question, by=1)
        case "duplicate":
            try:
                question = draft_questions.duplicate(question=question)
            except draft_questions.TooManyQuestions:
                messages.error(request, _too_many_questions())
        case "remove":
            draft_questions.remove(question=question)
            messages.success(
                request,
                _("“%(text)s” was removed from the draft.") % {"text": question.text[:80]},
                extra_tags=_("Removed"),
            )
            return redirect("surveys:edit", request.organization.slug, survey.uid)
    return _back(request, survey, question)


@member_page(Role.ADMIN)
@require_POST
def prohibited_topics_note(request: MemberRequest, uid: UUID) -> HttpResponse:
    """The warning about prohibited topics while someone types, as part of the form. Nothing is saved."""
    survey_or_404(request.organization, uid)
    sent = without_nul(request.POST)
    form = ItemForm(QuestionKind.LONG_TEXT, initial={"kept_reason": sent.get("kept_reason", "")})
    form.topics = prohibited_topics.topics_in(texts_sent(sent))
    return render(request, "templates_app/surveys/prohibited_topics.html", {"form": form})


def _back(request: MemberRequest, survey: Survey, question: DraftQuestion) -> HttpResponse:
    """Redirect to the question's card in the editor."""
    return redirect(reverse("surveys:edit", args=[request.organization.slug, survey.uid]) + f"#q-{question.uid}")


def _page(
    request: MemberRequest, survey: Survey, form: ItemForm, question: DraftQuestion | None = None
) -> HttpResponse:
    context = {
        "survey": survey,
        "form": form,
        "question": question,
        "kind_label": QuestionKind(form.kind).label,
        "is_section": form.kind == QuestionKind.SECTION,
    }
    return render(request, "templates_app/surveys/question_form.html", context)


def _too_many_questions() -> str:
    return _("A survey can have at most %(most)s questions. Remove one first.") % {"most": draft_questions.MAX_ITEMS}
