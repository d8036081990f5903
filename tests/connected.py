"""Copies of a connection that the consent page created once, in a tenth of the time.

Tests of connecting itself call `tests.vendor.connected`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models, transaction

from connectors.models import Connection
from crosschq.core import clock
from crosschq.tenancy.models import Organization, TenantModel, User
from crosschq.tenancy.scope import tenant
from tests.vendor import Vendor, connected


@dataclass(frozen=True)
class Made:
    """The rows that connecting created, for which user and when. The sandbox keeps the other side."""

    rows: list[TenantModel]
    organization: Organization
    user: User
    at: datetime


_made: dict[tuple[str, str], Made] = {}


def already_connected(
    vendor: Vendor, organization: Organization, user: User, *, then: Callable[[Connection, User], None] | None = None
) -> Connection:
    """A connection with its webhook active, to a sandbox that is unchanged since its reset.

    ``then`` changes rows of the organization, and nothing in the sandbox.
    """
    if vendor.told:
        made_now = connected(vendor, organization, user)
        if then:
            then(made_now, user)
        return made_now
    key = (vendor.url, then.__name__ if then else "")
    if made := _made.get(key):
        vendor.tell("restore")
        _copy(made, organization, user)
    else:
        before = {(type(row), row.pk) for row in _rows(organization)}
        if then:
            then(already_connected(vendor, organization, user), user)
        else:
            connected(vendor, organization, user)
            vendor.tell("keep")
        rows = [row for row in _rows(organization) if (type(row), row.pk) not in before]
        _made[key] = Made(rows, organization, user, clock.now())
    with tenant(organization):
        connection: Connection = Connection.objects.select_related("organization").get()
    return connection


def _rows(organization: Organization) -> Iterator[TenantModel]:
    with tenant(organization):
        for model in apps.get_models():
            if issubclass(model, TenantModel):
                yield from model.objects.all()


def _copy(made: Made, organization: Organization, user: User) -> None:
    """Insert the rows with their original ids: the tables have been emptied since, and ids are never reused."""
    since = clock.now() - made.at
    with tenant(organization), transaction.atomic():
        fresh: dict[type[TenantModel], list[TenantModel]] = {}
        for row in made.rows:
            new = copy(row)
            new._state = models.base.ModelState()
            for column in row._meta.concrete_fields:
                setattr(new, column.attname, _as_now(column, row, made, organization, user, since))
            fresh.setdefault(type(row), []).append(new)
        for model, rows in fresh.items():
            model.objects.bulk_create(rows)
    Organization.objects.filter(pk=organization.pk, connected_at=None).update(connected_at=clock.now())


def _as_now(
    column: models.Field[Any, Any],
    row: TenantModel,
    made: Made,
    organization: Organization,
    user: User,
    since: timedelta,
) -> object:
    value = getattr(row, column.attname)
    if isinstance(value, datetime):
        return value + since
    if isinstance(value, str):
        return value.replace(made.user.email, user.email).replace(made.user.name, user.name)
    if column.related_model is Organization:
        return organization.pk
    if column.related_model is User and value == made.user.pk:
        return user.pk
    return value
