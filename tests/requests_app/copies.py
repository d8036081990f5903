"""Copies of requests that the product's own actions brought to a stage once, in a fifth of the time.

What an action does is tested where the test itself calls it. A copy has the same rows with the same ids, so a test can
have it once; for the next, another one is kept. A request whose making could differ is made by the actions: in another
organization, under other settings, or at another hour. What is made on the way to a later stage isn't kept: few tests
start there.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import UserSettingsHolder, settings
from django.db import IntegrityError, connection, models
from django.utils import translation

from connectors.models import CachedJob, Connection, DirectoryUser, SetupCheck
from crosschq.core import clock
from crosschq.core.models import SecretLink
from crosschq.core.security.encryption import EncryptedTextField
from crosschq.messaging.models import CountedSend
from crosschq.tenancy.models import Logo, Organization, TenantModel, User
from crosschq.tenancy.scope import tenant
from tests.stack.plugin import DATABASE

# What two organizations may differ in without their requests differing.
OWN = ("id", "uid", "slug", "created_at", "connected_at")
OF_CONNECTION = ("id", "uid", "organization", "company_id", "connected_at", "requests_on_since")
# They belong to no organization, but name one.
NAME_ONE = {SecretLink: "scope_key", CountedSend: "organization_key"}
Stage = tuple[int, dict[UUID, str]]
# Rows that could change what is made.
MADE_IN = ("templates_app", "requests_app", "messaging")
MATTER = (DirectoryUser, CachedJob, SetupCheck, Logo)
OWNERS = (Organization, Connection)
JUST_NOW = timedelta(minutes=20)
OF_ALL_TESTS = ("PASSWORD_HASHERS", "ALLOWED_HOSTS")
# They say where files are, how long a lease lasts, and how the outbox is emptied: nothing that a request's rows hold.
OF_NO_REQUEST = ("ERASURE_LEDGER", "SENT_LEDGER", "LEASE_SCALE", "EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT")


@dataclass(frozen=True)
class Made:
    """The statement that inserts a request's rows, the id of the request itself, and the links in its emails.

    `own`: the positions of the values that differ between organizations, each with its row and column.
    """

    insert: str
    values: list[Any]
    own: list[tuple[int, models.Model, Any]]
    pk: int
    paths: dict[UUID, str]
    organization: Organization
    connection: Connection | None
    reply_address: str
    at: datetime


# A test can have each of them once.
_made: dict[Hashable, list[Made]] = {}
_on_the_way: list[Hashable] = []


def copied(
    stage: str, organization: Organization, fields: dict[str, Any], make: Callable[[], Stage], *, is_new: bool = False
) -> Stage:
    """The id of a request at this stage, and the links in its emails. ``make`` makes one with the product's actions.

    is_new: the organization was made for this request alone.
    """
    key = _key(stage, organization, fields)
    if key is None or not (is_new or _is_empty(organization)):
        return make()
    ats: Connection | None = fields.get("connection")
    for made in _made.get(key, ()):
        with suppress(IntegrityError):  # this test already has a copy, or another row with one of these ids
            return _copy(made, organization, ats)
    if _on_the_way:
        return make()
    before = set(_rows(organization))
    _on_the_way.append(key)
    try:
        pk, paths = make()
    finally:
        _on_the_way.pop()
    rows = [row for row in _rows(organization) if row not in before]
    reply_address = _reply_address(organization)
    if not any(_names_a_user(row) or _is_about(row, reply_address) for row in rows):
        marks = _marks(organization, ats, reply_address)
        written = _written(rows, clock.now(), marks)
        kept = Made(*written, pk, dict(paths), copy(organization), copy(ats), reply_address, clock.now())
        _made.setdefault(key, []).append(kept)
    return pk, paths


def _key(stage: str, organization: Organization, fields: dict[str, Any]) -> Hashable | None:
    """All that its rows depend on. None: it depends on another row."""
    plain = {name: _plain(value) for name, value in fields.items()}
    if any(isinstance(value, models.Model) for value in plain.values()):
        return None
    if connection.settings_dict["NAME"] != f"test_{DATABASE}":
        return None
    own = _values(organization, OWN)
    has_owner = bool(_reply_address(organization))
    hour = clock.now().strftime("%Y-%m-%d %H")
    return repr((stage, own, has_owner, sorted(plain.items()), _overridden(), hour, translation.get_language()))


def _overridden() -> list[tuple[str, object]]:
    """The settings that this test changed."""
    found: list[tuple[str, object]] = []
    layer, ignored = settings._wrapped, OF_ALL_TESTS + OF_NO_REQUEST
    while isinstance(layer, UserSettingsHolder):
        found += [(name, value) for name, value in vars(layer).items() if name.isupper() and name not in ignored]
        layer = layer.default_settings
    return found


def _plain(value: Any) -> Any:
    """The values that two connections share if they differ only in their organization."""
    return _values(value, OF_CONNECTION) if isinstance(value, Connection) else value


def _values(row: models.Model, but: tuple[str, ...]) -> list[Any]:
    return [getattr(row, column.attname) for column in row._meta.concrete_fields if column.name not in but]


def _rows(organization: Organization) -> Iterator[models.Model]:
    with tenant(organization):
        for model in _filled(organization, _of_tenants()):
            yield from model._default_manager.all()
    for named, column in NAME_ONE.items():
        yield from named._default_manager.filter(**{column: organization.pk})


def _names_a_user(row: models.Model) -> bool:
    return any(column.related_model is User and getattr(row, column.attname) for column in row._meta.concrete_fields)


def _is_about(row: models.Model, address: str) -> bool:
    """Whether a column other than `reply_to` holds the address. A copy gets its own organization's `reply_to`."""
    columns = [column for column in row._meta.concrete_fields if column.name != "reply_to"]
    return bool(address) and address in [getattr(row, column.attname) for column in columns]


def _is_empty(organization: Organization) -> bool:
    """Whether there is nothing in the organization that could change a request."""
    could = [model for model in _of_tenants() if model._meta.app_label in MADE_IN or model in MATTER]
    with tenant(organization):
        return not _filled(organization, could)


def _of_tenants() -> list[type[TenantModel]]:
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


def _filled(organization: Organization, among: list[type[TenantModel]]) -> list[type[TenantModel]]:
    """The models with rows of this organization. One query. Call inside `tenant()`."""
    found = [
        f"EXISTS (SELECT FROM {model._meta.db_table} WHERE organization_id = {organization.pk})" for model in among
    ]
    with connection.cursor() as sql:
        sql.execute("SELECT " + ", ".join(found))
        return [model for model, filled in zip(among, sql.fetchone(), strict=True) if filled]


def _marks(organization: Organization, ats: Connection | None, reply_address: str) -> list[str]:
    """The parts of texts that differ between organizations."""
    return [f"/o/{organization.slug}/", ats.company_id if ats else "", reply_address]


def _written(
    rows: list[models.Model], at: datetime, marks: list[str]
) -> tuple[str, list[Any], list[tuple[int, models.Model, Any]]]:
    """The first fields of `Made`. The rows come table by table."""
    statements, values, own = list[str](), list[Any](), list[tuple[int, models.Model, Any]]()
    for kind, same in groupby(rows, type):
        model: Any = kind
        columns = [column for column in model._meta.concrete_fields if not column.generated]
        one, before = f"({', '.join(['%s'] * len(columns))})", len(values)
        for row in same:
            for column in columns:
                value = getattr(row, column.attname)
                is_own = _is_own(row, column, value, at, marks)
                own += [(len(values), row, column)] if is_own else []
                values.append(None if is_own else column.get_db_prep_save(value, connection))
        names = ", ".join(f'"{column.column}"' for column in columns)
        several = ", ".join([one] * ((len(values) - before) // len(columns)))
        statements.append(f"INSERT INTO {model._meta.db_table} ({names}) VALUES {several}")
    return ";".join(statements), values, own


def _is_own(row: models.Model, column: Any, value: Any, at: datetime, marks: list[str]) -> bool:
    if isinstance(value, datetime):
        return abs(value - at) < JUST_NOW
    if isinstance(value, str):
        is_encrypted = isinstance(column, EncryptedTextField)
        return (is_encrypted and value != "") or any(mark and mark in value for mark in marks)
    return column.name == NAME_ONE.get(type(row)) or (value is not None and column.related_model in OWNERS)


def _copy(made: Made, organization: Organization, ats: Connection | None) -> Stage:
    since = clock.now() - made.at
    before = _marks(made.organization, made.connection, made.reply_address)
    after = _marks(organization, ats, _reply_address(organization) if made.reply_address else "")
    swaps = [(mark, own) for mark, own in zip(before, after, strict=True) if mark and own]
    values = list(made.values)
    for number, row, column in made.own:
        value = getattr(row, column.attname)
        if isinstance(value, datetime):
            value += since
        elif isinstance(value, str):
            for mark, own in swaps:
                value = value.replace(mark, own)
            if isinstance(column, EncryptedTextField):
                value = column.seal(_owner(organization, row), value)
        else:
            value = ats and ats.pk if column.related_model is Connection else organization.pk
        values[number] = column.get_db_prep_save(value, connection)
    with tenant(organization), connection.cursor() as sql:
        sql.execute(made.insert, values)
    return made.pk, made.paths


def _owner(organization: Organization, row: models.Model) -> Any:
    """A stand-in for the copied row, to which its encrypted values are bound."""
    return SimpleNamespace(organization_id=organization.pk, uid=row.uid)  # type: ignore[attr-defined]  # of each that has such values


def _reply_address(organization: Organization) -> str:
    """The reply address, computed again because the cached one ignores a later change of owners."""
    return copy(organization).reply_address
