"""Reading an answer of SmartRecruiters: what is missing or odd is named by its place (JSONPath, RFC 9535).

One odd element must not lose the whole: `read_each` leaves it out, and a reader with a default takes the default.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog
from django.utils.translation import gettext as _
from requests import Response

from connectors import ats
from connectors.smartrecruiters.ids import canonical_id

log = structlog.get_logger(__name__)
T = TypeVar("T")
PATHS_LOGGED = 5
YEARS = range(1970, 9999)  # others overflow in some time zone


@dataclass(frozen=True)
class Node:
    """A value of an answer and where it stands. A reader without a default raises Malformed for an unusable value."""

    value: Any
    path: str = "$"

    def text(self, key: str, *, default: str | None = None) -> str:
        """A string. Without a default it has to be there and not be empty; with one, a number is its digits."""
        value = self._get(key)
        if default is not None:
            return as_text(value, default=default)
        if isinstance(value, str) and (text := _storable(value)):
            return text
        raise malformed(self._place(key))

    def id(self, key: str = "id", *, default: str | None = None) -> str:
        """An id, in one letter case."""
        return canonical_id(self.text(key, default=default))

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._get(key)
        return value if isinstance(value, bool) else default

    def number(self, key: str, *, default: int) -> int:
        value = self._get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    def moment(self, key: str) -> datetime:
        """A time (RFC 3339). SmartRecruiters writes UTC, so one without an offset is of UTC."""
        text = self.text(key)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise malformed(self._place(key)) from error
        if "T" not in text or moment.year not in YEARS:
            raise malformed(self._place(key))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def moment_or_none(self, key: str) -> datetime | None:
        try:
            return self.moment(key)
        except ats.Malformed:
            return None

    def part(self, key: str, *, required: bool = False) -> "Node":
        """The object under a key; an empty one where there is none and it is not required."""
        value = self._get(key)
        if isinstance(value, dict):
            return Node(value, self._place(key))
        if required:
            raise malformed(self._place(key))
        return Node({}, self._place(key))

    def each(self, key: str, *, required: bool = True) -> list["Node"]:
        """The elements of the list under a key; none where there is no list and it is not required."""
        value = self._get(key)
        if isinstance(value, list) or required:
            return Node(value, self._place(key)).items()
        return []

    def texts(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """The strings of the list under a key."""
        found = self.each(key, required=required)
        return tuple(_storable(item.value) for item in found if isinstance(item.value, str))

    def items(self) -> list["Node"]:
        """What the list that this is holds."""
        if not isinstance(self.value, list):
            raise malformed(self.path)
        return [Node(value, f"{self.path}[{index}]") for index, value in enumerate(self.value)]

    def elements(self) -> list["Node"]:
        """The elements of an answer that is a list, or that has one as its `content`."""
        return self.items() if isinstance(self.value, list) else self.each("content")

    def headers(self, key: str) -> Mapping[str, str]:
        """The texts of the object under a key, found by names in lower case."""
        values = self.part(key, required=True).value
        return {str(name).lower(): _storable(value) for name, value in values.items() if isinstance(value, str)}

    def json(self, key: str) -> str:
        """A text, or the JSON of an object in place of it; empty for anything else."""
        value = self._get(key)
        return json.dumps(value) if isinstance(value, dict) else as_text(value)

    def same(self, key: str, asked: str) -> None:
        """Refuse an answer about another object than the one that was asked for."""
        if self.text(key).casefold() != _storable(asked).casefold():
            raise malformed(self._place(key))

    def _get(self, key: str) -> Any:
        if not isinstance(self.value, dict):
            raise malformed(self.path)
        return self.value.get(key)

    def _place(self, key: str) -> str:
        return f"{self.path}.{key}"


def as_text(value: Any, *, default: str = "") -> str:
    """A string, or the digits of a number; the default for anything else."""
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return default


def read_each(elements: Iterable[Node], read: Callable[[Node], T]) -> list[T]:
    """What the elements say. Those that can't be read are left out, and logged by their places alone."""
    found, skipped = [], []
    for element in elements:
        try:
            found.append(read(element))
        except ats.Malformed as error:
            skipped.append(error.path)
    if skipped:
        log.warning("ats_elements_skipped", count=len(skipped), paths=skipped[:PATHS_LOGGED])
    return found


def parsed(answer: Response) -> Node:
    try:
        value = answer.json()
    except (ValueError, RecursionError) as error:
        raise malformed("$") from error
    if not isinstance(value, dict | list):
        raise malformed("$")
    return Node(value)


def parsed_or_empty(answer: Response) -> Node:
    """The answer to a write, whose success alone says that it was done: its body may be empty."""
    return parsed(answer) if answer.content.strip() else Node({})


def malformed(path: str) -> ats.Malformed:
    return ats.Malformed(_("SmartRecruiters' answer has nothing usable at “%(path)s”.") % {"path": path}, path=path)


def _storable(text: str) -> str:
    """PostgreSQL holds neither NUL nor lone surrogates, and JSON may carry both."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()
