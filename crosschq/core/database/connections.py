"""Whether this thread's database connection broke."""

from django.db import InterfaceError, OperationalError, connection


def is_lost(error: Exception) -> bool:
    """Whether the error means that the connection broke, unlike a statement that the database refused."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    return connection.connection is None or bool(connection.connection.closed) or not connection.is_usable()
