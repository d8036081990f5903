"""HTTP client for SmartRecruiters' Customer API. Each call returns a parsed response or raises AtsError.

Candidate and job reads answer 401 if the connecting user can't see the object, so a 401 on a fresh token doesn't
trigger another refresh (developers.smartrecruiters.com/docs/error-handling).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import structlog
from django.conf import settings
from django.utils.translation import gettext as _
from requests import Response

from connectors import ats, rates
from connectors.ats_files import NewFile
from connectors.smartrecruiters.answer import Node, malformed, parsed, parsed_or_empty
from connectors.smartrecruiters.errors import not_visible, raise_for, rate_limit
from crosschq.core.web import http

log = structlog.get_logger(__name__)

Params = Mapping[str, str | Sequence[str]]
MAX_PAGES = 1000


@dataclass(frozen=True)
class Operation:
    """An API operation. Any one of `scopes` is enough. An exclusive operation allows one call in flight."""

    method: str
    path: str
    scopes: tuple[str, ...]
    exclusive: bool = False

    @property
    def endpoint(self) -> str:
        return f"{self.method} {self.path}"

    def url(self, ids: Mapping[str, str]) -> str:
        """Return the path. Each id becomes one escaped segment, whatever it contains."""
        return self.path.format_map({name: segment(value) for name, value in ids.items()})


@dataclass(frozen=True)
class _Call:
    operation: Operation
    ids: Mapping[str, str]
    params: Params | None = None
    body: Any = None
    before_send: Callable[[], object] | None = None
    file: NewFile | None = None


class Client:
    def __init__(self, *, api_url: str, tokens: ats.TokenSource, limiter: rates.Limiter | None = None) -> None:
        self.api_url = api_url
        self.tokens = tokens
        self.limiter = limiter

    def ask(
        self,
        operation: Operation,
        ids: Mapping[str, str] | None = None,
        *,
        params: Params | None = None,
        body: Any = None,
    ) -> Node:
        """Make a call that returns JSON."""
        return parsed(self._perform(_Call(operation, ids or {}, params, body)))

    def write(
        self,
        operation: Operation,
        ids: Mapping[str, str] | None = None,
        *,
        body: Any = None,
        before_send: Callable[[], object] | None = None,
    ) -> Node:
        """Make a call whose response body may be empty. before_send: called when it is this call's turn."""
        return parsed_or_empty(self._perform(_Call(operation, ids or {}, body=body, before_send=before_send)))

    def upload(
        self,
        operation: Operation,
        ids: Mapping[str, str],
        *,
        file: NewFile,
        before_send: Callable[[], object] | None = None,
    ) -> Node:
        """Send a file as multipart/form-data. The response body may be empty."""
        return parsed_or_empty(self._perform(_Call(operation, ids, before_send=before_send, file=file)))

    def send(self, operation: Operation, ids: Mapping[str, str]) -> None:
        """Make a call whose response has no body."""
        self._perform(_Call(operation, ids))

    def pages(
        self,
        operation: Operation,
        ids: Mapping[str, str] | None = None,
        *,
        params: Params,
        cursor: str = "pageId",
    ) -> Iterator[Node]:
        """Yield all elements of a list: the response itself, or its `content`.

        developers.smartrecruiters.com/reference/pagination: the next page's id is `nextPageId` in the body, or in the
        query of the `next` Link. We don't follow the Link's URL.
        """
        query, seen = dict(params), set[str]()
        for _page in range(MAX_PAGES):
            answer = self._perform(_Call(operation, ids or {}, query))
            page = parsed(answer)
            yield from page.elements()
            following = _next_page(page, answer, cursor)
            if not following:
                return
            if following in seen:
                break
            seen.add(following)
            query[cursor] = following
        raise malformed("$.nextPageId")

    def _perform(self, call: _Call) -> Response:
        token = self.tokens.current()
        answer = self._send(call, token)
        newer = self.tokens.newer_than(token) if answer.status_code == 401 else None
        if newer is not None:
            answer = self._send(call, newer)
        raise_for(answer, call.operation.scopes)
        return answer

    def _send(self, call: _Call, token: str) -> Response:
        operation, file = call.operation, call.file
        url = self.api_url + operation.url(call.ids)
        turn = self.limiter.slot(operation.endpoint, exclusive=operation.exclusive) if self.limiter else nullcontext()
        try:
            with turn:
                if call.before_send:
                    call.before_send()
                answer = http.call(
                    operation.method,
                    url,
                    headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
                    params=call.params,
                    json=call.body,
                    data={"attachmentType": "GENERIC_FILE"} if file else None,
                    files={"file": (file.name, file.contents, file.content_type)} if file else None,
                    read_seconds=http.READ_SECONDS if operation.method == "GET" else settings.ATS_WRITE_SECONDS,
                )
        except http.Unreachable as error:
            sentence = _("SmartRecruiters can't be reached: %(why)s.") % {"why": error}
            raise ats.Unavailable(sentence, sent=error.sent) from error
        if self.limiter:
            self.limiter.observe(operation.endpoint, rate_limit(answer.headers))
        log.info("ats_call", endpoint=operation.endpoint, status=answer.status_code)
        return answer


def _next_page(page: Node, answer: Response, cursor: str) -> str:
    if isinstance(page.value, dict) and (page_id := page.text("nextPageId", default="", most=None)):
        return page_id
    following = answer.links.get("next", {}).get("url", "")
    try:
        return parse_qs(urlsplit(following).query).get(cursor, [""])[0]
    except ValueError as error:
        raise malformed("$") from error


def segment(value: str) -> str:
    """Escape an id. Raises NotVisible for `.` and `..`, which HTTP libraries resolve even when escaped."""
    try:
        encoded = quote(value, safe="")
    except UnicodeEncodeError as error:
        raise not_visible() from error
    if encoded in ("", ".", ".."):
        raise not_visible()
    return encoded
