"""The page about a request behind each link: who asks, who reads the answers, how long, and the questions.

It is linked from every page of a candidate or a reference.
"""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from crosschq.tenancy.secret_pages import TokenRequest
from requests_app.models import ReferenceRequest
from requests_app.notifications.send import CANDIDATE, REFERENCE
from requests_app.public.access import LinkHolder, token_page
from requests_app.reference.survey_questions import items_of, questions_for
from templates_app.models import Question
from templates_app.surveys.audience import is_for
from templates_app.surveys.relationships import Relationship


@dataclass(frozen=True)
class ListedQuestion:
    """A question in the list. `asked` names the references who get it, if not all of them do."""

    wording: str
    asked: str


@token_page(CANDIDATE)
def candidate(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    return _page(request, link_holder, _asked_of_references(link_holder.reference_request))


@token_page(REFERENCE)
def reference(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    return _page(request, link_holder, questions_for(link_holder.reference_request, link_holder.reference))


def _page(request: TokenRequest, link_holder: LinkHolder, questions: list[Question]) -> HttpResponse:
    name = link_holder.reference_request.candidate_short_name
    context = {
        "link_holder": link_holder,
        "reference_request": link_holder.reference_request,
        "agreement": link_holder.reference_request.agreements.filter(reference=link_holder.reference).last(),
        "questions": [
            ListedQuestion(question.wording(name), "" if link_holder.reference else _asked(question))
            for question in questions
        ],
    }
    return render(request, "requests_app/public/about.html", context)


def _asked_of_references(reference_request: ReferenceRequest) -> list[Question]:
    """The questions that the references of this request can get."""
    kinds = {rule.relationship for rule in reference_request.version.reference_rules}
    questions = [item for item in items_of(reference_request) if not item.is_section]
    if Relationship.ANY in kinds:
        return questions
    return [question for question in questions if any(is_for(question, str(kind)) for kind in kinds)]


def _asked(question: Question) -> str:
    if not question.relationships:
        return ""
    labels = [str(Relationship(each).label) for each in question.relationships]
    return _("(only: %(relationships)s)") % {"relationships": ", ".join(labels)}
