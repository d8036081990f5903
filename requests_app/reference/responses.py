"""Starting a survey, saving one answer at a time, and submitting once. For references and for the self-reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from crosschq.core import clock
from requests_app import timeline
from requests_app.attention import stored
from requests_app.completion import complete, late
from requests_app.lifecycle import RequestMovedOn, locked, move_reference
from requests_app.models import Answer, EntryKind, Reference, ReferenceRequest, ReferenceState, RequestState, Response
from requests_app.public import agreements, networks
from requests_app.reference.survey_questions import questions_for
from requests_app.reminders import plan
from templates_app.models import Question, QuestionKind

# What a person changes who answers a question again.
ANSWERED = ("rating", "not_seen", "choices", "yes_no", "text", "saved_at")


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


@dataclass(frozen=True)
class StatedFacts:
    """The candidate's job as the reference states it. still_there: None if they can't say."""

    title: str = ""
    years: str = ""
    still_there: bool | None = None


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
    """The answers that are being filled in, else those that were sent and count."""
    current = Response.objects.filter(reference_request=reference_request, reference=reference, replaced_at=None)
    found: Response | None = current.order_by(F("submitted_at").asc(nulls_first=True)).first()
    return found


def sent_response_of(reference_request: ReferenceRequest, reference: Reference | None) -> Response | None:
    """The answers that were sent and count."""
    sent = Response.objects.filter(reference_request=reference_request, reference=reference, replaced_at=None)
    found: Response | None = sent.filter(submitted_at__isnull=False).first()
    return found


def begin(
    reference_request: ReferenceRequest,
    reference: Reference,
    *,
    agreed: bool | None,
    words: str,
    facts: StatedFacts | None = None,
) -> None:
    """Record that the reference started, and whether they agree with what the candidate said about working together.

    facts: what they say themselves about the candidate's job, if they corrected it.
    """
    reference_request = locked(reference_request)
    current = _current(reference)
    if is_late(reference_request, current):
        Reference.objects.filter(pk=reference.pk).update(started_at=current.started_at or clock.now())
    else:
        _require_waiting(reference_request)
        if move_reference(reference, ReferenceState.STARTED, started_at=clock.now()):
            sentence = _("%(name)s started") % {"name": reference.name}
            timeline.note(reference_request, sentence, kind=EntryKind.QUIET, about=reference)
    if agreed is not None or words or facts:
        started = (ReferenceState.STARTED, ReferenceState.NOT_COMPLETED)
        Reference.objects.filter(pk=reference.pk, state__in=started).update(
            relationship_confirmed=agreed, relationship_comment=words, **_columns(facts or StatedFacts())
        )


def send_facts(
    reference_request: ReferenceRequest, reference: Reference, facts: StatedFacts, *, client_ip: str = ""
) -> None:
    """Send only the candidate's title and dates, because the reference's employer allows no more.

    Raises RequestMovedOn if the reference has answered or declined, or the request doesn't wait for it anymore.
    """
    reference_request = locked(reference_request)
    _require_waiting(reference_request)
    now = clock.now()
    move_reference(reference, ReferenceState.STARTED, started_at=now)
    if not move_reference(reference, ReferenceState.ANSWERED, finished_at=now, facts_only=True, **_columns(facts)):
        raise RequestMovedOn
    agreements.record(reference_request, reference, client_ip=client_ip)
    plan.stop(reference_request, reference)
    sentence = _("%(name)s confirmed title and dates only, as their employer requires")
    timeline.note(reference_request, sentence % {"name": reference.name}, kind=EntryKind.OK, about=reference)
    complete.finish_if_complete(reference_request)


def _columns(facts: StatedFacts) -> dict[str, Any]:
    return {"stated_title": facts.title, "stated_years": facts.years, "still_there": facts.still_there}


def change(reference_request: ReferenceRequest, reference: Reference) -> None:
    """Start to change answers that were sent: copy them. They count until the copy is sent.

    Raises RequestMovedOn once the request is finished.
    """
    reference_request = locked(reference_request)
    if not may_change(reference_request, _current(reference)):
        raise RequestMovedOn
    responses = Response.objects.filter(reference=reference, replaced_at=None)
    if responses.filter(submitted_at=None).exists():
        return
    sent = responses.first()
    copy = Response.objects.create(
        organization=reference_request.organization,
        reference_request=reference_request,
        reference=reference,
        survey_version_id=reference_request.version.survey_version_id,
        started_at=clock.now(),
    )
    columns = ("organization_id", "question_id", *ANSWERED)
    answers = Answer.objects.filter(response=sent).values(*columns) if sent else ()
    Answer.objects.bulk_create(Answer(response=copy, **answer) for answer in answers)


def may_change(reference_request: ReferenceRequest, reference: Reference) -> bool:
    """Whether a reference who sent their answers can still change them."""
    return reference.state == ReferenceState.ANSWERED and reference_request.state == RequestState.WAITING_FOR_REFERENCES


def is_late(reference_request: ReferenceRequest, reference: Reference) -> bool:
    """Whether the request was finished without this reference, who was asked and can still answer late."""
    asked = reference.state == ReferenceState.NOT_COMPLETED and reference.invited_at is not None
    return asked and reference_request.has_report and clock.now() <= reference_request.closes_at


def may_answer(reference_request: ReferenceRequest, reference: Reference) -> bool:
    """Whether a reference who started can save answers: in time, late, or as a change of those they sent."""
    if is_late(reference_request, reference):
        return True
    waits = reference_request.state == RequestState.WAITING_FOR_REFERENCES
    return waits and reference.state in (ReferenceState.STARTED, ReferenceState.ANSWERED)


def _current(reference: Reference) -> Reference:
    """The reference as it is now, under the request's lock."""
    found: Reference | None = Reference.objects.filter(pk=reference.pk).first()
    if found is None:
        raise RequestMovedOn
    return found


def save(
    reference_request: ReferenceRequest, reference: Reference | None, given: Mapping[Question, AnswerInput]
) -> None:
    """Save or replace the answers to these questions. Raises RequestMovedOn once they are sent or no longer needed."""
    reference_request = locked(reference_request, changes_problems=False)
    response = _unsent(reference_request, reference)
    # One statement, where update_or_create takes five for each.
    Answer.objects.bulk_create(
        [_answer(response, question, answer_input) for question, answer_input in given.items()],
        update_conflicts=True,
        unique_fields=("response", "question"),
        update_fields=ANSWERED,
    )


def _answer(response: Response, question: Question, answer_input: AnswerInput) -> Answer:
    rating = question.kind == QuestionKind.RATING
    choices = (
        [number for number in answer_input.choices if 1 <= number <= len(question.labels)]
        if question.has_choices
        else []
    )
    return Answer(
        organization_id=response.organization_id,
        response=response,
        question=question,
        rating=answer_input.rating if rating and not answer_input.not_seen else None,
        not_seen=answer_input.not_seen and rating,
        choices=choices,
        yes_no=answer_input.yes_no if question.kind == QuestionKind.YES_NO else None,
        text=answer_input.text,
        saved_at=clock.now(),
    )


def submit(reference_request: ReferenceRequest, reference: Reference | None, *, client_ip: str = "") -> None:
    """Submit the answers, which locks them. Raises Unanswered, or RequestMovedOn if they were already submitted."""
    reference_request = locked(reference_request)
    response = _unsent(reference_request, reference)
    missing = open_questions(questions_for(reference_request, reference), answers_of(response))
    if missing:
        raise Unanswered(missing)
    now = clock.now()
    if reference is not None:
        Response.objects.filter(reference=reference, replaced_at=None).exclude(pk=response.pk).update(replaced_at=now)
        agreements.record(reference_request, reference, client_ip=client_ip)
    else:
        networks.record(reference_request, None, client_ip)
    Response.objects.filter(pk=response.pk, submitted_at=None).update(submitted_at=now)
    if reference is None:
        sentence = _("%(name)s sent the self-reference") % {"name": reference_request.candidate_name}
        timeline.note(reference_request, sentence, about=reference_request)
        return
    if _current(reference).state == ReferenceState.ANSWERED:
        Reference.objects.filter(pk=reference.pk).update(facts_only=False)
        sentence = _("%(name)s changed their answers") % {"name": reference.name}
        timeline.note(reference_request, sentence, kind=EntryKind.WARN, about=reference)
        return
    if reference_request.has_report:
        late.keep(reference_request, reference)
        return
    if not move_reference(reference, ReferenceState.ANSWERED, finished_at=now):
        raise RequestMovedOn
    plan.stop(reference_request, reference)
    sentence = _("%(name)s sent the reference") % {"name": reference.name}
    timeline.note(reference_request, sentence, kind=EntryKind.OK, about=reference)
    complete.finish_if_complete(reference_request)


def open_questions(questions: Sequence[Question], answers: dict[int, Answer]) -> list[Question]:
    """The required questions without an answer."""
    return [q for q in questions if q.required and not (q.pk in answers and answers[q.pk].answers_kind(q.kind))]


def _unsent(reference_request: ReferenceRequest, reference: Reference | None) -> Response:
    response = response_of(reference_request, reference)
    if reference is None:
        _require_waiting(reference_request)
        if not reference_request.version.self_reference:
            raise RequestMovedOn
    else:
        current = _current(reference)
        changes = current.state == ReferenceState.ANSWERED
        if not may_answer(reference_request, current) or (changes and response is None):
            raise RequestMovedOn
    if response is not None and response.submitted_at:
        raise RequestMovedOn
    if response is not None:
        return response
    stored.refresh_later(reference_request)
    return Response.objects.create(
        organization=reference_request.organization,
        reference_request=reference_request,
        reference=reference,
        survey_version_id=reference_request.version.survey_version_id,
        started_at=clock.now(),
    )


def _require_waiting(reference_request: ReferenceRequest) -> None:
    if reference_request.state != RequestState.WAITING_FOR_REFERENCES:
        raise RequestMovedOn
