"""Who is asked what, and how long it takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Generic, TypeVar

from templates_app.models import TEXT_KINDS, SurveyItem
from templates_app.surveys.relationships import Relationship

SELF = "self"  # the candidate
RELATIONSHIPS = tuple(relationship for relationship in Relationship if relationship != Relationship.ANY)
WHO = (*(str(relationship) for relationship in RELATIONSHIPS), SELF)
# Estimates, to be compared with the medians that are measured.
SECONDS_OF_A_CHOICE = 7
SECONDS_OF_A_TEXT = 45
MOST_MINUTES = 9  # beyond that, more and more people on phones give up

Item = TypeVar("Item", bound=SurveyItem)


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One question, and the text of the section that begins with it."""

    question: Item
    section: Item | None = None


def is_for(item: SurveyItem, who: str) -> bool:
    """Whether the item is shown to people of a relationship, or to the candidate (SELF)."""
    if who == SELF:
        return item.in_self
    return not item.relationships or who in item.relationships


def pages_for(items: Sequence[Item], who: str) -> list[Page[Item]]:
    """One page for each question that `who` gets. A section without a question for them is not shown."""
    pages, section = list[Page[Item]](), None
    for item in items:
        if item.is_section:
            section = item if is_for(item, who) else None
        elif is_for(item, who):
            pages.append(Page(item, section))
            section = None
    return pages


def questions_for(items: Sequence[Item], who: str) -> list[Item]:
    return [page.question for page in pages_for(items, who)]


def minutes_of(questions: Sequence[SurveyItem]) -> int:
    """How long these questions take, in whole minutes."""
    return ceil(sum(seconds_of(question) for question in questions) / 60)


def longest(items: Sequence[SurveyItem]) -> int:
    """The minutes of whoever is asked most."""
    return max(minutes_of(questions_for(items, who)) for who in WHO)


def seconds_of(question: SurveyItem) -> int:
    """The estimate for one question. A comment that may be left out is counted as written."""
    if question.is_section:
        return 0
    choice = 0 if question.kind in TEXT_KINDS else SECONDS_OF_A_CHOICE
    text = SECONDS_OF_A_TEXT if question.kind in TEXT_KINDS or question.comment_allowed else 0
    return choice + text
