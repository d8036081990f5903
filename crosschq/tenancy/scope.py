"""The only ways to see tenants' rows.

Two walls stand around them, and both open together: django-scopes refuses a query outside a scope, and the
database's row-level security shows nothing without the transaction's setting. Network calls lie between two blocks.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django_scopes import scope, scopes_disabled

from crosschq.core.database import rls
from crosschq.tenancy.models import Organization


@contextmanager
def tenant(organization: Organization) -> Iterator[None]:
    """A transaction in which this organization's rows, and no others, can be read and written."""
    with rls.scope(str(organization.pk)), scope(organization=organization):
        yield


@contextmanager
def cross_tenant(reason: str) -> Iterator[None]:
    """A transaction over all organizations. The reason says why no single one is known yet."""
    if not reason:
        raise ValueError("say why rows of every organization must be seen")
    with rls.scope(rls.ALL_TENANTS), scopes_disabled():
        yield
