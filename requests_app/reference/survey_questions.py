"""The questions that each person in a request gets, from the survey version that the request started with."""

from requests_app.models import Reference, ReferenceRequest
from templates_app.models import Question
from templates_app.surveys.audience import SELF, QuestionPage, minutes_of, pages_for


def items_of(reference_request: ReferenceRequest) -> list[Question]:
    """Everything in the survey: all questions and section texts."""
    items: list[Question] = reference_request.version.items
    return items


def pages_of(reference_request: ReferenceRequest, reference: Reference | None) -> list[QuestionPage[Question]]:
    """One page for each question that a reference, or the candidate (None), gets."""
    return pages_for(items_of(reference_request), reference.relationship if reference else SELF)


def questions_for(reference_request: ReferenceRequest, reference: Reference | None) -> list[Question]:
    """The questions that a reference, or the candidate (None), gets."""
    return [page.question for page in pages_of(reference_request, reference)]


def own_view_minutes(reference_request: ReferenceRequest) -> int:
    """The estimated minutes for the self-reference; 0 if the request doesn't ask for one."""
    return minutes_of(questions_for(reference_request, None)) if reference_request.version.self_reference else 0
