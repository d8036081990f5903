"""Editing the draft of a survey. Call inside `tenant(organization)`."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Max

from crosschq.tenancy.audit import record
from crosschq.tenancy.models import User
from templates_app.models import DraftQuestion, Survey, SurveyItem, question_key
from templates_app.surveys import prohibited_topics

MAX_ITEMS = 60
FIELDS = (
    *("key", "position", "kind", "text", "self_text", "purpose", "labels"),
    *("relationships", "in_self_reference", "required", "comment_allowed", "kept_reason"),
)


class TooManyQuestions(Exception):
    """The draft already has the maximum number of questions."""


def list_for(survey: Survey) -> list[DraftQuestion]:
    return list(DraftQuestion.objects.filter(survey=survey))


def values_of(item: SurveyItem, **other: Any) -> dict[str, Any]:
    """The content of a question, for a copy in another model or survey."""
    return {**{name: getattr(item, name) for name in FIELDS}, **other}


def copies(items: Iterable[SurveyItem], survey: Survey) -> list[DraftQuestion]:
    """Unsaved draft rows with the same content."""
    return [
        DraftQuestion(organization=survey.organization, survey=survey, **values_of(item, position=position))
        for position, item in enumerate(items, start=1)
    ]


def add(*, survey: Survey, actor: User | None, values: Mapping[str, Any]) -> DraftQuestion:
    """Add a question at the end. Raises TooManyQuestions."""
    _lock(survey)
    question: DraftQuestion = DraftQuestion.objects.create(
        organization=survey.organization, survey=survey, position=_next_position(survey), **values
    )
    _audit_kept_reason(question, actor, before="")
    return question


def change(*, question: DraftQuestion, actor: User | None, values: Mapping[str, Any]) -> None:
    """Change the content of a question. Its kind and position don't change."""
    _lock(question.survey)
    before = question.kept_reason
    for name, value in values.items():
        setattr(question, name, value)
    question.save(update_fields=list(values))
    _audit_kept_reason(question, actor, before=before)


def duplicate(*, question: DraftQuestion) -> DraftQuestion:
    """Copy a question to the position below it. Raises TooManyQuestions."""
    _lock(question.survey)
    last = _next_position(question.survey)
    twin: DraftQuestion = DraftQuestion.objects.create(
        organization=question.organization,
        survey=question.survey,
        **values_of(question, position=last, key=question_key()),
    )
    items = [item for item in list_for(question.survey) if item.pk != twin.pk]
    place = [item.pk for item in items].index(question.pk)
    _renumber([*items[: place + 1], twin, *items[place + 1 :]])
    return twin


def remove(*, question: DraftQuestion) -> None:
    _lock(question.survey)
    question.delete()
    _renumber(list_for(question.survey))


def move(*, question: DraftQuestion, by: int) -> None:
    """Move a question up (-1) or down (1). At either end, nothing changes."""
    _lock(question.survey)
    items = list_for(question.survey)
    place = [item.pk for item in items].index(question.pk)
    other = place + by
    if 0 <= other < len(items):
        items[place], items[other] = items[other], items[place]
        _renumber(items)


def topics(item: SurveyItem) -> list[prohibited_topics.Topic]:
    """The prohibited topics in a question."""
    return prohibited_topics.topics_in([item.text, item.self_text, *item.labels])


def _lock(survey: Survey) -> None:
    # Serialize changes, so that the second of two people sees the first one's result.
    Survey.objects.select_for_update().get(pk=survey.pk, deleted_at__isnull=True)


def _next_position(survey: Survey) -> int:
    """The position after the last one. Raises TooManyQuestions."""
    rows = DraftQuestion.objects.filter(survey=survey)
    if rows.count() >= MAX_ITEMS:
        raise TooManyQuestions
    return (rows.aggregate(last=Max("position"))["last"] or 0) + 1


def _renumber(items: list[DraftQuestion]) -> None:
    """Set the positions to this order."""
    moved = []
    for position, item in enumerate(items, start=1):
        if item.position != position:
            item.position = position
            moved.append(item)
    DraftQuestion.objects.bulk_update(moved, ["position"])


def _audit_kept_reason(question: DraftQuestion, actor: User | None, *, before: str) -> None:
    """Record a new reason for keeping a question about a prohibited topic."""
    if not question.kept_reason or question.kept_reason == before:
        return
    record(
        organization=question.organization,
        actor=actor,
        action="survey.keep_question",
        after={
            "survey": question.survey.name,
            "question": question.text,
            "topics": [str(topic.label) for topic in topics(question)],
            "reason": question.kept_reason,
        },
    )
