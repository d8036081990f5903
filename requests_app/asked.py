"""What each person of a request is asked. The questions are those of the version that the request started with."""

from templates_app.asking import SELF, Page, minutes_of, pages_for
from templates_app.models import Question

from .models import Reference, ReferenceRequest


def items_of(request: ReferenceRequest) -> list[Question]:
    """Everything in the survey: questions for anybody, and the texts of its sections."""
    items: list[Question] = request.version.items
    return items


def pages_of(request: ReferenceRequest, reference: Reference | None) -> list[Page[Question]]:
    """One page for each question that a reference, or the candidate (None), gets."""
    return pages_for(items_of(request), reference.relationship if reference else SELF)


def questions_for(request: ReferenceRequest, reference: Reference | None) -> list[Question]:
    """The questions that a reference, or the candidate (None), gets."""
    return [page.question for page in pages_of(request, reference)]


def own_view_minutes(request: ReferenceRequest) -> int:
    """What the candidate's own view takes, in minutes; 0 where none is asked for."""
    return minutes_of(questions_for(request, None)) if request.version.self_reference else 0
