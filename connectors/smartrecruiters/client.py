"""HTTP to SmartRecruiters' Customer API: one call in, parsed JSON or an AtsError out.

developers.smartrecruiters.com/docs/error-handling: 401 is also what candidate and job reads answer when the
connecting user may not see the object, so a 401 on a token that is new is no reason to refresh again.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from django.utils.translation import gettext as _
from requests import Response

from connectors import ats
from crosschq.core import http

log = structlog.get_logger(__name__)


class Client:
    def __init__(self, *, api_url: str, tokens: ats.TokenSource) -> None:
        self.api_url = api_url
        self.tokens = tokens

    def get(self, path: str, *, scope: str, params: Mapping[str, str] | None = None) -> Any:
        return _json(self._call("GET", path, scope=scope, params=params))

    def post(self, path: str, *, scope: str, body: Any = None) -> Any:
        return _json(self._call("POST", path, scope=scope, body=body))

    def put(self, path: str, *, scope: str) -> None:
        self._call("PUT", path, scope=scope)

    def delete(self, path: str, *, scope: str) -> None:
        self._call("DELETE", path, scope=scope)

    def pages(self, path: str, *, scope: str, params: Mapping[str, str]) -> list[Any]:
        """All items of a list that pages by `nextPageId` in the body."""
        items: list[Any] = []
        query = dict(params)
        while True:
            page = self.get(path, scope=scope, params=query)
            items += listed(page, "content")
            following = page.get("nextPageId")
            if not following or following == query.get("pageId"):
                return items
            query["pageId"] = str(following)

    def _call(
        self, method: str, path: str, *, scope: str, params: Mapping[str, str] | None = None, body: Any = None
    ) -> Response:
        token = self.tokens.current()
        answer = self._send(method, path, token, params, body)
        if answer.status_code == 401:
            newer = self.tokens.newer_than(token)
            if newer is None:
                raise ats.NotVisible(_("SmartRecruiters does not show this to the connecting user, or it is gone."))
            answer = self._send(method, path, newer, params, body)
        _raise_for(answer, scope=scope)
        return answer

    def _send(self, method: str, path: str, token: str, params: Mapping[str, str] | None, body: Any) -> Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        patience = http.READ_SECONDS if method == "GET" else http.WRITE_SECONDS
        try:
            answer = http.call(
                method, self.api_url + path, headers=headers, params=params, json=body, read_seconds=patience
            )
        except http.Unreachable as error:
            raise ats.Unavailable(
                _("SmartRecruiters cannot be reached: %(why)s.") % {"why": error}, sent=error.sent
            ) from error
        log.info("ats_call", method=method, status=answer.status_code)
        return answer


def _raise_for(answer: Response, *, scope: str) -> None:
    status = answer.status_code
    if 200 <= status < 300:
        return
    code = _error_code(answer)
    if status in (401, 404):
        raise ats.NotVisible(_("SmartRecruiters does not show this to the connecting user, or it is gone."))
    if status == 403:
        sentence = _("SmartRecruiters did not permit this. It takes the permission “%(scope)s”.") % {"scope": scope}
        raise ats.Forbidden(sentence, scope=scope)
    if status == 409:
        raise ats.Conflict(_("SmartRecruiters says that it is so already."))
    if status == 429:
        raise ats.RateLimited(_("SmartRecruiters asked us to slow down."))
    if status >= 500 or status < 400:
        raise ats.Unavailable(_("SmartRecruiters is busy or down."))
    raise ats.Refused(_("SmartRecruiters refused this: %(code)s.") % {"code": code or status}, code=code)


def _error_code(answer: Response) -> str:
    """The first code of `{"errors": [{"code": …}]}`, the shape of most error bodies."""
    try:
        errors = answer.json()["errors"]
        return str(errors[0]["code"])[:80]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""


def _json(answer: Response) -> Any:
    try:
        parsed = answer.json()
    except (ValueError, RecursionError) as error:
        raise ats.Malformed(_("SmartRecruiters' answer is not JSON.")) from error
    if not isinstance(parsed, dict | list):
        raise malformed("$")
    return parsed


def malformed(path: str) -> ats.Malformed:
    return ats.Malformed(_("SmartRecruiters' answer lacks “%(path)s”.") % {"path": path})


def text(item: Any, key: str, *, required: bool = True) -> str:
    """A string of the answer; a missing or odd one names its place."""
    value = item.get(key) if isinstance(item, dict) else None
    if isinstance(value, str) and (value or not required):
        # PostgreSQL holds neither NUL nor lone surrogates, and JSON may carry both.
        return value.replace("\x00", "").encode("utf-8", "ignore").decode()
    if value is None and not required:
        return ""
    raise malformed(key)


def listed(item: Any, key: str) -> list[Any]:
    value = item.get(key) if isinstance(item, dict) else None
    if not isinstance(value, list):
        raise malformed(key)
    return value
