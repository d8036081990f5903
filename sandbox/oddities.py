"""Undocumented responses for the switches of the group "odd" and for ``id_case``.

Adds elements with missing or misnamed parts to each list; the correct elements stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.switches import Switches

ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
ID_IN_NOTE = re.compile(r"(?<=#\[CANDIDATE:)[^\]\s]+(?=\])")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
# The vendor documents no 404 for these.
WITHOUT_404 = {"GET /candidates/{id}", "GET /jobs/{jobId}", "GET /jobs/{jobId}/hiring-team"}
# Switches that affect successful responses, here or in the handlers of single operations.
SHAPING = (
    "time_form",
    "id_case",
    "odd_elements",
    "team_roles",
    "text_field_value",
    "empty_text_field",
    "job_names_process",
)
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Odd:
    """An odd element. ``at``: the place in it where the vendor's document is broken, itself if empty; None: nowhere."""

    element: Any
    at: str | None = ""


@dataclass(frozen=True, order=True)
class Deviation:
    """A place where a response violates the vendor's specification because of a switch.

    ``path``: JSONPath, or "status" where the status itself isn't documented.
    """

    switch: str
    operation: str
    path: str


# No elements of these kinds are documented anywhere.
NO_OBJECTS = [Odd("text"), Odd(7), Odd(True), Odd([]), Odd(None)]

# By operation: elements added to its list.
ELEMENTS: dict[str, list[Odd]] = {
    "GET /jobs": [Odd({"id": UNKNOWN_ID, "status": "SOURCING"})],
    "GET /jobs/{jobId}/hiring-team": [Odd({"role": "RECRUITER"}), Odd({"id": UNKNOWN_ID})],
    "GET /configuration/job-properties": [Odd({"id": UNKNOWN_ID, "label": "No category"}), Odd({"label": "No id"})],
    "GET /configuration/hiring-processes": [Odd({"id": "no-name", "active": True}, None), Odd({"name": "No id"}, None)],
    "GET /configuration/sources": [Odd({"id": "NO_LABEL"})],
    "GET /configuration/sources/{sourceType}/values": [Odd({"label": "No id"})],
    "GET /candidates": [Odd({"firstName": "No id"})],
    "GET /candidates/{id}/jobs/{jobId}/attachments": [Odd({"id": UNKNOWN_ID, "name": "no type.pdf"})],
    "GET /candidates/{id}/jobs/{jobId}/status/history": [
        Odd({"status": "NEW"}, None),
        Odd({"changedOn": "yesterday"}, ".changedOn"),
    ],
    "GET /user-api/v201804/users": [Odd({"email": "no-id@acme.example"})],
    "GET /webhooks-api/v201907/subscriptions": [Odd({"status": "active"})],
    "GET /webhooks-api/v201907/subscriptions/{id}/callbacks-log": [
        Odd({"status": "failed", "timestamp": "2026-01-31T09:00:00.000Z"}),
        Odd({"status": "failed", "timestamp": "2026-01-31T09:00:00.000Z", "requestDetails": "none"}, ".requestDetails"),
    ],
    "GET /messages": [Odd({"visibility": "OPEN"}, None)],
}
# Values of job fields other than the documented object, each on its own field.
VALUES: list[Any] = ["bare text", 7, True, ["a", "b"], {"label": 7}, None]
FIELDS = [
    *NO_OBJECTS,
    Odd({"label": "No id", "value": {"label": "x"}}),
    *(
        Odd(
            {"id": f"odd-{number}", "label": f"Odd {number}", "value": value},
            ".value.label" if isinstance(value, dict) else ".value",
        )
        for number, value in enumerate(VALUES)
    ),
]


def shaped(response: Response, endpoint: str, switches: Switches) -> tuple[Response, list[Deviation]]:
    """The response as the switches shape it, and where that violates the specification. Errors are unchanged."""
    if response.status_code >= 400:
        unknown = response.status_code == 404 and switches.unknown_object == "not_found" and endpoint in WITHOUT_404
        return response, [Deviation("unknown_object", endpoint, "status")] if unknown else []
    if not isinstance(response, JSONResponse):
        empty = endpoint == "POST /messages/shares" and switches.note_answer == "empty"
        return response, [Deviation("note_answer", endpoint, "$")] if empty else []
    if not _is_changed(switches):
        return response, []
    body, found = json.loads(bytes(response.body)), list[tuple[str, str]]()
    if switches.odd_elements:
        found += [("odd_elements", path) for path in _add_odd_elements(body, endpoint)]
    found += _deviations_in_handlers(body, endpoint, switches)
    if switches.time_form == "no_offset":

        def without_offset(text: str, path: str) -> str:
            if not TIME.fullmatch(text):
                return text
            found.append(("time_form", path))
            return text[:-1]

        body = _each_text(body, without_offset)
    if switches.id_case == "upper_in_reads":
        body = _each_text(body, lambda text, _path: text.upper() if ID.fullmatch(text) else text)
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    shown = JSONResponse(body, status_code=response.status_code, headers=headers)
    return shown, [Deviation(switch, endpoint, path) for switch, path in found]


def _is_changed(switches: Switches) -> bool:
    plain = Switches()
    return any(getattr(switches, name) != getattr(plain, name) for name in SHAPING)


def _deviations_in_handlers(body: Any, endpoint: str, switches: Switches) -> list[tuple[str, str]]:
    """Where handlers of single operations have already deviated from the document. Doesn't cover odd elements."""
    first = len(_odd_ones(endpoint)) if switches.odd_elements else 0
    found = []
    if endpoint == "GET /jobs/{jobId}/hiring-team" and switches.team_roles == "missing":
        found += [("team_roles", f"$.content[{n}]") for n in range(first, len(body["content"]))]
    if endpoint == "GET /jobs/{jobId}":
        if switches.job_names_process:
            found.append(("job_names_process", "$.hiringProcess"))
        for number, item in enumerate(body["properties"][first:], start=first):
            if not isinstance(item["value"], dict):
                found.append(("text_field_value", f"$.properties[{number}].value"))
            elif item["value"].get("label", "") is None:
                found.append(("empty_text_field", f"$.properties[{number}].value.label"))
    return found


def as_made(text: str) -> str:
    """A request's id in its original letter case."""
    return text.lower() if ID.fullmatch(text) else text


def as_made_in_note(content: str) -> str:
    return ID_IN_NOTE.sub(lambda match: as_made(match[0]), content)


def _odd_ones(endpoint: str) -> list[Odd]:
    if endpoint == "GET /jobs/{jobId}":
        return FIELDS
    return [*NO_OBJECTS, *ELEMENTS[endpoint]] if endpoint in ELEMENTS else []


def _add_odd_elements(body: Any, endpoint: str) -> list[str]:
    """Prepend the odd elements. Returns where they violate the specification."""
    odd, place = _odd_ones(endpoint), "$"
    if odd:
        name = "properties" if endpoint == "GET /jobs/{jobId}" else "content"
        elements, place = (body, "$") if isinstance(body, list) else (body[name], f"$.{name}")
        elements[:0] = [one.element for one in odd]
    return [f"{place}[{number}]{one.at}" for number, one in enumerate(odd) if one.at is not None]


def _each_text(value: Any, change: Callable[[str, str], str], path: str = "$") -> Any:
    if isinstance(value, dict):
        return {name: _each_text(item, change, f"{path}.{name}") for name, item in value.items()}
    if isinstance(value, list):
        return [_each_text(item, change, f"{path}[{number}]") for number, item in enumerate(value)]
    return change(value, path) if isinstance(value, str) else value
