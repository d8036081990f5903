"""The report: people, ratings, and written answers. Computed from the locked answers; no verdict, no ranking."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

from django.utils.translation import gettext as _

from requests_app.models import Answer, Reference, ReferenceRequest, ReferenceState, Response
from requests_app.reference.survey_questions import items_of
from templates_app.models import CHOICE_KINDS, Question, QuestionKind
from templates_app.surveys.relationships import Relationship

TALLIED = (*CHOICE_KINDS, QuestionKind.YES_NO)


@dataclass(frozen=True)
class ReferenceSummary:
    """A reference in the report.

    `relation` is what the candidate said, `objection` what the reference said about it.
    """

    name: str
    role: str
    relation: str
    email: str
    answered_at: datetime | None
    confirmed: bool | None
    objection: str


@dataclass(frozen=True)
class RatingRow:
    """One rated question. `count` is the number of ratings; "I did not see this" is counted separately."""

    label: str
    mean: float | None
    low: int | None
    high: int | None
    self_rating: int | None
    count: int
    note: str


@dataclass(frozen=True)
class Quote:
    """What one person wrote. `rating` is the answer they chose with it, if the question has choices."""

    author: str
    role: str
    rating: str
    text: str
    is_self: bool


@dataclass(frozen=True)
class WrittenAnswers:
    """The written answers to one question, with the candidate's own last."""

    question: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True)
class TallyLine:
    """One possible answer: the references who chose it, and whether the candidate did too."""

    label: str
    names: tuple[str, ...]
    is_own: bool

    @property
    def count(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Tally:
    """A question with choices, or with yes and no. `answered` is how many references answered it."""

    question: str
    lines: tuple[TallyLine, ...]
    answered: int
    note: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True)
class Report:
    reference_request: ReferenceRequest
    people: tuple[ReferenceSummary, ...]
    not_completed: tuple[ReferenceSummary, ...]
    ratings: tuple[RatingRow, ...]
    tallies: tuple[Tally, ...]
    words: tuple[WrittenAnswers, ...]
    has_self: bool

    @property
    def answered(self) -> int:
        return len(self.people)

    @property
    def requested(self) -> int:
        return self.reference_request.version.references_requested


def build(reference_request: ReferenceRequest) -> Report:
    """Build the report of a request from its current answers, in a fixed number of queries."""
    references = list(Reference.objects.filter(reference_request=reference_request).order_by("slot", "id"))
    responses = list(
        Response.objects.filter(reference_request=reference_request, submitted_at__isnull=False).select_related(
            "reference"
        )
    )
    responses.sort(key=lambda r: (r.reference is None, r.reference.slot if r.reference else 0))
    answers: dict[tuple[int, int], Answer] = {
        (a.question_id, a.response_id): a for a in Answer.objects.filter(response__in=responses)
    }
    asked = [
        _QuestionAnswers(reference_request, question, responses, answers)
        for question in items_of(reference_request)
        if not question.is_section
    ]
    return Report(
        reference_request=reference_request,
        people=tuple(_person(r) for r in references if r.state == ReferenceState.ANSWERED),
        not_completed=tuple(_person(r) for r in references if r.state == ReferenceState.NOT_COMPLETED),
        ratings=tuple(_rating(one) for one in asked if one.question.kind == QuestionKind.RATING),
        tallies=tuple(_tally(one) for one in asked if one.question.kind in TALLIED),
        words=tuple(
            WrittenAnswers(one.wording, quotes)
            for one in asked
            if one.question.kind not in TALLIED and (quotes := tuple(_quotes(one)))
        ),
        has_self=any(response.is_self for response in responses),
    )


def relationship_summary(reference: Reference) -> str:
    """For example "Manager, Ledgerly, 2021 to 2024"."""
    label = reference.get_relationship_display() if reference.relationship else ""
    return ", ".join(part for part in (label, reference.company, reference.years) if part)


def relationship_statement(reference: Reference, candidate: str) -> str:
    """The same in the candidate's words, to show to the reference. Worded to need no pronoun."""
    statement = {
        Relationship.MANAGER: _("%(name)s says: you were my manager"),
        Relationship.DIRECT_REPORT: _("%(name)s says: you reported to me"),
        Relationship.COWORKER: _("%(name)s says: we were coworkers or peers"),
        Relationship.CUSTOMER: _("%(name)s says: you were a customer or supplier"),
        Relationship.MENTOR: _("%(name)s says: you were my mentor"),
    }[Relationship(reference.relationship)] % {"name": candidate}
    return ", ".join(part for part in (statement, reference.company, reference.years) if part)


def _person(reference: Reference) -> ReferenceSummary:
    return ReferenceSummary(
        name=reference.name,
        role=reference.get_relationship_display(),
        relation=relationship_summary(reference),
        email=reference.email,
        answered_at=reference.finished_at if reference.state == ReferenceState.ANSWERED else None,
        confirmed=reference.relationship_confirmed,
        objection=reference.relationship_comment,
    )


@dataclass(frozen=True)
class _QuestionAnswers:
    """One question with its answers, those of the references first."""

    reference_request: ReferenceRequest
    question: Question
    responses: Sequence[Response]
    answers: dict[tuple[int, int], Answer]

    @property
    def wording(self) -> str:
        return self.question.wording(self.reference_request.candidate_short_name)

    @property
    def given(self) -> list[tuple[Response, Answer]]:
        found = ((response, self.answers.get((self.question.pk, response.pk))) for response in self.responses)
        return [(response, answer) for response, answer in found if answer]

    @property
    def of_references(self) -> list[tuple[Reference, Answer]]:
        return [(response.reference, answer) for response, answer in self.given if response.reference]

    @property
    def own(self) -> Answer | None:
        return next((answer for response, answer in self.given if response.is_self), None)


def _rating(asked: _QuestionAnswers) -> RatingRow:
    given = [answer for _reference, answer in asked.of_references]
    ratings = [answer.rating for answer in given if answer.rating is not None]
    return RatingRow(
        label=asked.wording,
        mean=fmean(ratings) if ratings else None,
        low=min(ratings, default=None),
        high=max(ratings, default=None),
        self_rating=asked.own.rating if asked.own else None,
        count=len(ratings),
        note=_note(asked.question, ratings, sum(answer.not_seen for answer in given)),
    )


def _note(question: Question, ratings: Sequence[int], unseen: int) -> str:
    """Notes on a rating: the range in words, how many didn't see this, and who was asked if not everyone was."""
    parts = []
    if ratings:
        low, high = question.labels[min(ratings) - 1], question.labels[max(ratings) - 1]
        parts.append(low if low == high else _("%(low)s to %(high)s") % {"low": low, "high": high})
    if unseen:
        parts.append(_("%(count)d did not see this") % {"count": unseen})
    return "; ".join([*parts, *_who_was_asked(question)])


def _who_was_asked(question: Question) -> list[str]:
    """A note if only some relationships got the question; otherwise empty."""
    if not question.relationships:
        return []
    labels = [str(Relationship(each).label) for each in question.relationships]
    return [_("asked only of: %(relationships)s") % {"relationships": ", ".join(labels)}]


def _tally(asked: _QuestionAnswers) -> Tally:
    own = _chosen(asked.own) if asked.own else set()
    chosen = [(reference.name, _chosen(answer)) for reference, answer in asked.of_references]
    return Tally(
        question=asked.wording,
        lines=tuple(
            TallyLine(label, tuple(name for name, numbers in chosen if number in numbers), number in own)
            for number, label in enumerate(_labels(asked.question), start=1)
        ),
        answered=sum(bool(numbers) for _name, numbers in chosen),
        note="; ".join(_who_was_asked(asked.question)),
        quotes=tuple(_quotes(asked)),
    )


def _labels(question: Question) -> list[str]:
    return question.labels if question.kind in CHOICE_KINDS else [_("Yes"), _("No")]


def _chosen(answer: Answer) -> set[int]:
    """The positions of the chosen answers, from 1. For yes and no, yes is 1."""
    if answer.yes_no is not None:
        return {1 if answer.yes_no else 2}
    return set(answer.choices)


def _quotes(asked: _QuestionAnswers) -> Iterator[Quote]:
    for response, answer in asked.given:
        if answer.text.strip():
            reference = response.reference
            yield Quote(
                author=reference.name if reference else asked.reference_request.candidate_name,
                role=reference.get_relationship_display() if reference else _("about themselves"),
                rating=chosen_text(asked.question, answer),
                text=answer.text,
                is_self=response.is_self,
            )


def chosen_text(question: Question, answer: Answer) -> str:
    """The chosen answer as text: "4, Above the standard needed", "I did not see this", "Yes".

    Empty for text questions.
    """
    if answer.not_seen:
        return _("I did not see this")
    if answer.rating:
        return f"{answer.rating}, {question.labels[answer.rating - 1]}"
    labels = _labels(question) if question.kind in TALLIED else []
    return "; ".join(labels[number - 1] for number in sorted(_chosen(answer)) if number <= len(labels))
