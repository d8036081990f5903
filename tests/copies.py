"""Copies of rows that the product's own actions created once in this process, in a tenth of the time.

The first organization that a test makes has the same id, uid and slug in every test of this process: the rows of the
others are gone. So the rows that were created for it once, under the same circumstances, can be inserted again
unchanged, with their ids, encrypted columns, and links. Only moments move on with the clock.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from django.apps import apps
from django.conf import UserSettingsHolder, settings
from django.db import connection, models
from django.utils.translation import get_language

from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.tenancy.models import Organization, TenantModel
from crosschq.tenancy.scope import cross_tenant, tenant

T = TypeVar("T")
Name = TypeVar("Name")
Row = dict[str, Any]
DAY = timedelta(days=1)
# Days begin and quiet hours end on a half hour, in every zone. A copy is as old as this at most.
HALF_HOUR = 1800
_first: dict[Hashable, Row] = {}
_taken: set[Hashable] = set()
_made: set[Hashable] = set()
_kept: dict[Hashable, Kept] = {}


@dataclass
class Kept:
    """The rows by table, what changed of the organization, and the moments in both, as times since the copy is made."""

    rows: dict[type[models.Model], list[Row]]
    changes: Row
    moments: list[tuple[Row, str, timedelta]]
    name: Any


def next_test() -> None:
    """Call before each test: the rows of the one before are gone."""
    _taken.clear()


def first_organization(name: str, time_zone: str, create: Callable[[], Organization]) -> Organization:
    """The organization that this test makes first, with these; the same one in every test of this process."""
    key = connection.settings_dict["NAME"], name, time_zone
    if key in _taken:
        return create()
    _taken.add(key)
    if key not in _first:
        made = create()
        _first[key] = {"pk": made.pk, "uid": made.uid, "slug": made.slug}
        return made
    return Organization.objects.create(name=name, time_zone=time_zone, **_first[key])


def copied(
    organization: Organization,
    *what: Hashable,
    make: Callable[[], T],
    name: Callable[[T], Name],
    read: Callable[[Name], T],
) -> T:
    """What `make` returns for an organization without rows. From the third time on, its rows are copies of the second.

    `what` tells it from what is made otherwise. `read` returns what has been copied, by the `name` that it got.
    """
    if rls.in_scope() or organization.pk not in {first["pk"] for first in _first.values()} or _has_rows(organization):
        return make()
    key = (*what, *_circumstances(organization))
    if key in _kept:
        _write(_kept[key], organization)
        return read(_kept[key].name)
    if key not in _made:
        _made.add(key)
        return make()
    began, before, columns = clock.now(), _newest(), dict(vars(organization))
    made = make()
    rows, stored = _rows_after(before), vars(Organization.objects.get(pk=organization.pk))
    changes = {name: value for name, value in stored.items() if name != "_state" and value != columns[name]}
    moments = _since_copied(list(_moments(rows, changes)), began, clock.now() - began)
    _kept[key] = Kept(rows, changes, moments, name(made))
    return made


def _circumstances(organization: Organization) -> Iterator[Hashable]:
    """What else may decide how the rows come out."""
    yield int(clock.now().timestamp() // HALF_HOUR)
    yield get_language()
    yield from (str(value) for name, value in vars(organization).items() if name not in ("_state", "created_at"))
    holder = settings._wrapped
    while isinstance(holder, UserSettingsHolder):
        yield repr(sorted((name, value) for name, value in vars(holder).items() if name.isupper()))
        holder = holder.default_settings


def _has_rows(organization: Organization) -> bool:
    with tenant(organization), connection.cursor() as sql:
        sql.execute(_any_row(), {"key": organization.pk})
        return bool(sql.fetchone()[0])


@cache
def _any_row() -> str:
    tables = [model._meta.db_table for model in apps.get_models() if issubclass(model, TenantModel)]
    parts = [f'EXISTS (SELECT FROM "{table}" WHERE organization_id = %(key)s)' for table in tables]
    return f"SELECT {' OR '.join(parts)}"


@cache
def _tables() -> list[type[models.Model]]:
    """All whose keys are numbers from a sequence, except the organizations'."""
    numbered = [model for model in apps.get_models() if isinstance(model._meta.pk, models.AutoField)]
    return [model for model in numbered if model is not Organization]


def _newest() -> dict[str, int]:
    parts = [f"""SELECT '{model._meta.db_table}', max(id) FROM "{model._meta.db_table}" """ for model in _tables()]
    with cross_tenant("a test copies rows"), connection.cursor() as sql:
        sql.execute(" UNION ALL ".join(parts))
        return {table: newest or 0 for table, newest in sql.fetchall()}


def _rows_after(newest: dict[str, int]) -> dict[type[models.Model], list[Row]]:
    found = {}
    with cross_tenant("a test copies rows"), connection.cursor() as sql:
        for model in _tables():
            table = model._meta.db_table
            sql.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t WHERE id > %s ORDER BY id', [newest[table]])
            if rows := [json.loads(row) for (row,) in sql.fetchall()]:
                found[model] = rows
    return found


def _moments(tables: dict[type[models.Model], list[Row]], changes: Row) -> Iterator[tuple[Row, str, datetime]]:
    for model, rows in tables.items():
        columns = [each.attname for each in model._meta.concrete_fields if isinstance(each, models.DateTimeField)]
        for row in rows:
            yield from ((row, column, datetime.fromisoformat(row[column])) for column in columns if row[column])
    yield from ((changes, name, value) for name, value in changes.items() if isinstance(value, datetime))


def _since_copied(
    moments: list[tuple[Row, str, datetime]], began: datetime, took: timedelta
) -> list[tuple[Row, str, timedelta]]:
    """What was some days before or after it was made. Other moments, such as the end of a day, stay what they are.

    The order stays, but no copy is younger than the rows that a test makes after it.
    """
    moving = [(row, column, divmod(moment - began, DAY)) for row, column, moment in moments]
    moving = [(row, column, (days, later)) for row, column, (days, later) in moving if later <= took]
    order = sorted({later for _row, _column, (_days, later) in moving})
    return [
        (row, column, days * DAY + timedelta(microseconds=order.index(later))) for row, column, (days, later) in moving
    ]


def _write(kept: Kept, organization: Organization) -> None:
    now = clock.now()
    for row, column, since in kept.moments:
        row[column] = now + since
    with cross_tenant("a test copies rows"), connection.cursor() as sql:
        sql.execute("; ".join(map(_insert, kept.rows)), [json.dumps(rows, default=str) for rows in kept.rows.values()])
    for name, value in kept.changes.items():
        setattr(organization, name, value)
    if kept.changes:
        organization.save(update_fields=list(kept.changes))


@cache
def _insert(model: type[models.Model]) -> str:
    table, written = model._meta.db_table, [each for each in model._meta.concrete_fields if not each.generated]
    columns = ", ".join(f'"{each.column}"' for each in written)
    return f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::"{table}", %s)'
