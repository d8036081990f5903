"""Named locks, held until the end of the transaction."""

from django.db import connection


def hold(name: str) -> None:
    """Acquire the lock with this name until the end of the transaction. Waits for the current holder."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
