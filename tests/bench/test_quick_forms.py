"""The benchmarks of deliveries and of due work run on today's product, and nothing is lost. No speed is compared.

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
from bench.results import Line
from scripts.stack.stack import Stack
from tests.forked import status_of_a_child_that_does
from tests.stack.migrated import connected_to
from tests.web_server.conftest import prepared

pytestmark = pytest.mark.flow
DATABASE = "quick_bench"
MISSED = "The goals weren't met."
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
