"""Locks by name: who holds one makes the others wait until the transaction ends."""

from django.db import connection


def hold(name: str) -> None:
    """Hold the lock of this name until the end of the transaction. Waits for whoever holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
