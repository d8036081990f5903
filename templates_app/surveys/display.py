"""Questions as the survey pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from templates_app.models import QuestionKind, SurveyItem
from templates_app.surveys import draft_questions
from templates_app.surveys.audience import RELATIONSHIPS, SELF
from templates_app.surveys.prohibited_topics import Topic
from templates_app.surveys.relationships import Relationship


@dataclass(frozen=True)
class QuestionCard:
    """A question or section on a survey page. number: counts only questions; None for a section."""

    item: SurveyItem
    number: int | None
    text: str
    asked_of: str
    topics: Sequence[Topic]
    is_first: bool
    is_last: bool

    @property
    def kind_label(self) -> str:
        return str(QuestionKind(self.item.kind).label)


def question_cards(items: Sequence[SurveyItem]) -> list[QuestionCard]:
    shown, number = list[QuestionCard](), 0
    for place, item in enumerate(items):
        number += not item.is_section
        shown.append(
            QuestionCard(
                item=item,
                number=None if item.is_section else number,
                text=display_text(item),
                asked_of=_asked_of(item),
                topics=draft_questions.topics(item) if item.kept_reason else (),
                is_first=place == 0,
                is_last=place == len(items) - 1,
            )
        )
    return shown


def display_text(item: SurveyItem) -> str:
    """The text for references, with “the candidate” instead of a name."""
    return str(capfirst(item.text.replace("{name}", _("the candidate"))))


def audience_label(audience: str) -> str:
    return _("Candidate") if audience == SELF else str(Relationship(audience).label)


def _asked_of(item: SurveyItem) -> str:
    """The audiences, such as `Manager, Mentor, and the candidate` or `All references and the candidate`."""
    chosen = [str(each.label) for each in RELATIONSHIPS if each in item.relationships]
    references = ", ".join(chosen) if chosen else _("All references")
    if not item.in_self_reference:
        return references
    both = _("%(references)s, and the candidate") if len(chosen) > 1 else _("%(references)s and the candidate")
    return both % {"references": references}
