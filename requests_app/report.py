"""The report: people, numbers, words. Computed from the answers, which are locked; no verdict, no ranking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

from django.utils.translation import gettext as _

from templates_app.models import Question, QuestionKind
from templates_app.relationships import Relationship

from .answering import questions_of
from .models import Answer, Reference, ReferenceRequest, ReferenceState, Response


@dataclass(frozen=True)
class Person:
    """A reference as the report names them. `relation` is what the candidate said, `objection` what they said of it."""

    name: str
    role: str
    relation: str
    email: str
    answered_at: datetime | None
    agreed: bool | None
    objection: str


@dataclass(frozen=True)
class RatingRow:
    """One rated question. `count` is how many gave a rating; "I did not see this" is counted apart."""

    label: str
    mean: float | None
    low: int | None
    high: int | None
    self_rating: int | None
    count: int
    note: str


@dataclass(frozen=True)
class Quote:
    author: str
    role: str
    rating: str
    text: str


@dataclass(frozen=True)
class Words:
    """What was written to one question, the candidate's own view last."""

    question: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True)
class Report:
    request: ReferenceRequest
    people: tuple[Person, ...]
    not_completed: tuple[Person, ...]
    ratings: tuple[RatingRow, ...]
    words: tuple[Words, ...]
    has_self: bool

    @property
    def answered(self) -> int:
        return len(self.people)

    @property
    def wanted(self) -> int:
        return self.request.version.references_wanted


def build(request: ReferenceRequest) -> Report:
    """The report of a request as it stands. A fixed number of queries."""
    references = list(Reference.objects.filter(request=request).order_by("place", "id"))
    responses = list(Response.objects.filter(request=request, submitted_at__isnull=False).select_related("reference"))
    responses.sort(key=lambda r: (r.reference is None, r.reference.place if r.reference else 0))
    answers: dict[tuple[int, int], Answer] = {
        (a.question_id, a.response_id): a for a in Answer.objects.filter(response__in=responses)
    }
    questions = questions_of(request)
    return Report(
        request=request,
        people=tuple(_person(r) for r in references if r.state == ReferenceState.ANSWERED),
        not_completed=tuple(_person(r) for r in references if r.state == ReferenceState.NOT_COMPLETED),
        ratings=tuple(
            _rating(request, question, responses, answers)
            for question in questions
            if question.kind == QuestionKind.RATING
        ),
        words=tuple(words for question in questions if (words := _words(request, question, responses, answers)).quotes),
        has_self=any(response.is_self for response in responses),
    )


def relation_words(reference: Reference) -> str:
    """For example "Manager, Ledgerly, 2021 to 2024"."""
    label = reference.get_relationship_display() if reference.relationship else ""
    return ", ".join(part for part in (label, reference.company, reference.years) if part)


def relation_sentence(reference: Reference, candidate: str) -> str:
    """The same in the candidate's voice, as the reference is asked about it. No pronoun has to be guessed."""
    said = {
        Relationship.MANAGER: _("%(name)s says: you were my manager"),
        Relationship.DIRECT_REPORT: _("%(name)s says: you reported to me"),
        Relationship.COWORKER: _("%(name)s says: we were coworkers or peers"),
        Relationship.CUSTOMER: _("%(name)s says: you were a customer or supplier"),
        Relationship.MENTOR: _("%(name)s says: you were my mentor"),
    }[Relationship(reference.relationship)] % {"name": candidate}
    return ", ".join(part for part in (said, reference.company, reference.years) if part)


def _person(reference: Reference) -> Person:
    return Person(
        name=reference.name,
        role=reference.get_relationship_display(),
        relation=relation_words(reference),
        email=reference.email,
        answered_at=reference.finished_at if reference.state == ReferenceState.ANSWERED else None,
        agreed=reference.relation_agreed,
        objection=reference.relation_words,
    )


def _rating(
    request: ReferenceRequest,
    question: Question,
    responses: Sequence[Response],
    answers: dict[tuple[int, int], Answer],
) -> RatingRow:
    given = [answers.get((question.pk, r.pk)) for r in responses if not r.is_self]
    own = [answers.get((question.pk, r.pk)) for r in responses if r.is_self]
    ratings = [a.rating for a in given if a and a.rating is not None]
    unseen = sum(1 for a in given if a and a.not_seen)
    return RatingRow(
        label=question.wording(request.candidate_first_name),
        mean=fmean(ratings) if ratings else None,
        low=min(ratings, default=None),
        high=max(ratings, default=None),
        self_rating=next((a.rating for a in own if a), None),
        count=len(ratings),
        note=_note(question, ratings, unseen),
    )


def _note(question: Question, ratings: Sequence[int], unseen: int) -> str:
    """What the ends of the range mean in words, and how many had not seen it."""
    parts = []
    if ratings:
        low, high = question.labels[min(ratings) - 1], question.labels[max(ratings) - 1]
        parts.append(low if low == high else _("%(low)s to %(high)s") % {"low": low, "high": high})
    if unseen:
        parts.append(_("%(count)d did not see this") % {"count": unseen})
    return "; ".join(parts)


def _words(
    request: ReferenceRequest,
    question: Question,
    responses: Sequence[Response],
    answers: dict[tuple[int, int], Answer],
) -> Words:
    quotes = []
    for response in responses:
        answer = answers.get((question.pk, response.pk))
        if answer is None or not answer.text.strip():
            continue
        reference = response.reference
        author = reference.name if reference else request.candidate_name
        role = reference.get_relationship_display() if reference else _("about themself")
        quotes.append(Quote(author, role, rating_words(question, answer), answer.text))
    return Words(question.wording(request.candidate_first_name), tuple(quotes))


def rating_words(question: Question, answer: Answer) -> str:
    """For example "4, Above the standard needed", or "I did not see this"."""
    if answer.not_seen:
        return _("I did not see this")
    return f"{answer.rating}, {question.labels[answer.rating - 1]}" if answer.rating else ""
