"""Finding prohibited topics without flagging ordinary questions about work."""

from __future__ import annotations

import pytest

from templates_app.surveys.prohibited_topics import TOPICS, topics_in


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Was {name} absent often?", "health"),
        ("Was {name} frequently absent?", "health"),
        ("Does {name} smoke or drink?", "health"),
        ("Did they ever drink at lunch?", "health"),
        ("Was {name} overweight?", "health"),
        ("Would {name} fit a young team?", "age"),
        ("Does {name} fit in with our young sales team?", "age"),
        ("When did {name} graduate from high school?", "age"),
        ("When was {name} born?", "age"),
        ("Is {name} a mother?", "family"),
        ("Where does {name} come from?", "origin"),
        ("Is {name} an American?", "origin"),
        ("Is {name} German or French?", "origin"),
        ("Was {name} a US citizen?", "origin"),
        ("Is {name} a foreigner?", "origin"),
        ("Which race is {name}?", "origin"),
        ("Is {name} a man?", "orientation"),
        ("Is {name} a veteran?", "service"),
        ("Did {name} serve in the army?", "service"),
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
def test_prohibited_topics_are_found(text: str, topic: str) -> None:
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
        "How did {name} keep calm in a race against time?",
        "How well did {name} work with foreign clients?",
        "How did {name} handle contracts in a foreign language?",
        "How did {name} decide in the absence of a manager?",
        "Was {name} ever absent-minded with numbers?",
        "Did {name} smoke-test each release?",
        "Did {name} pull their weight?",
        "How did {name} build up a young company?",
        "How often did {name} help younger colleagues?",
        "Was {name} a man of few words in meetings?",
        "Is {name} a veteran of such projects?",
        "Was {name} an American football coach?",
        "Where do the best ideas of {name} come from?",
        "Did {name} lead graduates in their first year?",
        "How well did {name} know the Chinese market?",
        "Did {name} ever miss a deadline?",
    ],
)
def test_questions_about_work_are_accepted(text: str) -> None:
    assert topics_in([text]) == []


def test_choices_are_checked_and_each_topic_is_listed_once() -> None:
    found = topics_in(["Why did {name} leave?", "Illness", "Sick leave", "Prison"])
    assert [topic.key for topic in found] == ["health", "record"]


def test_each_topic_has_a_reason_and_a_rewording() -> None:
    assert len({topic.key for topic in TOPICS}) == len(TOPICS) >= 11
    for topic in TOPICS:
        assert str(topic.reason).endswith(".")
        assert str(topic.rewording).endswith(".")
