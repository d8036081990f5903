"""Where each table keeps people's addresses, so that one statement reads all those that a search compares."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import BigIntegerField, CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast

from crosschq.core.database.address_keys import mailboxes
from crosschq.core.text.email_keys import address_key
from crosschq.tenancy.scope import current_organization

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
        """The rows that count, without an order. Call inside `tenant()`."""
        rows: Rows = apps.get_model(self.model)._default_manager.order_by()
        return rows.filter(self.where, organization=current_organization())


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
    compared = [column for column in columns if not column.has_key] if keys else []
    parts = [
        column.rows.filter(_near(column.name, keys, column.mailbox))
        .values_list(Value(place), F(column.name))
        .distinct()
        for place, column in enumerate(compared)
    ]
    found: defaultdict[AddressColumn, list[str]] = defaultdict(list)
    for place, spelling in _together(parts):
        if address_key(spelling) in keys:
            found[compared[place]].append(spelling)
    return {column: found[column] for column in compared}


def rows_with(columns: Sequence[AddressColumn], uids: Collection[UUID]) -> list[AddressRow]:
    """What the rows with these uids say about their people. Call inside `tenant()`."""
    parts = []
    for place, column in enumerate(columns):
        connection, candidate = map(F, column.ats) if column.ats else (Value(None), Value(""))
        ats = (Cast(connection, BigIntegerField()), Cast(candidate, CharField()))
        with_uid = Q(pk__in=map(column.key_in, uids)) if column.key_in else Q(uid__in=uids)
        parts.append(column.rows.filter(with_uid).values_list(Value(place), F("pk"), F(column.name), *ats))
    found = []
    for place, pk, email, connection, candidate in _together(parts):
        uid_of = columns[place].uid_of
        if uid_of is None or uid_of(pk, email) in uids:
            found.append(AddressRow(email, connection, candidate))
    return found


def _together(parts: list[Rows]) -> Rows | list[Any]:
    """The rows of all parts, by one statement."""
    return parts[0].union(*parts[1:], all=True) if parts else []


def _near(column: str, keys: Collection[str], mailbox: str) -> Q:
    """The condition for all rows whose addresses are compared with these keys."""
    near = Q(**{f"{column}__gt": ""})
    return near & Q(**{f"{mailbox}__in": sorted(mailboxes(keys))}) if mailbox else near


def _spelled(column: str, keys: Collection[str], mailbox: str, spellings: Collection[str]) -> Q:
    return _near(column, keys, mailbox) & Q(**{f"{column}__in": spellings}) if spellings else NOTHING
