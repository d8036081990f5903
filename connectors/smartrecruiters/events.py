"""Parses webhook events as defined in the callbacks of the vendor's OpenAPI document. Bodies contain only ids."""

import json
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from connectors import ats
from connectors.smartrecruiters.ids import canonical_id

MOVED = "application.status.updated"
JOB_CHANGED = "job.updated"
TEAM_CHANGED = "job.hiring-team.updated"
CANDIDATE_DELETED = "candidate.deleted"  # also sent for a profile that was merged into another
EVENTS = (MOVED, JOB_CHANGED, TEAM_CHANGED, CANDIDATE_DELETED)
MAX_ID = 100


def parse_event(event_name: str, body: bytes) -> ats.AtsEvent:
    """Parse an event; `other` if we never subscribed to it. Raises Malformed for an unreadable body."""
    if event_name not in EVENTS:
        return ats.AtsEvent(kind="other")
    ids = _parsed(body)
    if event_name == MOVED:
        return ats.AtsEvent(
            kind="moved",
            candidate_id=_id(ids, "candidate_id"),
            job_id=_id(ids, "job_id"),
            application_id=_optional_id(ids, "application_id"),
        )
    if event_name == CANDIDATE_DELETED:
        return ats.AtsEvent(kind="candidate_deleted", candidate_id=_id(ids, "id"))
    kind = "job_changed" if event_name == JOB_CHANGED else "team_changed"
    return ats.AtsEvent(kind=kind, job_id=_id(ids, "id"))


def _parsed(body: bytes) -> Any:
    try:
        # NaN and Infinity aren't JSON (RFC 8259, section 6).
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ats.Malformed(_("it is not JSON"), path="$") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _id(body: Any, name: str) -> str:
    value = body.get(name) if isinstance(body, dict) else None
    if not (isinstance(value, str) and 0 < len(value) <= MAX_ID and value.isascii() and value.isprintable()):
        raise ats.Malformed(_("it lacks “%(name)s”") % {"name": name}, path=f"$.{name}")
    return canonical_id(value)


def _optional_id(body: Any, name: str) -> str:
    try:
        return _id(body, name)
    except ats.Malformed:
        return ""
