"""Named locks, held until the end of the transaction."""

from django.db import connection


def hold(*names: str) -> None:
    """Acquire the locks with these names, in this order, until the end of the transaction. Waits for their holders."""
    each = ", ".join(["pg_advisory_xact_lock(hashtextextended(%s, 0))"] * len(names))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {each}", names)
