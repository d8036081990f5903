"""Starting a survey, saving one answer at a time, and submitting once. For references and for the self-reference."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from crosschq.core import clock
from requests_app import timeline
from requests_app.completion import complete
from requests_app.lifecycle import RequestMovedOn, locked, move_reference
from requests_app.models import Answer, EntryKind, Reference, ReferenceRequest, ReferenceState, RequestState, Response
from requests_app.reference.survey_questions import questions_for
from requests_app.reminders import plan
from templates_app.models import Question, QuestionKind


@dataclass(frozen=True)
class AnswerInput:
    """The answer to one question: a rating, choices, or yes or no, with an optional comment.

    `text` is the comment, or the whole answer to a question without choices. `choices` are positions in the question's
    labels, counted from 1.
    """

    rating: int | None = None
    not_seen: bool = False
    choices: tuple[int, ...] = ()
    yes_no: bool | None = None
    text: str = ""


class Unanswered(Exception):
    """Required questions have no answer."""

    def __init__(self, questions: Sequence[Question]) -> None:
        super().__init__(f"{len(questions)} open")
        self.questions = tuple(questions)


def answers_of(response: Response | None) -> dict[int, Answer]:
    """The answers by question."""
    if response is None:
        return {}
    return {answer.question_id: answer for answer in Answer.objects.filter(response=response)}


def response_of(reference_request: ReferenceRequest, reference: Reference | None) -> Response | None:
    found: Response | None = Response.objects.filter(reference_request=reference_request, reference=reference).first()
    return found


def begin(reference_request: ReferenceRequest, reference: Reference, *, agreed: bool | None, words: str) -> None:
    """Record that the reference started, and whether they agree with the relationship that the candidate gave."""
    reference_request = locked(reference_request)
    _require_waiting(reference_request)
    if move_reference(reference, ReferenceState.STARTED, started_at=clock.now()):
        timeline.note(reference_request, _("%(name)s started") % {"name": reference.name}, kind=EntryKind.QUIET)
    if agreed is not None or words:
        started = Reference.objects.filter(pk=reference.pk, state=ReferenceState.STARTED)
        started.update(relationship_confirmed=agreed, relationship_comment=words)


def save(
    reference_request: ReferenceRequest, reference: Reference | None, question: Question, answer_input: AnswerInput
) -> None:
    """Save or replace one answer. Raises RequestMovedOn once the answers are sent or no longer needed."""
    reference_request = locked(reference_request)
    response = _unsent(reference_request, reference)
    rating = question.kind == QuestionKind.RATING
    choices = (
        [number for number in answer_input.choices if 1 <= number <= len(question.labels)]
        if question.has_choices
        else []
    )
    Answer.objects.update_or_create(
        response=response,
        question=question,
        defaults={
            "organization": reference_request.organization,
            "rating": answer_input.rating if rating and not answer_input.not_seen else None,
            "not_seen": answer_input.not_seen and rating,
            "choices": choices,
            "yes_no": answer_input.yes_no if question.kind == QuestionKind.YES_NO else None,
            "text": answer_input.text,
            "saved_at": clock.now(),
        },
    )


def submit(reference_request: ReferenceRequest, reference: Reference | None) -> None:
    """Submit the answers, which locks them. Raises Unanswered, or RequestMovedOn if they were already submitted."""
    reference_request = locked(reference_request)
    response = _unsent(reference_request, reference)
    missing = open_questions(questions_for(reference_request, reference), answers_of(response))
    if missing:
        raise Unanswered(missing)
    now = clock.now()
    Response.objects.filter(pk=response.pk, submitted_at=None).update(submitted_at=now)
    if reference is None:
        timeline.note(
            reference_request, _("%(name)s sent the self-reference") % {"name": reference_request.candidate_name}
        )
        return
    if not move_reference(reference, ReferenceState.ANSWERED, finished_at=now):
        raise RequestMovedOn
    plan.stop(reference_request, reference)
    timeline.note(reference_request, _("%(name)s sent the reference") % {"name": reference.name}, kind=EntryKind.OK)
    complete.finish_if_complete(reference_request)


def open_questions(questions: Sequence[Question], answers: dict[int, Answer]) -> list[Question]:
    """The required questions without an answer."""
    return [q for q in questions if q.required and not (q.pk in answers and answers[q.pk].answers_kind(q.kind))]


def _unsent(reference_request: ReferenceRequest, reference: Reference | None) -> Response:
    _require_waiting(reference_request)
    if reference is None:
        if not reference_request.version.self_reference:
            raise RequestMovedOn
    elif not Reference.objects.filter(pk=reference.pk, state=ReferenceState.STARTED).exists():
        raise RequestMovedOn
    response: Response
    response, _created = Response.objects.get_or_create(
        organization=reference_request.organization,
        reference_request=reference_request,
        reference=reference,
        defaults={"survey_version_id": reference_request.version.survey_version_id, "started_at": clock.now()},
    )
    if response.submitted_at:
        raise RequestMovedOn
    return response


def _require_waiting(reference_request: ReferenceRequest) -> None:
    if reference_request.state != RequestState.WAITING_FOR_REFERENCES:
        raise RequestMovedOn
