"""Reading an answer of SmartRecruiters: what is missing or odd is named by its place (JSONPath, RFC 9535)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from requests import Response

from connectors import ats


@dataclass(frozen=True)
class Node:
    """A value of an answer and where it stands. Every reader raises Malformed where the value is not of its kind."""

    value: Any
    path: str = "$"

    def has(self, key: str) -> bool:
        return self._get(key) is not None

    def text(self, key: str, *, default: str | None = None) -> str:
        """A string. Without a default it has to be there and not be empty."""
        value = self._get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, str) and (value or default is not None):
            return _storable(value)
        raise malformed(self._place(key))

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._get(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        raise malformed(self._place(key))

    def number(self, key: str) -> int:
        value = self._get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise malformed(self._place(key))

    def moment(self, key: str) -> datetime:
        """A time with its offset from UTC (RFC 3339)."""
        try:
            moment = datetime.fromisoformat(self.text(key))
        except ValueError as error:
            raise malformed(self._place(key)) from error
        if moment.tzinfo is None:
            raise malformed(self._place(key))
        return moment

    def part(self, key: str, *, required: bool = False) -> "Node":
        """The object under a key; an empty one where it is missing and not required."""
        value = self._get(key)
        if value is None and not required:
            return Node({}, self._place(key))
        if isinstance(value, dict):
            return Node(value, self._place(key))
        raise malformed(self._place(key))

    def each(self, key: str, *, required: bool = True) -> list["Node"]:
        """The objects of the list under a key; none where it is missing and not required."""
        value = self._get(key)
        if value is None and not required:
            return []
        return Node(value, self._place(key)).items()

    def texts(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """The strings of the list under a key."""
        found = self.each(key, required=required)
        for item in found:
            if not isinstance(item.value, str):
                raise malformed(item.path)
        return tuple(_storable(item.value) for item in found)

    def items(self) -> list["Node"]:
        """What the list that this is holds."""
        if not isinstance(self.value, list):
            raise malformed(self.path)
        return [Node(value, f"{self.path}[{index}]") for index, value in enumerate(self.value)]

    def headers(self, key: str) -> Mapping[str, str]:
        """The texts of the object under a key, found by names in lower case."""
        values = self.part(key, required=True).value
        return {str(name).lower(): _storable(value) for name, value in values.items() if isinstance(value, str)}

    def same(self, key: str, asked: str) -> None:
        """Refuse an answer about another object than the one that was asked for."""
        if self.text(key) != _storable(asked):
            raise malformed(self._place(key))

    def _get(self, key: str) -> Any:
        if not isinstance(self.value, dict):
            raise malformed(self.path)
        return self.value.get(key)

    def _place(self, key: str) -> str:
        return f"{self.path}.{key}"


def parsed(answer: Response) -> Node:
    try:
        value = answer.json()
    except (ValueError, RecursionError) as error:
        raise malformed("$") from error
    if not isinstance(value, dict | list):
        raise malformed("$")
    return Node(value)


def malformed(path: str) -> ats.Malformed:
    return ats.Malformed(_("SmartRecruiters' answer has nothing usable at “%(path)s”.") % {"path": path}, path=path)


def _storable(text: str) -> str:
    """PostgreSQL holds neither NUL nor lone surrogates, and JSON may carry both."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()
