"""The lists of names, addresses, phone numbers and tags next to this file, each with its right answer."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from crosschq.core.text.person_names import full_name
from tests.extent import in_full

FOLDER = Path(__file__).parent
EVERY = 12
OF_PAGES = 36  # where each costs several pages or searches of every table
Item = TypeVar("Item")


@dataclass(frozen=True)
class Name:
    """A name in a field for a whole name. `refused`: a part of the sentence with which a form refuses it."""

    typed: str
    call: str = ""
    first: str = ""
    last: str = ""
    stored: str = ""
    full: str = ""
    ats: str | None = None
    csv: str = ""
    found_by: Sequence[str] = field(default_factory=list)
    refused: str = ""
    link: bool = False

    @property
    def kept(self) -> str:
        return self.stored or self.typed

    @property
    def in_order(self) -> str:
        return self.full or self.kept

    @property
    def searched(self) -> list[str]:
        """The text that someone types to search for a person with these two names."""
        return [f"{self.first} {self.last}", f"{self.last}, {self.first}".upper(), *self.found_by]

    @property
    def called_by_ats(self) -> str:
        """The name we use for a person whose family name the ATS knows: all first names, and never an initial alone."""
        if self.call.startswith(f"{self.first} "):
            return full_name(self.first, self.last)
        return self.first.partition(" (")[0] if self.first.startswith(self.call) else self.call

    @property
    def cell(self) -> str:
        return self.csv or self.first

    @property
    def spellings(self) -> list[str]:
        return [self.kept, self.kept.upper(), *self.found_by]


@dataclass(frozen=True)
class Address:
    typed: str
    stored: str = ""
    envelope: str = ""
    same_as: str = ""
    not_same_as: str = ""
    csv: str = ""
    refused: str = ""

    @property
    def kept(self) -> str:
        return self.stored or self.typed

    @property
    def carried(self) -> str:
        """The address in SMTP: its domain is always in lowercase."""
        local, _at, domain = (self.envelope or self.kept).rpartition("@")
        return f"{local}@{domain.lower()}"


@dataclass(frozen=True)
class Phone:
    typed: str
    country: str | None = None
    e164: str = ""
    shown: str = ""
    refused: str = ""
    kept: bool = False


@dataclass(frozen=True)
class Tags:
    one: str
    other: str
    same: bool


def _read(kind: type[Item], name: str) -> list[Item]:
    rows: list[dict[str, Any]] = tomllib.loads((FOLDER / f"{name}.toml").read_text())[name]
    return [kind(**row) for row in rows]


NAMES = _read(Name, "names")
ADDRESSES = _read(Address, "addresses")
PHONES = _read(Phone, "phones")
TAGS = _read(Tags, "tags")
KEPT_NAMES = [name for name in NAMES if not name.refused]
KEPT_ADDRESSES = [address for address in ADDRESSES if not address.refused]


def some(items: Sequence[Item], *, part: int = EVERY, whole: int = 1) -> list[Item]:
    """Every twelfth in `make test`, or fewer. A test that is `in_full` has more in `make test-slow`."""
    return list(items[::whole] if in_full() else items[::part])
