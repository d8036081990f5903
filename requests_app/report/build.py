"""The report: people, ratings, and written answers. Computed from the locked answers; no verdict, no ranking.

A finished report is its latest version. What a version contains is stored; the answers aren't stored twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from string import ascii_uppercase

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from requests_app.models import Answer, Reference, ReferenceRequest, ReportVersion, Response, VersionEntry
from requests_app.reference.survey_questions import items_of
from requests_app.report.content import (
    GivenRating,
    PersonAnswer,
    PersonAnswers,
    Quote,
    RatingRow,
    ReferenceSummary,
    Report,
    Tally,
    TallyLine,
    WrittenAnswers,
)
from requests_app.report.glance import facts, glance
from requests_app.report.versions.record import entries_now
from templates_app.models import CHOICE_KINDS, Question, QuestionKind
from templates_app.surveys.relationships import Relationship

TALLIED = (*CHOICE_KINDS, QuestionKind.YES_NO)
LETTERS = ascii_uppercase
STATEMENTS = {
    Relationship.MANAGER: _lazy("%(name)s says you were their manager"),
    Relationship.DIRECT_REPORT: _lazy("%(name)s says you reported to them"),
    Relationship.COWORKER: _lazy("%(name)s says you were coworkers or peers"),
    Relationship.CUSTOMER: _lazy("%(name)s says you were a customer or supplier"),
    Relationship.MENTOR: _lazy("%(name)s says you were their mentor"),
}
STATEMENTS_OF_STAFF = {
    Relationship.MANAGER: _lazy("%(organization)s says you were %(name)s's manager"),
    Relationship.DIRECT_REPORT: _lazy("%(organization)s says you reported to %(name)s"),
    Relationship.COWORKER: _lazy("%(organization)s says you and %(name)s were coworkers or peers"),
    Relationship.CUSTOMER: _lazy("%(organization)s says you worked with %(name)s as a customer or supplier"),
    Relationship.MENTOR: _lazy("%(organization)s says you were %(name)s's mentor"),
}


def build(reference_request: ReferenceRequest, version: ReportVersion | None = None) -> Report:
    """Build a version of the report, or what there is of an unfinished one (None), in a fixed number of queries."""
    if version:
        return build_each(reference_request, version)[0]
    entries = _with_references(entries_now(reference_request))
    return _built(reference_request, version, entries, _answers(entries))


def build_each(reference_request: ReferenceRequest, *versions: ReportVersion) -> list[Report]:
    """Build these versions of the report, in as many queries as one."""
    entries = _entries(versions)
    answers = _answers([entry for version in versions for entry in entries[version.pk]])
    return [_built(reference_request, version, entries[version.pk], answers) for version in versions]


def _built(
    reference_request: ReferenceRequest,
    version: ReportVersion | None,
    entries: Sequence[VersionEntry],
    answers: dict[tuple[int, int], Answer],
) -> Report:
    responses = [entry.response for entry in entries if entry.response]
    answered = [entry for entry in entries if entry.reference and entry.is_answered]
    letters = {entry.reference_id: _letter(n) for n, entry in enumerate(answered) if entry.reference_id}
    asked = [
        _QuestionAnswers(reference_request, question, responses, answers, letters)
        for question in items_of(reference_request)
        if not question.is_section
    ]
    people = tuple(
        _person(entry.reference, entry, letters[entry.reference.pk]) for entry in answered if entry.reference
    )
    ratings = tuple(_rating(one) for one in asked if one.question.kind == QuestionKind.RATING)
    tallies = tuple(_tally(one) for one in asked if one.question.kind in TALLIED)
    return Report(
        reference_request=reference_request,
        version=version,
        people=people,
        not_completed=tuple(_person(e.reference, e) for e in entries if e.reference and not e.is_answered),
        ratings=ratings,
        tallies=tallies,
        words=tuple(
            WrittenAnswers(one.wording, quotes)
            for one in asked
            if one.question.kind not in TALLIED and (quotes := tuple(_quotes(one)))
        ),
        by_person=tuple(_by_person(reference_request, response, asked, letters) for response in responses),
        glance=glance(ratings, tallies, candidate=reference_request.candidate_short_name),
        facts=tuple(facts(people)),
        has_self=any(response.is_self for response in responses),
    )


def _entries(versions: Sequence[ReportVersion]) -> defaultdict[int, list[VersionEntry]]:
    """The entries of each version: the references in the order of their slots, then the self-reference."""
    rows = VersionEntry.objects.filter(version__in=versions).select_related("reference", "response")
    found = defaultdict(list)
    for entry in _with_references(rows.order_by(F("reference__slot").asc(nulls_last=True), "reference_id")):
        found[entry.version_id].append(entry)
    return found


def _answers(entries: Iterable[VersionEntry]) -> dict[tuple[int, int], Answer]:
    """The answers in these entries by question and response."""
    responses = {entry.response_id for entry in entries if entry.response_id}
    return {(a.question_id, a.response_id): a for a in Answer.objects.filter(response__in=responses)}


def _with_references(entries: Iterable[VersionEntry]) -> list[VersionEntry]:
    found = list(entries)
    for entry in found:
        if entry.response:
            entry.response.reference = entry.reference
    return found


def _letter(number: int) -> str:
    """A, B, … Z, AA, AB, …"""
    more, last = divmod(number, len(LETTERS))
    return (_letter(more - 1) if more else "") + LETTERS[last]


def relationship_summary(reference: Reference) -> str:
    """For example "Manager, Ledgerly, 2021 to 2024"."""
    label = reference.get_relationship_display() if reference.relationship else ""
    return ", ".join(part for part in (label, reference.company, reference.years) if part)


def relationship_statement(reference: Reference, reference_request: ReferenceRequest) -> str:
    """The same as a sentence that the reference reads, with who said it: the candidate, or the organization."""
    said = STATEMENTS_OF_STAFF if reference.relationship_from_staff else STATEMENTS
    statement = said[Relationship(reference.relationship)] % {
        "name": reference_request.candidate_short_name,
        "organization": reference_request.organization.name,
    }
    if reference.company:
        statement = _("%(statement)s at %(company)s") % {"statement": statement, "company": reference.company}
    return ", ".join(part for part in (statement, reference.years) if part)


def _person(reference: Reference, entry: VersionEntry, letter: str = "") -> ReferenceSummary:
    has_said = entry.is_answered
    return ReferenceSummary(
        key=reference.pk,
        letter=letter,
        name=reference.name,
        role=reference.get_relationship_display(),
        relation=relationship_summary(reference),
        relation_from_staff=reference.relationship_from_staff,
        email=reference.email,
        is_manager=reference.relationship == Relationship.MANAGER,
        answered_at=reference.finished_at if has_said else None,
        confirmed=reference.relationship_confirmed if has_said else None,
        objection=reference.relationship_comment if has_said else "",
        years=reference.years,
        stated_years=reference.stated_years if has_said else "",
        job=reference.candidate_title,
        stated_job=_stated_job(reference) if has_said else "",
        facts_only=has_said and entry.response_id is None,
        same_network=has_said and reference.same_network,
    )


def _stated_job(reference: Reference) -> str:
    """For example "Backend Engineer, 2021 to 2023, still works there"."""
    there = {True: _("still works there"), False: _("no longer works there"), None: ""}[reference.still_there]
    return ", ".join(part for part in (reference.stated_title, reference.stated_years, there) if part)


@dataclass(frozen=True)
class _QuestionAnswers:
    """One question with its answers, those of the references first."""

    reference_request: ReferenceRequest
    question: Question
    responses: Sequence[Response]
    answers: dict[tuple[int, int], Answer]
    letters: dict[int, str]

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
    given = [(reference.relationship, answer) for reference, answer in asked.of_references]
    ratings = [answer.rating for _role, answer in given if answer.rating is not None]
    unseen = sum(answer.not_seen for _role, answer in given)
    own = asked.own.rating if asked.own else None
    return RatingRow(
        label=asked.wording,
        mean=_mean(ratings),
        low=min(ratings, default=None),
        high=max(ratings, default=None),
        self_rating=own,
        self_label=asked.question.labels[own - 1] if own else "",
        count=len(ratings),
        unseen=unseen,
        managers=_mean([a.rating for role, a in given if role == Relationship.MANAGER and a.rating is not None]),
        peers=_mean([a.rating for role, a in given if role == Relationship.COWORKER and a.rating is not None]),
        note=_note(asked.question, ratings, unseen),
        given=tuple(_given(asked, response, response.reference) for response in asked.responses if response.reference),
    )


def _mean(ratings: Sequence[int]) -> float | None:
    return fmean(ratings) if ratings else None


def _given(asked: _QuestionAnswers, response: Response, reference: Reference) -> GivenRating:
    answer = asked.answers.get((asked.question.pk, response.pk))
    rating = answer.rating if answer else None
    return GivenRating(
        letter=asked.letters.get(reference.pk, ""),
        name=reference.name,
        is_manager=reference.relationship == Relationship.MANAGER,
        rating=rating,
        not_seen=bool(answer and answer.not_seen),
        label=asked.question.labels[rating - 1] if rating else "",
    )


def _by_person(
    reference_request: ReferenceRequest,
    response: Response,
    asked: Sequence[_QuestionAnswers],
    letters: dict[int, str],
) -> PersonAnswers:
    reference, name = response.reference, reference_request.candidate_short_name
    found = ((one.question, one.answers.get((one.question.pk, response.pk))) for one in asked)
    return PersonAnswers(
        key=reference.pk if reference else 0,
        letter=letters.get(reference.pk, "") if reference else "",
        name=reference.name if reference else reference_request.candidate_name,
        role=reference.get_relationship_display() if reference else _("about themselves"),
        is_self=response.is_self,
        answers=tuple(
            PersonAnswer(
                question.pk,
                question.wording(name, about_self=response.is_self),
                chosen_text(question, answer),
                answer.text,
            )
            for question, answer in found
            if answer and (answer.answers_kind(question.kind) or answer.text.strip())
        ),
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
        key=asked.question.key,
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
