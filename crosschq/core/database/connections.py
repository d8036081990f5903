"""Tells a broken database connection from a statement that failed."""

from django.db import InterfaceError, OperationalError, connection


def is_lost(error: Exception) -> bool:
    """Whether the error means that the connection broke, rather than that the database refused a statement."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    return connection.connection is None or bool(connection.connection.closed) or not connection.is_usable()
