"""The only module that speaks HTTP for our own code.

Every call has a time limit, follows no redirect, reads a bounded answer, goes only to hosts that OUTBOUND_HOSTS
allows, and is refused inside a transaction, since a slow peer would hold its locks.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, NewConnectionError

from . import walls

CONNECT_SECONDS = 5
READ_SECONDS = 25
WRITE_SECONDS = 130  # SmartRecruiters advises clients to wait at least 128 s
MAX_ANSWER_BYTES = 2_000_000
CHUNK_BYTES = 64 * 1024


class Unreachable(Exception):
    """No usable answer came. `sent` tells whether the request may have been received."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


class GuardedAdapter(HTTPAdapter):
    """Holds every request of a session, a library's too, to the rules above."""

    def __init__(self, *, read_seconds: float = READ_SECONDS) -> None:
        self.read_seconds = read_seconds
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        _check(request.url or "")
        kwargs["timeout"] = kwargs.get("timeout") or (CONNECT_SECONDS, self.read_seconds)
        kwargs["stream"] = True
        deadline = time.monotonic() + self.read_seconds
        response = super().send(request, *args, **kwargs)
        response._content = _read(response, deadline)  # noqa: SLF001 - as requests itself does when it reads a body
        return response


def guard(session: requests.Session, *, read_seconds: float = READ_SECONDS) -> None:
    """Put a session (for example requests-oauthlib's) under the rules of this module."""
    adapter = GuardedAdapter(read_seconds=read_seconds)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.trust_env = False
    # A redirect is an answer like any other: followed, it could carry our secrets to another address.
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    params: Mapping[str, str | Sequence[str]] | None = None,
    json: Any = None,
    data: Mapping[str, str] | None = None,
    files: Mapping[str, tuple[str, bytes, str]] | None = None,
    read_seconds: float = READ_SECONDS,
) -> requests.Response:
    """One request, any status code. Raises Unreachable when no whole answer came.

    A file is (name, content, content type); with files the body is multipart/form-data, `data` its other fields.
    """
    with requests.Session() as session:
        guard(session, read_seconds=read_seconds)
        try:
            return session.request(
                method, url, headers=headers, params=params, json=json, data=data, files=files, allow_redirects=False
            )
        except requests.ConnectTimeout as error:
            raise Unreachable("it did not answer in time", sent=False) from error
        except requests.ConnectionError as error:
            raise Unreachable("the connection failed", sent=not _never_connected(error)) from error
        except requests.RequestException as error:
            raise Unreachable("its answer did not arrive whole", sent=True) from error


def _check(url: str) -> None:
    if walls.in_transaction():
        raise RuntimeError("a network call inside a transaction")
    parts = urlsplit(url)
    allowed = settings.OUTBOUND_HOSTS
    if allowed and parts.netloc not in allowed and parts.hostname not in allowed:
        raise Unreachable(f"{parts.netloc} is not in OUTBOUND_HOSTS", sent=False)


def _never_connected(error: requests.ConnectionError) -> bool:
    """A refused connection and one that broke later are the same class; only the first is surely unsent."""
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)


def _read(response: requests.Response, deadline: float) -> bytes:
    """The decoded body. requests' own time limit is for one packet: a slow drip would outlive our lease."""
    body = bytearray()
    try:
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise requests.exceptions.ContentDecodingError("the answer is larger than 2 MB")
            if time.monotonic() > deadline:
                raise requests.ReadTimeout("the answer took too long")
    except HTTPError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error
    finally:
        response.close()
    return bytes(body)
