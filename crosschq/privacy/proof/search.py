"""Prove that a person is erased: search every table, the cache, the queue, and the files for them."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from typing import Any

from redis import RedisError

from crosschq.core.outbox import work_item
from crosschq.privacy.proof.outside import search_files, search_valkey
from crosschq.privacy.proof.tables import search_tables
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import cross_tenant, tenant

VALKEY = "Valkey"


@dataclass
class Proof:
    """How much we searched, and in how many rows, keys, and files we found something, by place.

    `names`: where we found only the name. Someone else may have the same name. `excluded`: what we didn't search, and
    why.
    """

    tables: int = 0
    columns: int = 0
    keys: int = 0
    files: int = 0
    found: dict[str, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def is_clean(self) -> bool:
        return not (self.found or self.names)


def prove(identifiers: Iterable[str], names: Iterable[str], *, organization: Organization | None) -> Proof:
    """Search what one organization stores, or everything. Call outside a transaction.

    `identifiers`: addresses and phone numbers. Raises Retry if the cache or the queue can't be reached, and GiveUp if
    files can't be searched.
    """
    identifiers, names = list(identifiers), list(names)
    with _scope(organization):
        tables = search_tables(identifiers, names, with_accounts=organization is None)
    try:
        keys, in_keys = search_valkey([*identifiers, *names])
    except RedisError as error:
        raise work_item.Retry("The cache and the queue can't be searched now.") from error
    files, in_files = search_files([*identifiers, *names])
    found = {**tables.found, **({VALKEY: in_keys} if in_keys else {}), **dict.fromkeys(in_files, 1)}
    only_named = {table: count for table, count in tables.named.items() if table not in found}
    return Proof(tables.tables, tables.columns, keys, files, found, only_named, tables.excluded)


def _scope(organization: Organization | None) -> AbstractContextManager[None]:
    return tenant(organization) if organization else cross_tenant("a proof searches everything")
