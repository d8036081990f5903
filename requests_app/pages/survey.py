"""One question a page, saved at each step: for a reference, and for the candidate's own view."""

from dataclasses import dataclass
from functools import cached_property

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from templates_app.models import Question

from .. import answering
from ..lifecycle import NotNow
from ..models import Answer, Response
from ..report import rating_words
from .access import Held, SeeOther, TokenRequest
from .forms import OwnWordsForm, RatingForm, TextForm, question_form

FROM_CHECK = "from=check"


@dataclass
class Line:
    """A question on the page that shows all answers."""

    number: int
    wording: str
    answer: str
    text: str
    url: str


class Sitting:
    """Somebody in front of the questions. `prefix` is the part of their URL names."""

    def __init__(self, held: Held, prefix: str) -> None:
        self.held, self.prefix = held, prefix
        self.about_self = held.reference is None
        self.first_name = held.request.candidate_first_name

    @cached_property
    def questions(self) -> list[Question]:
        return answering.questions_of(self.held.request)

    @cached_property
    def response(self) -> Response | None:
        return answering.response_of(self.held.request, self.held.reference)

    @cached_property
    def answers(self) -> dict[int, Answer]:
        return answering.answers_of(self.response)

    @property
    def unseen(self) -> str:
        return _("This did not come up in my work") if self.about_self else _("I did not see this")

    @property
    def check_url(self) -> str:
        return self.held.url(f"{self.prefix}_check")

    def url(self, number: int) -> str:
        """Of question `number` (from 1), or of the page after the last one."""
        inside = number <= len(self.questions)
        return self.held.url(f"{self.prefix}_question", number) if inside else self.check_url

    def back_url(self, number: int) -> str:
        """Of the page before question `number`; a reference has none before the first."""
        if number > 1:
            return self.url(number - 1)
        return self.held.home if self.about_self else ""

    def next_url(self) -> str:
        """Of the first question that was not passed yet."""
        passed = (n for n, question in enumerate(self.questions, start=1) if question.pk not in self.answers)
        return self.url(next(passed, len(self.questions) + 1))

    def wording(self, question: Question) -> str:
        return question.wording(self.first_name, about_self=self.about_self)

    def form(self, question: Question, data: QueryDict | None = None) -> RatingForm | TextForm:
        answer = self.answers.get(question.pk)
        form_class = question_form(question.kind)
        initial = form_class.initial_of(answer) if answer else None
        return form_class(question, self.wording(question), data, initial=initial, unseen=self.unseen)

    def line(self, number: int, question: Question) -> Line:
        answer = self.answers.get(question.pk)
        said = self.unseen if answer and answer.not_seen else rating_words(question, answer) if answer else ""
        url = f"{self.url(number)}?{FROM_CHECK}"
        return Line(number, self.wording(question), said, answer.text if answer else "", url)


def question_page(request: TokenRequest, sitting: Sitting, number: int) -> HttpResponse:
    """Show or save one question. Whoever may not answer now is sent to the link's first page by NotNow."""
    if not 1 <= number <= len(sitting.questions) or (sitting.response and sitting.response.submitted_at):
        raise NotNow
    question = sitting.questions[number - 1]
    to_check = request.GET.get("from") == "check"
    if request.method == "POST":
        form = sitting.form(question, request.POST)
        if form.is_valid():
            answering.save(sitting.held.request, sitting.held.reference, question, form.given())
            return SeeOther(sitting.check_url if to_check else sitting.url(number + 1))
    else:
        form = sitting.form(question)
    context = {
        "held": sitting.held,
        "sitting": sitting,
        "question": question,
        "number": number,
        "form": form,
        "is_rating": isinstance(form, RatingForm),
        "back_url": sitting.check_url if to_check else sitting.back_url(number),
        "just_sent": sitting.about_self and number == 1 and not sitting.answers,
    }
    return render(request, "requests_app/question.html", context)


def check_page(request: TokenRequest, sitting: Sitting) -> HttpResponse:
    """All answers before they are sent. A reference says that the words are their own."""
    if sitting.response is None or sitting.response.submitted_at:
        raise NotNow
    form = OwnWordsForm(request.POST if request.method == "POST" else None)
    if sitting.about_self:
        del form.fields["own_words"]
    missing = answering.open_questions(sitting.questions, sitting.answers)
    if request.method == "POST" and form.is_valid() and not missing:
        answering.submit(sitting.held.request, sitting.held.reference)
        return SeeOther(sitting.held.home)
    context = {
        "held": sitting.held,
        "sitting": sitting,
        "form": form,
        "lines": [sitting.line(number, question) for number, question in enumerate(sitting.questions, start=1)],
        "open": [sitting.questions.index(question) + 1 for question in missing],
        "back_url": sitting.url(len(sitting.questions)),
    }
    return render(request, "requests_app/check_answers.html", context)
