"""Rows made once for a module: each of its tests finds them and rolls back what it changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from pytest_django import DjangoDbBlocker


@contextmanager
def kept_rows(blocker: DjangoDbBlocker) -> Iterator[None]:
    """Keep what is made inside until the end of a fixture of a module, whose tests must not be transactional."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
