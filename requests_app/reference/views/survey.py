"""The survey, one question per page, saved at each step. For a reference, and for the self-reference."""

from dataclasses import dataclass
from functools import cached_property

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from crosschq.tenancy.secret_pages import SeeOther, TokenRequest
from requests_app.lifecycle import RequestMovedOn
from requests_app.models import Answer, ReferenceState, Response
from requests_app.public import agreements, leaving, networks
from requests_app.public.access import LinkHolder
from requests_app.public.forms import OwnWordsForm
from requests_app.reference import responses, survey_questions
from requests_app.reference.forms import FORMS, QuestionForm
from requests_app.report.build import chosen_text
from templates_app.models import Question, SurveyItem
from templates_app.surveys.audience import QuestionPage, minutes_of

FROM_CHECK = "from=check"
CHECKED_FROM = 6  # questions; shorter surveys skip the review of all answers


@dataclass
class AnswerSummary:
    """A question on the page that reviews all answers."""

    number: int
    wording: str
    answer: str
    text: str
    url: str

    @property
    def full_answer(self) -> str:
        return "\n".join(part for part in (self.answer, self.text) if part) or _("Not answered")


class SurveySession:
    """One person's way through the survey. `prefix` is the start of their URL names."""

    def __init__(self, link_holder: LinkHolder, prefix: str, *, sent: bool = False) -> None:
        """sent: read the answers that were sent, not changes that haven't been sent yet."""
        self.link_holder, self.prefix, self.sent = link_holder, prefix, sent
        self.about_self = link_holder.reference is None
        self.first_name = link_holder.reference_request.candidate_short_name

    @cached_property
    def pages(self) -> list[QuestionPage[Question]]:
        return survey_questions.pages_of(self.link_holder.reference_request, self.link_holder.reference)

    @property
    def questions(self) -> list[Question]:
        """The questions that this person gets."""
        return [page.question for page in self.pages]

    @property
    def minutes(self) -> int:
        return minutes_of(self.questions)

    @cached_property
    def response(self) -> Response | None:
        find = responses.sent_response_of if self.sent else responses.response_of
        return find(self.link_holder.reference_request, self.link_holder.reference)

    @cached_property
    def answers(self) -> dict[int, Answer]:
        return responses.answers_of(self.response)

    @property
    def unseen(self) -> str:
        return not_seen_label(about_self=self.about_self)

    @property
    def check_url(self) -> str:
        return self.link_holder.url(f"{self.prefix}_check")

    def url(self, number: int) -> str:
        """The URL of question `number` (from 1), or of the page after the last one."""
        inside = number <= len(self.questions)
        return self.link_holder.url(f"{self.prefix}_question", number) if inside else self.check_url

    def back_url(self, number: int) -> str:
        """The URL of the page before question `number`; a reference has none before the first."""
        if number > 1:
            return self.url(number - 1)
        return self.link_holder.home if self.about_self else ""

    def next_url(self) -> str:
        """The URL of the first question that hasn't been saved yet."""
        passed = (n for n, question in enumerate(self.questions, start=1) if question.pk not in self.answers)
        return self.url(next(passed, len(self.questions) + 1))

    def wording(self, question: Question) -> str:
        return question.wording(self.first_name, about_self=self.about_self)

    def form(self, question: Question, data: QueryDict | None = None) -> QuestionForm:
        answer, form_class = self.answers.get(question.pk), FORMS[question.kind]
        initial = form_class.initial_of(answer) if answer else None
        return form_class(question, self.wording(question), data, initial=initial, unseen=self.unseen)

    @property
    def lines(self) -> list[AnswerSummary]:
        return [self.summary(number, question) for number, question in enumerate(self.questions, start=1)]

    @property
    def changes_what_was_sent(self) -> bool:
        """Whether these answers replace others that a reference sent."""
        reference = self.link_holder.reference
        return reference is not None and reference.state == ReferenceState.ANSWERED

    def summary(self, number: int, question: Question) -> AnswerSummary:
        answer = self.answers.get(question.pk)
        chosen = self.unseen if answer and answer.not_seen else chosen_text(question, answer) if answer else ""
        url = f"{self.url(number)}?{FROM_CHECK}"
        return AnswerSummary(number, self.wording(question), chosen, answer.text if answer else "", url)


def not_seen_label(*, about_self: bool) -> str:
    """The label of the last choice of a rating."""
    return _("This did not come up in my work") if about_self else _("I did not see this")


def question_context(
    form: QuestionForm, section: SurveyItem | None, first_name: str, *, about_self: bool
) -> dict[str, object]:
    """The template context of a question, for the survey and for previews."""
    return {
        "form": form,
        "answer": form[form.main],
        "comment": form["text"] if form.main != "text" and "text" in form.fields else None,
        "is_rating": form.main == "rating",
        "section": section.wording(first_name, about_self=about_self) if section else "",
    }


def question_page(request: TokenRequest, survey: SurveySession, number: int) -> HttpResponse:
    """Show or save one question. Raises RequestMovedOn if the person can't answer now."""
    if not 1 <= number <= len(survey.questions) or (survey.response and survey.response.submitted_at):
        raise RequestMovedOn
    question = survey.questions[number - 1]
    to_check = request.GET.get("from") == "check"
    back_url = survey.check_url if to_check else survey.back_url(number)
    if request.method == "POST":
        form = survey.form(question, request.POST)
        if back_url and leaving.has_nothing_to_save(request, form):
            return SeeOther(back_url)
        if form.is_valid():
            given = {question: form.answer_input()}
            responses.save(survey.link_holder.reference_request, survey.link_holder.reference, given)
            if back_url and leaving.leaves(request):
                return SeeOther(back_url)
            return SeeOther(survey.check_url if to_check else survey.url(number + 1))
    else:
        form = survey.form(question)
    section = survey.pages[number - 1].section
    context = {
        **question_context(form, section, survey.first_name, about_self=survey.about_self),
        "link_holder": survey.link_holder,
        "survey": survey,
        "number": number,
        "total": len(survey.pages),
        **leaving.context(request, back_url),
        "just_sent": survey.about_self and number == 1 and not survey.answers,
    }
    return render(request, "requests_app/public/question.html", context)


def check_page(request: TokenRequest, survey: SurveySession) -> HttpResponse:
    """The last page before the answers are submitted. It lists all answers unless the survey is short.

    A reference confirms that the words are their own.
    """
    if survey.response is None or survey.response.submitted_at:
        raise RequestMovedOn
    form = OwnWordsForm(request.POST if request.method == "POST" else None)
    if survey.about_self:
        del form.fields["own_words"]
    else:
        text = agreements.current_text(survey.link_holder.reference_request, of_reference=True)
        form.fields["own_words"].label = text
    missing = responses.open_questions(survey.questions, survey.answers)
    if request.method == "POST" and form.is_valid() and not missing:
        responses.submit(
            survey.link_holder.reference_request, survey.link_holder.reference, client_ip=networks.client_ip(request)
        )
        return SeeOther(survey.link_holder.home)
    lines = survey.lines
    context = {
        "link_holder": survey.link_holder,
        "survey": survey,
        "form": form,
        "lines": lines if len(lines) >= CHECKED_FROM else [],
        "open": [lines[survey.questions.index(question)] for question in missing],
        "back_url": survey.url(len(survey.questions)),
    }
    return render(request, "requests_app/public/check_answers.html", context)
