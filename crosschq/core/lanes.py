"""Places that are few among all processes: whoever finds none free leaves the work to those who have one."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def taken(name: str, *, lanes: int) -> Iterator[bool]:
    """Whether one of so many places of this name is ours until the end of the block.

    An advisory lock of this thread's database session (postgresql.org/docs/current/explicit-locking.html), so that a
    process that is killed gives its place back at once.
    """
    lane = next((number for number in range(lanes) if _ask("pg_try_advisory_lock", name, number)), None)
    try:
        yield lane is not None
    finally:
        if lane is not None and connection.connection is not None:
            _ask("pg_advisory_unlock", name, lane)


def _ask(function: str, name: str, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext(%s), %s)", [name, number])
        return bool(cursor.fetchone()[0])
