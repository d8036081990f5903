"""The questions of a survey while they are written. Called inside `tenant(organization)`."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from crosschq.tenancy.audit import record
from crosschq.tenancy.models import User
from templates_app.models import DraftQuestion, Survey, SurveyItem, question_key
from templates_app.surveys import prohibited_topics

MOST_ITEMS = 60
FIELDS = (
    *("key", "position", "kind", "text", "self_text", "purpose", "labels"),
    *("relationships", "in_self", "required", "comment_allowed", "kept_reason"),
)


class TooMany(Exception):
    """The draft has as many questions as a survey can have."""


def of(survey: Survey) -> list[DraftQuestion]:
    return list(DraftQuestion.objects.filter(survey=survey))


def values_of(item: SurveyItem, **other: Any) -> dict[str, Any]:
    """Everything that a question says, to be copied into a row of another kind."""
    return {**{name: getattr(item, name) for name in FIELDS}, **other}


def copied(items: Iterable[SurveyItem], survey: Survey) -> list[DraftQuestion]:
    """Rows of a draft, not saved, that say the same."""
    return [
        DraftQuestion(organization=survey.organization, survey=survey, **values_of(item, position=position))
        for position, item in enumerate(items, start=1)
    ]


def add(*, survey: Survey, actor: User | None, values: Mapping[str, Any]) -> DraftQuestion:
    """A new question at the end. Raises TooMany."""
    _hold(survey)
    question: DraftQuestion = DraftQuestion.objects.create(
        organization=survey.organization, survey=survey, position=_room(survey), **values
    )
    _tell_kept(question, actor, before="")
    return question


def change(*, question: DraftQuestion, actor: User | None, values: Mapping[str, Any]) -> None:
    """Another wording, other choices. The kind and the place stay."""
    _hold(question.survey)
    before = question.kept_reason
    for name, value in values.items():
        setattr(question, name, value)
    question.save(update_fields=list(values))
    _tell_kept(question, actor, before=before)


def duplicate(*, question: DraftQuestion) -> DraftQuestion:
    """The same question again, right below. Raises TooMany."""
    _hold(question.survey)
    last = _room(question.survey)
    twin: DraftQuestion = DraftQuestion.objects.create(
        organization=question.organization,
        survey=question.survey,
        **values_of(question, position=last, key=question_key()),
    )
    items = [item for item in of(question.survey) if item.pk != twin.pk]
    place = [item.pk for item in items].index(question.pk)
    _number([*items[: place + 1], twin, *items[place + 1 :]])
    return twin


def remove(*, question: DraftQuestion) -> None:
    _hold(question.survey)
    question.delete()
    _number(of(question.survey))


def move(*, question: DraftQuestion, by: int) -> None:
    """One place up (-1) or down (1). At the end it stays where it is."""
    _hold(question.survey)
    items = of(question.survey)
    place = [item.pk for item in items].index(question.pk)
    other = place + by
    if 0 <= other < len(items):
        items[place], items[other] = items[other], items[place]
        _number(items)


def topics(item: SurveyItem) -> list[prohibited_topics.Topic]:
    """What the guard advises against in a question."""
    return prohibited_topics.topics_in([item.text, item.self_text, *item.labels])


def _hold(survey: Survey) -> None:
    # Two people may press at once: whoever comes second sees what the first one left.
    Survey.objects.select_for_update().get(pk=survey.pk, deleted_at__isnull=True)


def _room(survey: Survey) -> int:
    """The place after the last one. Raises TooMany."""
    rows = DraftQuestion.objects.filter(survey=survey)
    if rows.count() >= MOST_ITEMS:
        raise TooMany
    return (rows.aggregate(last=Max("position"))["last"] or 0) + 1


def _number(items: list[DraftQuestion]) -> None:
    """Give each item its place in this order."""
    moved = []
    for position, item in enumerate(items, start=1):
        if item.position != position:
            item.position = position
            moved.append(item)
    DraftQuestion.objects.bulk_update(moved, ["position"])


def _tell_kept(question: DraftQuestion, actor: User | None, *, before: str) -> None:
    """A question that is asked although the guard advises against it leaves a line in the audit log."""
    if not question.kept_reason or question.kept_reason == before:
        return
    record(
        organization=question.organization,
        actor=actor,
        action="survey.keep_question",
        sentence=_("%(who)s kept a question about a prohibited topic in the survey %(name)s.")
        % {"who": str(actor or "Crosschq"), "name": question.survey.name},
        after={
            "question": question.text,
            "topics": [str(topic.label) for topic in topics(question)],
            "reason": question.kept_reason,
        },
    )
