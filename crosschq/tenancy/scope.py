"""The only ways to read tenants' rows.

Two guards open together: django-scopes refuses a query outside a scope, and row-level security shows no row unless the
transaction sets an organization. Make network calls between two blocks, never inside one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

from django.db.models import QuerySet
from django_scopes import get_scope, scope, scopes_disabled

from crosschq.core.database import rls
from crosschq.core.database.prepared import Given
from crosschq.tenancy.models import Organization, TenantModel

Row = TypeVar("Row", bound=TenantModel)


@contextmanager
def tenant(organization: Organization) -> Iterator[None]:
    """A transaction in which only this organization's rows can be read and written."""
    with scope(organization=organization), rls.scope(str(organization.pk)):
        yield


@contextmanager
def cross_tenant(reason: str) -> Iterator[None]:
    """A transaction over all organizations. `reason` says why no single one is known."""
    if not reason:
        raise ValueError("say why rows of every organization must be seen")
    with scopes_disabled(), rls.scope(rls.ALL_TENANTS):
        yield


def current_organization() -> Organization:
    """The organization whose scope is open. Raises KeyError outside `tenant()`."""
    organization: Organization = get_scope()["organization"]
    return organization


def rows_of_given(model: type[Row]) -> "QuerySet[Row]":
    """The rows of the organization whose key a prepared statement gets as `organization`."""
    with scopes_disabled():
        rows = model._default_manager.filter(organization=Given("organization", "bigint"))
    return cast("QuerySet[Row]", rows)


def with_organization(rows: "QuerySet[Row]") -> "QuerySet[Row]":
    """These rows with their organization: the one whose scope is open, without a join, or else each row's own."""
    organization = get_scope().get("organization")
    if organization is None:
        return rows.select_related("organization")
    known, field = rows.all(), rows.model._meta.get_field("organization")
    # What the manager of a reverse relation does.
    known._known_related_objects = {field: {organization.pk: organization}}  # type: ignore[attr-defined]  # noqa: SLF001
    return known
