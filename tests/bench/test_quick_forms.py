"""The benchmarks of deliveries, due work, and pages run on today's product, and nothing is lost. No speed is compared.

`make test-slow` also runs the others, as `make bench` does.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from bench import drain, intake, results
from bench.pages import __main__ as pages
from bench.pages import prepare
from bench.pages.multiply import SHARE_OF_FIRST
from bench.results import Line
from scripts.stack.stack import Stack
from tests.architecture.pages import MOST_QUERIES
from tests.forked import status_of_a_child_that_does
from tests.stack.migrated import connected_to
from tests.web_server.conftest import prepared

pytestmark = pytest.mark.flow
DATABASE = "quick_bench"
MISSED = "The goals weren't met."
# Three lists, and a page of each kind of visitor.
PAGES = [
    *("requests:list", "requests:detail", "requests:report", "events:list", "prospects:list"),
    *("public:reference", "public:report"),
]
# Each organization starts with EXEMPLARS requests. The measured one has 1 and 9 times as many, which is its share.
ORGANIZATIONS, EXEMPLARS, FEW, MANY = 3, 7, 7, 210
Run = Callable[..., dict[str, Line]]


@pytest.fixture
def run(stack: Stack, migrated_template: str, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Run:
    """A function that runs a benchmark on its own database, and returns its lines, all of which are in its table."""

    def in_child(main: Callable[[], None], *arguments: str) -> dict[str, Line]:
        file, printed = tmp_path / "lines.json", tmp_path / "printed"

        def work() -> None:
            os.environ.update(environment)
            sys.argv = [main.__module__, *arguments, "--results", str(file)]
            with (
                printed.open("w", encoding="utf-8") as output,
                redirect_stdout(output),
                django_db_blocker.unblock(),
                connected_to(environment["DATABASE_URL"]),
                whatever_its_speed(),
            ):
                main()

        with prepared(stack, migrated_template, DATABASE, STATIC_MANIFEST="false") as environment:
            status = status_of_a_child_that_does(work)
        text = printed.read_text(encoding="utf-8")
        assert status == 0, text
        lines = results.read(json.loads(file.read_text(encoding="utf-8")))
        assert results.table(lines) in text
        return {line.what: line for line in lines}

    return in_child


@contextmanager
def whatever_its_speed() -> Iterator[None]:
    try:
        yield
    except SystemExit as ended:
        if str(ended) != MISSED:
            raise


def test_all_acknowledged_deliveries_are_stored(run: Run) -> None:
    """The benchmark compares the numbers, and ends with an error if they differ."""
    lines = run(intake.main, "--rounds", "1", "--seconds", "1", "--clients", "1")
    share = lines["deliveries, as a share of pgbench's rows"]
    assert (share.median > 0, share.gates, share.least) == (True, True, intake.SHARE)
    assert lines["deliveries a second"].median > 0


def test_all_events_are_decided_with_few_statements(run: Run) -> None:
    """The benchmark ends once none is due."""
    lines = run(drain.main, "--rounds", "1", "--items", "100", "--processes", "1")
    share = lines["events, as a share of Celery's tasks that do nothing"]
    assert (share.median > 0, share.gates, share.least) == (True, True, drain.GOAL)
    assert lines["statements of an event"].median <= drain.MOST_STATEMENTS


@pytest.fixture
def _databases_of_pages() -> Iterator[None]:
    yield
    prepare.drop(os.environ["OWNER_DATABASE_URL"], prepare.prefix_of(ORGANIZATIONS))


@pytest.mark.usefixtures("_databases_of_pages")
def test_pages_open_with_few_and_with_many_requests(run: Run) -> None:
    """The benchmark leaves out a page that doesn't answer 200 at both sizes."""
    only, scale = f"^({'|'.join(PAGES)})$", str(MANY / pages.REQUESTS)
    extent = ["--organizations", str(ORGANIZATIONS), "--few-each", "--few", str(FEW), "--scale", scale, "--only", only]
    lines = run(pages.main, "--rounds", "1", "--samples", "1", *extent)
    few, many = prepare.prepared(FEW, MANY, organizations=ORGANIZATIONS, added=pages.FEWEST)
    assert requests_of_each(few) == [EXEMPLARS] * ORGANIZATIONS
    first, *others = requests_of_each(many)
    assert (first, len(others)) == (SHARE_OF_FIRST * MANY, ORGANIZATIONS - 1)
    # Their share is added to what they had.
    assert sum(others) == MANY - first + EXEMPLARS * len(others)
    missed = lines.pop("pages that missed a goal")
    assert (missed.gates, missed.most, set(missed.details)) == (True, 0, set(PAGES))
    for name, page in missed.details.items():
        assert 0 < page["queries"] <= MOST_QUERIES, name
        assert (page["p95_few_ms"] > 0, page["p95_many_ms"] > 0, len(page["ratios"])) == (True, True, 1), name
    assert lines.pop("median ratio of all pages").median > 0
    assert {name: line.details for name, line in lines.items()} == {name: missed.details[name] for name in lines}
    assert missed.median == len(lines)


def requests_of_each(url: str) -> list[int]:
    """How many requests each organization in a database has, the measured organization first."""
    with prepare.unrestricted(url) as sql:
        sql.execute(
            "SELECT count(r.id) FROM organizations_organization o"
            " LEFT JOIN requests_app_referencerequest r ON r.organization_id = o.id GROUP BY o.id ORDER BY o.id"
        )
        return [count for (count,) in sql.fetchall()]
