"""Answers as no document has them, for the switches of the group "odd" and for ``id_case``.

Each list gets elements that miss or misname a documented part, beside the right ones: the right ones are still there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.switches import Switches

ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
ID_IN_NOTE = re.compile(r"(?<=#\[CANDIDATE:)[^\]\s]+(?=\])")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
# No elements of these kinds are documented anywhere.
NO_OBJECTS: list[Any] = ["text", 7, True, [], None]

# By operation: what is put into the list that it answers with.
ELEMENTS: dict[str, list[Any]] = {
    "GET /jobs": [{"id": UNKNOWN_ID, "status": "SOURCING"}],
    "GET /jobs/{jobId}/hiring-team": [{"role": "RECRUITER"}, {"id": UNKNOWN_ID}],
    "GET /configuration/job-properties": [{"id": UNKNOWN_ID, "label": "No category"}, {"label": "No id"}],
    "GET /configuration/hiring-processes": [{"id": "no-name", "active": True}, {"name": "No id"}],
    "GET /configuration/sources": [{"id": "NO_LABEL"}],
    "GET /configuration/sources/{sourceType}/values": [{"label": "No id"}],
    "GET /candidates": [{"firstName": "No id"}],
    "GET /candidates/{id}/jobs/{jobId}/attachments": [{"id": UNKNOWN_ID, "name": "no type.pdf"}],
    "GET /candidates/{id}/jobs/{jobId}/status/history": [{"status": "NEW"}, {"changedOn": "yesterday"}],
    "GET /user-api/v201804/users": [{"email": "no-id@acme.example"}],
    "GET /webhooks-api/v201907/subscriptions": [{"status": "active"}],
    "GET /webhooks-api/v201907/subscriptions/{id}/callbacks-log": [
        {"status": "failed", "timestamp": "2026-01-31T09:00:00.000Z"},
        {"status": "failed", "timestamp": "2026-01-31T09:00:00.000Z", "requestDetails": "none"},
    ],
    "GET /messages": [{"visibility": "OPEN"}],
}
# Values of job fields other than the documented object, each on a field of its own.
VALUES: list[Any] = ["bare text", 7, True, ["a", "b"], {"label": 7}, None]


def shaped(response: Response, endpoint: str, switches: Switches) -> Response:
    """The answer as the switches want it. Errors stay as they are."""
    plain = switches.time_form == "utc" and switches.id_case != "upper_in_reads" and not switches.odd_elements
    if plain or not isinstance(response, JSONResponse) or response.status_code >= 400:
        return response
    body = json.loads(bytes(response.body))
    if switches.odd_elements:
        _add_odd_elements(body, endpoint)
    if switches.time_form == "no_offset":
        body = _each_text(body, lambda text: text[:-1] if TIME.fullmatch(text) else text)
    if switches.id_case == "upper_in_reads":
        body = _each_text(body, lambda text: text.upper() if ID.fullmatch(text) else text)
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return JSONResponse(body, status_code=response.status_code, headers=headers)


def as_made(text: str) -> str:
    """An id of a request in the letter case in which it was made."""
    return text.lower() if ID.fullmatch(text) else text


def as_made_in_note(content: str) -> str:
    return ID_IN_NOTE.sub(lambda match: as_made(match[0]), content)


def _add_odd_elements(body: Any, endpoint: str) -> None:
    if endpoint in ELEMENTS:
        content = body if isinstance(body, list) else body["content"]
        content[:0] = [*NO_OBJECTS, *ELEMENTS[endpoint]]
    if endpoint == "GET /jobs/{jobId}":
        odd = [{"id": f"odd-{number}", "label": f"Odd {number}", "value": value} for number, value in enumerate(VALUES)]
        body["properties"][:0] = [*NO_OBJECTS, {"label": "No id", "value": {"label": "x"}}, *odd]


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {name: _each_text(item, change) for name, item in value.items()}
    if isinstance(value, list):
        return [_each_text(item, change) for item in value]
    return change(value) if isinstance(value, str) else value
