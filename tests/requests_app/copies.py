"""Copies of requests that the product's own actions brought to a stage once, in a fifth of the time.

What an action does is tested where the test itself calls it. A copy has the same rows with the same ids, so a test can
have one; the next is made by the actions again. So is every request whose making could differ: in another organization,
under other settings or at another hour. What is made on the way to a later stage isn't kept: few tests start there.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import UserSettingsHolder, settings
from django.db import IntegrityError, connection, models
from django.utils import translation

from connectors.models import CachedJob, Connection, DirectoryUser, SetupCheck
from crosschq.core import clock
from crosschq.core.models import SecretLink
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
JUST_NOW = timedelta(minutes=20)
OF_ALL_TESTS = ("PASSWORD_HASHERS", "ALLOWED_HOSTS")


@dataclass(frozen=True)
class Made:
    """The rows of a request, the id of the request itself, and the links in its emails."""

    rows: list[models.Model]
    pk: int
    paths: dict[UUID, str]
    organization: Organization
    connection: Connection | None
    reply_address: str
    at: datetime

    def is_there(self) -> bool:
        """Whether this test already has a copy."""
        links = [row.pk for row in self.rows if isinstance(row, SecretLink)]
        return SecretLink.objects.filter(pk__in=links).exists()


_made: dict[Hashable, Made] = {}
_on_the_way: list[Hashable] = []


def copied(stage: str, organization: Organization, fields: dict[str, Any], make: Callable[[], Stage]) -> Stage:
    """The id of a request at this stage, and the links in its emails. ``make`` makes one with the product's actions."""
    key = _key(stage, organization, fields)
    if key is None or not _is_empty(organization):
        return make()
    ats: Connection | None = fields.get("connection")
    if made := _made.get(key):
        if not made.is_there():
            with suppress(IntegrityError):  # another row with one of these ids is there
                return _copy(made, organization, ats)
        return make()
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
        for row in rows:
            for column in row._meta.concrete_fields:
                getattr(row, column.attname)  # decrypts it
        _made[key] = Made(rows, pk, dict(paths), copy(organization), copy(ats), reply_address, clock.now())
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
    layer: Any = settings._wrapped
    while isinstance(layer, UserSettingsHolder):
        found += [(name, value) for name, value in vars(layer).items() if name.isupper() and name not in OF_ALL_TESTS]
        layer = layer.default_settings
    return found


def _plain(value: Any) -> Any:
    """What is the same for two connections that differ only in whose they are."""
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
    """Whether this is more than the address that replies go to: another organization's takes its place in a copy."""
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


def _copy(made: Made, organization: Organization, ats: Connection | None) -> Stage:
    since = clock.now() - made.at
    swaps = [(f"/o/{made.organization.slug}/", f"/o/{organization.slug}/")]
    if made.connection and ats:
        swaps.append((made.connection.company_id, ats.company_id))
    if made.reply_address:
        swaps.append((made.reply_address, _reply_address(organization)))
    keys = {Organization: organization.pk, Connection: ats and ats.pk}
    by_model: dict[type[models.Model], list[models.Model]] = {}
    for row in made.rows:
        by_model.setdefault(type(row), []).append(_as_own(row, made, since, keys, swaps))
    with tenant(organization):
        for model, rows in by_model.items():
            model._default_manager.bulk_create(rows)
    return made.pk, made.paths


def _as_own(
    row: models.Model, made: Made, since: timedelta, keys: dict[Any, Any], swaps: list[tuple[str, str]]
) -> models.Model:
    own = copy(row)
    own._state = models.base.ModelState()
    for column in row._meta.concrete_fields:
        value = getattr(row, column.attname)
        if isinstance(value, datetime) and abs(value - made.at) < JUST_NOW:
            value += since
        elif isinstance(value, str):
            for before, after in swaps:
                value = value.replace(before, after)
        elif column.name == NAME_ONE.get(type(row)):
            value = keys[Organization]
        elif value is not None:
            value = keys.get(column.related_model, value)
        setattr(own, column.attname, value)
    return own


def _reply_address(organization: Organization) -> str:
    """Without its cached value, which the owners of a later moment would not change."""
    return copy(organization).reply_address
