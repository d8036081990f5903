"""Every number of a report, computed a second time from the raw rows, without the report's code."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection

from crosschq.tenancy.scope import tenant
from requests_app.report.build import build
from requests_app.report.content import RatingRow, Report
from tests.requests_app.factories import RequestScenario
from tests.requests_app.report.scenarios import report_of_five

pytestmark = pytest.mark.django_db

ROWS = """
    SELECT q.position, q.kind, q.text, a.rating, a.not_seen, a.yes_no, f.slot, f.relationship, f.name, f.email
    FROM requests_app_answer a
    JOIN requests_app_response r ON r.id = a.response_id AND r.submitted_at IS NOT NULL
    JOIN templates_app_question q ON q.id = a.question_id
    LEFT JOIN requests_app_reference f ON f.id = r.reference_id
    WHERE r.reference_request_id = %s ORDER BY q.position, f.slot NULLS LAST
"""


@pytest.fixture
def scenario() -> RequestScenario:
    return report_of_five()


def raw(scenario: RequestScenario) -> list[dict[str, Any]]:
    with tenant(scenario.organization), connection.cursor() as cursor:
        cursor.execute(ROWS, [scenario.reference_request.pk])
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def built(scenario: RequestScenario) -> Report:
    with tenant(scenario.organization):
        return build(scenario.reread())


def rated(rows: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["kind"] == "rating":
            found[row["position"]].append(row)
    return found


def ratings(rows: list[dict[str, Any]], *relationships: str) -> list[int]:
    return [
        row["rating"]
        for row in rows
        if row["slot"] and row["rating"] and (not relationships or row["relationship"] in relationships)
    ]


def own(rows: list[dict[str, Any]]) -> int | None:
    return next((row["rating"] for row in rows if row["slot"] is None), None)


def mean(numbers: list[int]) -> float | None:
    return float(Fraction(sum(numbers), len(numbers))) if numbers else None


def test_each_rating_row_has_the_numbers_of_its_answers(scenario: RequestScenario) -> None:
    expected = [
        (
            rows[0]["text"].replace("{name}", "Maya"),
            mean(ratings(rows)),
            min(ratings(rows)),
            max(ratings(rows)),
            own(rows),
            len(ratings(rows)),
            sum(bool(row["not_seen"]) for row in rows if row["slot"]),
            mean(ratings(rows, "manager")),
            mean(ratings(rows, "coworker")),
        )
        for rows in rated(raw(scenario)).values()
    ]
    shown = [
        (row.label, row.mean, row.low, row.high, row.self_rating, row.count, row.unseen, row.managers, row.peers)
        for row in built(scenario).ratings
    ]
    assert shown == expected


def test_each_dot_is_the_rating_of_its_person(scenario: RequestScenario) -> None:
    expected = [
        [
            (row["name"], row["rating"], bool(row["not_seen"]), row["relationship"] == "manager")
            for row in rows
            if row["slot"]
        ]
        for rows in rated(raw(scenario)).values()
    ]
    shown = [[(g.name, g.rating, g.not_seen, g.is_manager) for g in row.given] for row in built(scenario).ratings]
    assert shown == expected
    assert [[g.letter for g in row.given] for row in built(scenario).ratings] == [list("ABCDE")] * len(expected)


def test_at_a_glance_follows_its_rules(scenario: RequestScenario) -> None:
    by_question = rated(raw(scenario))
    spreads = {
        place: max(ratings(rows)) - min(ratings(rows)) for place, rows in by_question.items() if len(ratings(rows)) > 1
    }
    gaps = {
        place: own(rows) - Fraction(sum(ratings(rows)), len(ratings(rows)))  # type: ignore[operator]
        for place, rows in by_question.items()
    }

    def labels(places: list[int]) -> list[str]:
        return [by_question[place][0]["text"].replace("{name}", "Maya") for place in places]

    def names(rows: tuple[RatingRow, ...]) -> list[str]:
        return [row.label for row in rows]

    glance = built(scenario).glance
    assert names(glance.agreement) == labels([p for p, s in spreads.items() if s == min(spreads.values())])
    assert names(glance.difference) == labels([p for p, s in spreads.items() if s == max(spreads.values())])
    assert names(glance.self_gaps) == labels([p for p, gap in gaps.items() if abs(gap) > 1])
    differing = sorted((p for p, s in spreads.items() if s >= 2), key=lambda p: (-spreads[p], p))
    far = sorted((p for p, gap in gaps.items() if abs(gap) > 1), key=lambda p: (-abs(gaps[p]), p))
    unseen = [
        place
        for place, rows in by_question.items()
        if 2 * sum(bool(row["not_seen"]) for row in rows if row["slot"]) >= sum(bool(row["slot"]) for row in rows)
    ]
    wanted = list(dict.fromkeys([*differing, *far, *unseen]))[:5]
    assert [each.question for each in glance.suggestions] == labels(wanted)
    assert (len(differing), len(far), len(unseen)) == (2, 2, 1)


def test_would_work_again_counts_the_references_and_not_the_candidate(scenario: RequestScenario) -> None:
    rows = [row for row in raw(scenario) if row["kind"] == "yes_no" and row["slot"]]
    again = built(scenario).glance.work_again
    assert again is not None
    assert [line.count for line in again.lines] == [
        sum(row["yes_no"] is value for row in rows) for value in (True, False)
    ]
    assert [line.count for line in again.lines] == [4, 1]


def test_a_manager_with_a_free_email_address_is_a_fact_and_a_coworker_is_not(scenario: RequestScenario) -> None:
    free = [fact.name for fact in built(scenario).facts if "gmail.com" in fact.sentence]
    managers = {row["name"] for row in raw(scenario) if row["relationship"] == "manager" and "@gmail." in row["email"]}
    assert free == sorted(managers) == ["Priya Nair"]


def test_by_person_and_by_question_show_the_same_words(scenario: RequestScenario) -> None:
    report = built(scenario)
    quotes = [*(each.quotes for each in report.words), *(each.quotes for each in report.tallies)]
    words = sorted((quote.author, quote.text) for each in quotes for quote in each)
    by_person = sorted(
        (person.name, answer.text) for person in report.by_person for answer in person.answers if answer.text
    )
    assert by_person == words
    assert [person.letter for person in report.by_person] == [*"ABCDE", ""]
    assert all(before.is_self <= after.is_self for before, after in pairwise(report.by_person))
