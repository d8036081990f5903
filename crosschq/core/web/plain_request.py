"""Read a request in its plainest form, from bytes that arrived together.

The web server reads every request. This reads only those that allow one interpretation, and leaves all others to it:
with a query, chunks, repeated or folded headers, an unusual character, another request behind it, or a part missing.
"""

import http
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

REQUEST_LINE = re.compile(rb"([A-Z]+) (/[-\w./~]*) HTTP/1\.1")
# Without "_", which the web server treats as suspicious, because WSGI can't tell it from "-".
FIELDS = re.compile(rb"(?:\r\n[-A-Za-z0-9]+:[ \t]*[!-~](?:[ -~]*[!-~])?)+")
FIELD = re.compile(r"\r\n([-A-Za-z0-9]+):[ \t]*([^\r]+)")
# A client that sends one of these wants more than an answer to this request.
MEANING_MORE = {"connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
REASONS = {status.value: status.phrase for status in http.HTTPStatus}
LENGTH = re.compile(r"[0-9]{1,6}", re.ASCII)


class Fields(Mapping[str, str]):
    """Headers, whose names may be written in any case."""

    def __init__(self, fields: dict[str, str]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


class PlainRequest(NamedTuple):
    method: str
    path: str
    headers: Fields
    body: bytes


def read(data: bytes) -> PlainRequest | None:
    """Return the request that these bytes are, with its complete body, or None if they could be anything else."""
    line = REQUEST_LINE.match(data)
    if line is None:
        return None
    head = FIELDS.match(data, line.end())
    if head is None or not data.startswith(b"\r\n\r\n", head.end()):
        return None
    named = FIELD.findall(head[0].decode("ascii"))
    fields = {name.lower(): value for name, value in named}
    body, length = data[head.end() + 4 :], fields.get("content-length", "0")
    if len(fields) != len(named) or not MEANING_MORE.isdisjoint(fields):
        return None
    if not LENGTH.fullmatch(length) or int(length) != len(body):
        return None
    return PlainRequest(line[1].decode("ascii"), line[2].decode("ascii"), Fields(fields), body)


def response(status: int, headers: Mapping[str, str]) -> bytes:
    """Return a response without a body. The headers' values must be printable ASCII."""
    lines = [f"HTTP/1.1 {status} {REASONS[status]}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("ascii")
