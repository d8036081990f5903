"""A forked child of a test has its own database connections, and its parent keeps the parent's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection

from tests.forked import status_of_a_child_that_does


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@contextmanager
def running_loop() -> Iterator[None]:
    """Make this thread look as it does while Playwright runs."""
    loop = asyncio.new_event_loop()
    asyncio.events._set_running_loop(loop)
    try:
        yield
    finally:
        asyncio.events._set_running_loop(None)
        loop.close()


@pytest.mark.django_db(transaction=True)
def test_a_child_uses_no_connection_from_before_playwright() -> None:
    """Runs in another thread, because Playwright may be running in this one."""
    with ThreadPoolExecutor(1) as pool:
        before, statuses, after = pool.submit(fork_while_a_loop_runs).result()
    assert statuses == [0, 0]
    assert before == after


def fork_while_a_loop_runs() -> tuple[int, list[int], int]:
    """The parent's connection before, what two children end with, and the parent's connection after."""
    before = backend()

    def use_and_drop() -> None:
        assert backend() != before
        connection.close()

    try:
        with running_loop():
            statuses = [status_of_a_child_that_does(use_and_drop) for _ in range(2)]
        return before, statuses, backend()
    finally:
        connection.close()


def test_a_child_that_raises_ends() -> None:
    def fail() -> None:
        raise RuntimeError

    assert status_of_a_child_that_does(fail) == 1
