"""Circuit breakers: pause a failing destination, so that it delays only its own work.

A circuit is a row for a destination in trouble: an email server, or the ATS of one connection. Three failures in a row
open it. While it is open, no work for the destination is claimed. After that, each concurrency key tries one item at a
time until one succeeds. A slow ATS also gets a circuit, which limits how many items run at a time.
"""

from django.db import connection

from crosschq.core import clock
from crosschq.core.database import rls

FAILURES = 3
FIRST_PAUSE_SECONDS = 15
LONGEST_PAUSE_SECONDS = 300
SLOW_SECONDS = 5.0

FAILED = """
INSERT INTO core_circuit (key, failures, changed_at) VALUES (%(key)s, 1, %(now)s)
ON CONFLICT (key) DO UPDATE SET failures = core_circuit.failures + 1, changed_at = %(now)s,
    open_until = CASE WHEN core_circuit.failures + 1 >= %(failures)s THEN %(now)s + interval '1 second'
        * least(%(first)s * power(2, least(core_circuit.failures + 1 - %(failures)s, 10)), %(longest)s) END
RETURNING open_until IS NOT NULL
"""
SLOW = """
INSERT INTO core_circuit (key, failures, changed_at) VALUES (%(key)s, 0, %(now)s)
ON CONFLICT (key) DO UPDATE SET failures = 0, open_until = NULL, changed_at = %(now)s
"""


def count_failure(key: str) -> bool:
    """Count a failure of the destination. Returns whether its circuit is now open."""
    limits = {"failures": FAILURES, "first": FIRST_PAUSE_SECONDS, "longest": LONGEST_PAUSE_SECONDS}
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as cursor:
        cursor.execute(FAILED, {"key": key, "now": clock.now(), **limits})
        return bool(cursor.fetchone()[0])


def mark_slow(key: str) -> None:
    """The destination is slow: run few items at a time until it is fast again."""
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as cursor:
        cursor.execute(SLOW, {"key": key, "now": clock.now()})


def mark_working(key: str) -> None:
    """The destination works again: delete its circuit."""
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_circuit WHERE key = %s", [key])


def end_pause(key: str) -> None:
    """Close the circuit, because a person wants to try again now."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_circuit SET open_until = NULL WHERE key = %s", [key])
