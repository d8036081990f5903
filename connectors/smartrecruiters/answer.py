"""Reads SmartRecruiters' responses. Errors name the missing or invalid part by its JSONPath (RFC 9535).

One invalid element must not fail the whole response: `read_each` skips it, and a reader with a default uses the
default.
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
from crosschq.core.text.characters import one_line, storable
from crosschq.core.text.email_addresses import trimmed_address
from crosschq.core.text.lengths import ATS_ID, ATS_TEXT, EMAIL, fitted

log = structlog.get_logger(__name__)
T = TypeVar("T")
PATHS_LOGGED = 5
SPARE = 4  # times as much as is kept: spaces and invisible characters are left out
YEARS = range(1970, 9999)  # later ones overflow in some time zones


@dataclass(frozen=True)
class Node:
    """A value in a response and its path. A reader without a default raises Malformed for an unusable value."""

    value: Any
    path: str = "$"

    def text(self, key: str, *, default: str | None = None, most: int | None = ATS_TEXT) -> str:
        """Return a string on one line, cut with an ellipsis if it is longer than `most`; None for never.

        Without a default it must be non-empty; with one, a number becomes its digits.
        """
        value = self._get(key)
        text = as_text(value, default=default or "", most=most)
        if default is None and not (isinstance(value, str) and text):
            raise malformed(self._path(key))
        return text

    def id(self, key: str = "id", *, default: str | None = None) -> str:
        """Return an id in lowercase. One that is too long to be stored is unusable."""
        found = canonical_id(self.text(key, default=default))
        if len(found) <= ATS_ID:
            return found
        if default is None:
            raise malformed(self._path(key))
        return default

    def email(self, key: str = "email") -> str:
        """Return an email address as it is stored, or else the text, trimmed; empty if there is none.

        Text that is too long to be stored ends in an ellipsis, so that it can't be taken for another address.
        """
        value = self._get(key)
        # Nothing inside may be removed here: that would make it another address.
        text = trimmed_address(value).replace("\x00", "\ufffd") if isinstance(value, str) else ""
        return fitted(text.encode("utf-8", "replace").decode(), EMAIL)

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._get(key)
        return value if isinstance(value, bool) else default

    def number(self, key: str, *, default: int) -> int:
        value = self._get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    def moment(self, key: str) -> datetime:
        """Return a time (RFC 3339). SmartRecruiters uses UTC, so a time without an offset is UTC."""
        text = self.text(key)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise malformed(self._path(key)) from error
        if "T" not in text or moment.year not in YEARS:
            raise malformed(self._path(key))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def moment_or_none(self, key: str) -> datetime | None:
        try:
            return self.moment(key)
        except ats.Malformed:
            return None

    def part(self, key: str, *, required: bool = False) -> "Node":
        """Return the object under a key, or an empty one if it is missing and not required."""
        value = self._get(key)
        if isinstance(value, dict):
            return Node(value, self._path(key))
        if required:
            raise malformed(self._path(key))
        return Node({}, self._path(key))

    def each(self, key: str, *, required: bool = True) -> list["Node"]:
        """Return the elements of the list under a key, or none if it is missing and not required."""
        value = self._get(key)
        if isinstance(value, list) or required:
            return Node(value, self._path(key)).items()
        return []

    def texts(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """Return the strings in the list under a key."""
        found = self.each(key, required=required)
        return tuple(text for item in found if isinstance(item.value, str) and (text := as_text(item.value)))

    def items(self) -> list["Node"]:
        """Return the elements of this list."""
        if not isinstance(self.value, list):
            raise malformed(self.path)
        return [Node(value, f"{self.path}[{index}]") for index, value in enumerate(self.value)]

    def elements(self) -> list["Node"]:
        """Return the elements of a response that is a list or has one in `content`."""
        return self.items() if isinstance(self.value, list) else self.each("content")

    def headers(self, key: str) -> Mapping[str, str]:
        """Return the string values of the object under a key, by lowercase name."""
        values = self.part(key, required=True).value
        return {str(name).lower(): storable(value) for name, value in values.items() if isinstance(value, str)}

    def json(self, key: str) -> str:
        """Return a string, or an object as JSON; empty for anything else."""
        value = self._get(key)
        return json.dumps(value) if isinstance(value, dict) else storable(value) if isinstance(value, str) else ""

    def expect(self, key: str, value: str) -> None:
        """Raise Malformed if the response is about a different object than requested."""
        if self.text(key).casefold() != storable(value).casefold():
            raise malformed(self._path(key))

    def _get(self, key: str) -> Any:
        if not isinstance(self.value, dict):
            raise malformed(self.path)
        return self.value.get(key)

    def _path(self, key: str) -> str:
        return f"{self.path}.{key}"


def as_text(value: Any, *, default: str = "", most: int | None = ATS_TEXT) -> str:
    """Return a string on one line, or a number's digits; the default for anything else.

    Characters that can't be stored, that hide letters, or that reverse their order are left out. A longer text than
    `most` ends in an ellipsis, so that it equals no shorter one.
    """
    if isinstance(value, str):
        text = one_line(storable(value if most is None else value[: most * SPARE]))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        text = str(value)
    else:
        text = default
    return text if most is None else fitted(text, most)


def read_each(elements: Iterable[Node], read: Callable[[Node], T]) -> list[T]:
    """Read each element. Skip unreadable ones and log only their paths, never their values."""
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
    """Parse the response to a write. The status alone confirms it, so the body may be empty."""
    return parsed(answer) if answer.content.strip() else Node({})


def malformed(path: str) -> ats.Malformed:
    return ats.Malformed(_("SmartRecruiters' response has no usable value at “%(path)s”.") % {"path": path}, path=path)
