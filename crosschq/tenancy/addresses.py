"""Where each table keeps people's addresses, so that one statement reads all those that a search compares."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import BigIntegerField, CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast

from crosschq.core.database.address_keys import mailboxes
from crosschq.core.database.keys import is_among
from crosschq.core.database.prepared import Given, Statement
from crosschq.core.text.email_keys import address_key
from crosschq.tenancy.scope import current_organization, rows_of_given

Rows = QuerySet[Any]
ALL, NOTHING = Q(), Q(pk__in=[])


@dataclass(frozen=True)
class AddressColumn:
    """A column with the address of the person that a row is about. `where`: the rows that count.

    mailbox: the column with `mailbox_of` the address. has_key: another column stores its `address_key`.
    ats: the columns with the connection and the candidate's id in its ATS. key_in, uid_of: for rows without a uid, the
    primary key in a uid, and the uid of a row with this address.
    """

    model: str
    name: str
    where: Q = ALL
    mailbox: str = ""
    has_key: bool = False
    ats: tuple[str, str] | None = None
    key_in: Callable[[UUID], int] | None = None
    uid_of: Callable[[int, str], UUID] | None = None

    @property
    def rows(self) -> Rows:
        """The rows that count, without an order, for a prepared statement."""
        return rows_of_given(apps.get_model(self.model)).filter(self.where).order_by()


@dataclass(frozen=True)
class AddressRow:
    """What says who a row is about."""

    email: str
    connection: int | None
    candidate: str


def same_addresses(rows: Rows, column: str, keys: Iterable[str], *, mailbox: str = "") -> Q:
    """The condition for rows whose address in this column has one of these keys, for a column without a stored key.

    mailbox: the column with `mailbox_of` this one. Without it, all addresses in these rows are compared.
    """
    key_set = set(keys)
    if not key_set:
        return NOTHING
    near = _near(column, key_set, mailbox)
    spellings = rows.filter(near).order_by().values_list(column, flat=True).distinct()
    return _spelled(column, key_set, mailbox, [each for each in spellings if address_key(each) in key_set])


def at_spellings(column: AddressColumn, keys: Collection[str], spellings: Collection[str]) -> Q:
    """What `same_addresses` returns, with the spellings that `spellings_of` found."""
    return _spelled(column.name, keys, column.mailbox, spellings)


def spellings_of(columns: Iterable[AddressColumn], keys: Collection[str]) -> Mapping[AddressColumn, list[str]]:
    """The addresses in these columns that have one of these keys, as spelled there. Call inside `tenant()`."""
    compared = tuple(column for column in columns if not column.has_key) if keys else ()
    found: dict[AddressColumn, list[str]] = {column: [] for column in compared}
    for place, spelling in _run(_spellings(compared), mailboxes=list(mailboxes(keys))) if compared else ():
        if address_key(spelling) in keys:
            found[compared[place]].append(spelling)
    return found


@cache
def _spellings(columns: tuple[AddressColumn, ...]) -> Statement:
    """The different addresses in these columns that are compared with the keys of the given mailboxes."""
    parts = []
    for place, column in enumerate(columns):
        near = _is_stored(column.name)
        if column.mailbox:
            near &= Q(is_among(column.mailbox, Given("mailboxes", "text[]")))
        parts.append(column.rows.filter(near).values_list(Value(place), F(column.name)).distinct())
    return _together(parts)


def rows_with(columns: Sequence[AddressColumn], uids: Collection[UUID]) -> list[AddressRow]:
    """What the rows with these uids say about their people. Call inside `tenant()`."""
    columns = tuple(columns)
    keys = {_keys(place): [column.key_in(uid) for uid in uids] for place, column in enumerate(columns) if column.key_in}
    found = []
    for place, pk, email, connection, candidate in _run(_rows(columns), uids=list(uids), **keys):
        uid_of = columns[place].uid_of
        if uid_of is None or uid_of(pk, email) in uids:
            found.append(AddressRow(email, connection, candidate))
    return found


@cache
def _rows(columns: tuple[AddressColumn, ...]) -> Statement:
    """The rows with the given uids, and with the given keys of columns that have no uid."""
    parts = []
    for place, column in enumerate(columns):
        connection, candidate = map(F, column.ats) if column.ats else (Value(None), Value(""))
        ats = (Cast(connection, BigIntegerField()), Cast(candidate, CharField()))
        by_key, by_uid = Given(_keys(place), "bigint[]"), Given("uids", "uuid[]")
        chosen = is_among("pk", by_key) if column.key_in else is_among("uid", by_uid)
        parts.append(column.rows.filter(chosen).values_list(Value(place), F("pk"), F(column.name), *ats))
    return _together(parts)


def _keys(place: int) -> str:
    return f"keys_{place}"


def _together(parts: list[Rows]) -> Statement:
    """What reads the rows of all parts."""
    return Statement.of(parts[0].union(*parts[1:], all=True))


def _run(statement: Statement, **given: Any) -> list[tuple[Any, ...]]:
    return statement.run(organization=current_organization().pk, **given)


def _is_stored(column: str) -> Q:
    return Q(**{f"{column}__gt": ""})


def _near(column: str, keys: Collection[str], mailbox: str) -> Q:
    """The condition for all rows whose addresses are compared with these keys."""
    near = _is_stored(column)
    return near & Q(**{f"{mailbox}__in": sorted(mailboxes(keys))}) if mailbox else near


def _spelled(column: str, keys: Collection[str], mailbox: str, spellings: Collection[str]) -> Q:
    return _near(column, keys, mailbox) & Q(**{f"{column}__in": spellings}) if spellings else NOTHING
