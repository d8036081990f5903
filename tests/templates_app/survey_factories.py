"""Factories for surveys and questions. They open their own `tenant()`."""

from __future__ import annotations

from typing import Any

from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from templates_app.models import CHOICE_KINDS, DraftQuestion, QuestionKind, Survey
from templates_app.surveys import draft_questions, edit
from templates_app.surveys.edit import create_survey

POINTS = ["Never", "Seldom", "Sometimes", "Often", "Always"]


def values(kind: str = "rating", **fields: Any) -> dict[str, Any]:
    """The field values of a question of this kind. position=None lets the survey set it."""
    labels: list[str] = []
    if kind == QuestionKind.RATING:
        labels = POINTS
    elif kind in CHOICE_KINDS:
        labels = ["Red", "Green", "Blue"]
    filled = {
        "kind": kind,
        "position": 1,
        "text": "How is {name}?",
        "self_text": "How are you?",
        "labels": labels,
        "required": kind != QuestionKind.SECTION,
        **fields,
    }
    return {name: value for name, value in filled.items() if not (name == "position" and value is None)}


def make_survey(
    organization: Organization, *questions: dict[str, Any], name: str = "Own survey", published: bool = False
) -> Survey:
    start = [DraftQuestion(**question) for question in questions]
    with tenant(organization):
        survey = create_survey(organization=organization, actor=None, name=name, start=start)
        if published:
            edit.publish(survey=survey, actor=None)
    return survey


def drafted(survey: Survey) -> list[DraftQuestion]:
    with tenant(survey.organization):
        return draft_questions.list_for(survey)
