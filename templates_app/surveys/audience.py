"""Which questions each audience gets, and how long they take."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Generic, TypeVar

from django.utils.translation import ngettext

from templates_app.models import TEXT_KINDS, SurveyItem
from templates_app.surveys.relationships import Relationship

SELF = "self"  # the candidate
RELATIONSHIPS = tuple(relationship for relationship in Relationship if relationship != Relationship.ANY)
AUDIENCES = (*(str(relationship) for relationship in RELATIONSHIPS), SELF)
# Estimates. The survey page compares them with measured medians.
SECONDS_OF_A_CHOICE = 7
SECONDS_OF_A_TEXT = 45
MINUTES_OF_A_NAMING = 2
LONG_SURVEY_MINUTES = 9  # more people on phones give up on longer surveys

Item = TypeVar("Item", bound=SurveyItem)


@dataclass(frozen=True)
class QuestionPage(Generic[Item]):
    """One question, with the text of the section it starts."""

    question: Item
    section: Item | None = None


def is_for(item: SurveyItem, audience: str) -> bool:
    """Whether this audience gets the item: a relationship, or the candidate (SELF)."""
    if audience == SELF:
        return item.in_self_reference
    return not item.relationships or audience in item.relationships


def pages_for(items: Sequence[Item], audience: str) -> list[QuestionPage[Item]]:
    """One page per question for this audience. Sections without questions are left out."""
    pages, section = list[QuestionPage[Item]](), None
    for item in items:
        if item.is_section:
            section = item if is_for(item, audience) else None
        elif is_for(item, audience):
            pages.append(QuestionPage(item, section))
            section = None
    return pages


def questions_for(items: Sequence[Item], audience: str) -> list[Item]:
    return [page.question for page in pages_for(items, audience)]


def minutes_of(questions: Sequence[SurveyItem]) -> int:
    """The estimated time in whole minutes, rounded up."""
    return ceil(sum(seconds_of(question) for question in questions) / 60)


def naming_minutes(references: int) -> int:
    """The estimated time for a candidate to name their references."""
    return MINUTES_OF_A_NAMING * references


def minutes_text(count: int) -> str:
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}


def questions_text(count: int) -> str:
    return ngettext("%(count)d question", "%(count)d questions", count) % {"count": count}


def max_minutes(items: Sequence[SurveyItem]) -> int:
    """The minutes for the audience with the most questions."""
    return max(minutes_of(questions_for(items, audience)) for audience in AUDIENCES)


def seconds_of(question: SurveyItem) -> int:
    """The estimate for one question, including an optional comment."""
    if question.is_section:
        return 0
    choice = 0 if question.kind in TEXT_KINDS else SECONDS_OF_A_CHOICE
    text = SECONDS_OF_A_TEXT if question.kind in TEXT_KINDS or question.comment_allowed else 0
    return choice + text
