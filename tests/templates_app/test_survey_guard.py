"""What must not be asked is noticed, and ordinary questions about work are left alone."""

from __future__ import annotations

import pytest

from templates_app.guard import TOPICS, topics_in


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("How many sick days did {name} take?", "health"),
        ("Is {name} in good health?", "health"),
        ("Has {name} ever been depressed?", "health"),
        ("Does {name} have a disability?", "disability"),
        ("Was {name} pregnant while you worked together?", "pregnancy"),
        ("Did {name} plan to have children?", "pregnancy"),
        ("How old is {name}?", "age"),
        ("Is {name} too old for this team?", "age"),
        ("What is {name}\N{RIGHT SINGLE QUOTATION MARK}s age?", "age"),
        ("Is {name} MARRIED?", "family"),
        ("How did her family life affect work?", "family"),
        ("Which religion does {name} follow?", "religion"),
        ("Where is {name} originally from?", "origin"),
        ("Is {name} a native speaker?", "origin"),
        ("Is {name} gay?", "orientation"),
        ("Was {name} a union member?", "union"),
        ("Was {name} active in the works council?", "union"),
        ("What was the salary of {name}?", "pay"),
        ("How much did {name} earn?", "pay"),
        ("Does {name} have a criminal record?", "record"),
        ("Is {name} in debt?", "finances"),
    ],
)
def test_a_topic_that_must_not_be_asked_is_found(text: str, topic: str) -> None:
    assert topic in [found.key for found in topics_in([text])]


@pytest.mark.parametrize(
    "text",
    [
        "How well did {name} manage a team at this stage?",
        "How did {name} handle an ill-defined task?",
        "How did {name} work with people in health care?",
        "How well did {name} learn?",
        "Did {name} act in good faith in negotiations?",
        "How did {name} find a race condition?",
        "How often did {name} lead the weekly page review?",
        "How did {name} package and ship releases?",
        "How did {name} engage with critics?",
    ],
)
def test_questions_about_work_are_left_alone(text: str) -> None:
    assert topics_in([text]) == []


def test_choices_are_read_too_and_each_topic_is_named_once() -> None:
    found = topics_in(["Why did {name} leave?", "Illness", "Sick leave", "Prison"])
    assert [topic.key for topic in found] == ["health", "record"]


def test_each_topic_says_why_and_what_to_ask_instead() -> None:
    assert len({topic.key for topic in TOPICS}) == len(TOPICS) >= 11
    for topic in TOPICS:
        assert str(topic.reason).endswith(".")
        assert str(topic.rewording).endswith(".")
