"""The report: correct numbers, every comment with its author, and no verdict."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crosschq.tenancy.scope import tenant
from requests_app.completion import complete
from requests_app.report import build as report
from requests_app.report.content import Report
from templates_app.request_templates.rules import ReferenceRule
from templates_app.surveys.relationships import Relationship
from tests.requests_app.factories import RequestScenario, answer, ready_request, waiting_request

pytestmark = pytest.mark.django_db
THREE = (ReferenceRule(Relationship.ANY, count=3),)


def build(scenario: RequestScenario) -> Report:
    with tenant(scenario.organization):
        return report.build(scenario.reread())


def test_mean_range_and_count_exclude_references_who_did_not_see_it() -> None:
    scenario = waiting_request(rules=THREE)
    for number, rating in ((1, 5), (2, 2), (3, None)):
        answer(scenario, number, rating=rating)
    row = build(scenario).ratings[0]
    assert (row.mean, row.low, row.high, row.count, row.self_rating) == (3.5, 2, 5, 2, None)
    assert row.label == "How good was the work Maya delivered?"
    assert row.note == "Below expectations to Well above expectations; 1 did not see this"


def test_the_self_rating_is_shown_separately_and_not_counted() -> None:
    scenario = waiting_request()
    answer(scenario, None, rating=5)
    answer(scenario, 1, rating=3)
    answer(scenario, 2, rating=3)
    built = build(scenario)
    assert built.has_self
    assert {(row.mean, row.low, row.high, row.count, row.self_rating) for row in built.ratings} == {(3.0, 3, 3, 2, 5)}


def test_a_question_without_ratings_has_no_mean() -> None:
    scenario = waiting_request()
    answer(scenario, 1, rating=None)
    answer(scenario, 2, rating=None)
    row = build(scenario).ratings[0]
    assert (row.mean, row.low, row.high, row.count) == (None, None, None, 0)
    assert row.note == "2 did not see this"


def test_comments_keep_their_author_and_the_candidates_own_come_last() -> None:
    scenario = waiting_request()
    answer(scenario, None, words="I like it")
    answer(scenario, 2, words="Second")
    answer(scenario, 1, words="First")
    words = build(scenario).words[0]
    assert [(q.author, q.text) for q in words.quotes] == [
        ("Priya Nair", "First"),
        ("Tom Beck", "Second"),
        ("Maya Osei", "I like it"),
    ]


def test_unsubmitted_answers_are_not_included() -> None:
    scenario = waiting_request(rules=THREE)
    answer(scenario, None, send=False, words="My draft")
    answer(scenario, 1, rating=4, words="Sent")
    answer(scenario, 2, rating=1, words="A draft", send=False)
    with tenant(scenario.organization):
        complete.finish_manually(scenario.reference_request, actor="Dana")
    built = build(scenario)
    assert [person.name for person in built.people] == ["Priya Nair"]
    assert [person.name for person in built.not_completed] == ["Tom Beck", "Ana Ruiz"]
    assert built.ratings[0].mean == 4.0
    assert {quote.text for words in built.words for quote in words.quotes} == {"Sent"}
    assert not built.has_self


def test_the_number_of_queries_does_not_depend_on_the_number_of_references() -> None:
    few, many = ready_request(), ready_request(rules=(ReferenceRule(Relationship.ANY, count=4),))
    counts = []
    for scenario in (few, many):
        scenario.reread()
        with (
            tenant(scenario.organization),
            CaptureQueriesContext(
                connection,
            ) as queries,
        ):
            report.build(scenario.reference_request)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6


def test_differing_dates_are_a_fact_and_the_same_years_written_differently_are_not() -> None:
    scenario = waiting_request()
    for number, stated in ((1, "2021-2024"), (2, "2021 to 2023")):
        answer(scenario, number)
        with tenant(scenario.organization):
            facts = {"stated_years": stated, "stated_title": "Engineer", "still_there": False}
            scenario.reference_request.references.filter(slot=number).update(**facts)
    built = build(scenario)
    assert [(fact.name, fact.sentence) for fact in built.facts] == [
        ("Tom Beck", "The candidate says \u201c2021 to 2024\u201d, and they say \u201c2021 to 2023\u201d.")
    ]
    assert built.people[1].stated_job == "Engineer, 2021 to 2023, no longer works there"
