"""Tells a broken database connection from a statement that failed."""

from django.db import InterfaceError, OperationalError, connection

READ_ONLY = "25006"  # https://www.postgresql.org/docs/current/errcodes-appendix.html


def is_lost(error: Exception) -> bool:
    """Whether the error means that the connection broke, rather than that the database refused a statement."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    return connection.connection is None or bool(connection.connection.closed) or not connection.is_usable()


def is_read_only() -> bool:
    """Whether nothing can be written, for example on a standby that a failover hasn't promoted yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only') = 'on'")
        return bool(cursor.fetchone()[0])


def was_read_only(error: BaseException | None) -> bool:
    """Whether a statement failed because nothing can be written."""
    return getattr(getattr(error, "__cause__", None), "pgcode", "") == READ_ONLY
