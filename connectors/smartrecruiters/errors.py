"""Turns error responses into the port's errors, each with a sentence for the admin.

developers.smartrecruiters.com/docs/error-handling: the body is `{"errors": [{"code", "message"}], "message"}`. We
don't show the vendor's messages: they aren't translated and may contain names.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from requests import Response

from connectors import ats
from connectors.smartrecruiters.permissions import PERMISSIONS

NO_SCOPE = "OAuthPermissionsException"
NO_FEATURE = "No access to feature"
NOT_VISIBLE = {"NO_ACCESS_TO_CANDIDATE", "NO_ACCESS_TO_JOB", "CANDIDATE_NOT_FOUND", "JOB_NOT_FOUND"}
UNKNOWN_SOURCE = _("The chosen source no longer exists in SmartRecruiters.")
SOURCE_ERRORS = {
    **dict.fromkeys(("SOURCE_NOT_FOUND", "SOURCE_TYPE_NOT_FOUND", "INVALID_SOURCE_ID"), UNKNOWN_SOURCE),
    "SUBTYPE_REQUIRED": _("SmartRecruiters has several sources with this name. Choose the source again."),
}
CONFLICTS = {
    "CANDIDATE_DATA_CONFLICT": _(
        "SmartRecruiters already has another candidate with this email address and last name."
    ),
}
REFUSALS = {
    "SUBSCRIPTIONS_LIMIT_EXCEEDED": _("This user has reached SmartRecruiters' limit of webhook subscriptions."),
    "SECRET_KEYS_LIMIT_EXCEEDED": _("This webhook subscription has reached SmartRecruiters' limit of signing keys."),
}
# A gateway answered, and the system behind it may still be working: Bad Gateway, Gateway Timeout, Request Timeout.
GATEWAY_STATUSES = (502, 504, 408)
# Codes are shown and logged, so text that isn't one, such as a message with a name, doesn't count as one.
CODE = re.compile(r"[A-Za-z0-9_.-]{1,80}")
BY_SCOPE = {permission.scope: permission for permission in PERMISSIONS}


def raise_for(answer: Response, scopes: tuple[str, ...]) -> None:
    """Return if the response is a success, else raise AtsError. Any one of the operation's `scopes` is enough."""
    status = answer.status_code
    if 200 <= status < 300:
        return
    code, message = _code_and_message(answer)
    if status == 429:
        raise ats.RateLimited(gettext("SmartRecruiters asked us to slow down."), code=code)
    if status >= 500 or status < 400 or status == 408:
        ended = status not in GATEWAY_STATUSES
        raise ats.Unavailable(gettext("SmartRecruiters is busy or down."), code=code, ended=ended)
    if code in SOURCE_ERRORS:
        raise ats.SourceRefused(str(SOURCE_ERRORS[code]), code=code)
    if code in REFUSALS:
        raise ats.AtsRefused(str(REFUSALS[code]), code=code)
    if code in CONFLICTS or status == 409:
        raise ats.Conflict(str(CONFLICTS.get(code, _("SmartRecruiters says this was already done."))), code=code)
    if code in NOT_VISIBLE or status in (401, 404):
        raise not_visible(code)
    if status == 403:
        raise _forbidden(code, message, scopes)
    if status == 424:
        sentence = gettext("SmartRecruiters couldn't reach Crosschq to confirm the webhook subscription.")
        raise ats.AtsRefused(sentence, code=code, permanent=False)
    raise ats.AtsRefused(gettext("SmartRecruiters refused this: %(code)s.") % {"code": code or status}, code=code)


def not_visible(code: str = "") -> ats.NotVisible:
    return ats.NotVisible(
        gettext("This no longer exists in SmartRecruiters, or the connecting user can't see it."), code=code
    )


def rate_limit(headers: Mapping[str, str]) -> int | None:
    """Return the calls per second that the endpoint allows (developers.smartrecruiters.com/docs/rate-limiting)."""
    text = headers.get("X-RateLimit-Limit", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _forbidden(code: str, message: str, scopes: tuple[str, ...]) -> ats.Forbidden:
    permission = next((BY_SCOPE[scope] for scope in scopes if scope in BY_SCOPE), None)
    needed = {"permission": permission.label if permission else ""}
    if NO_FEATURE in message:
        sentence = gettext("The company's SmartRecruiters plan doesn't include the Customer API.")
    elif NO_SCOPE in (code, message.partition(":")[0]):
        sentence = gettext("The connection lacks the permission “%(permission)s”. Reconnect to allow it.") % needed
    else:
        sentence = str(permission.refusal) if permission else gettext("SmartRecruiters doesn't let us do this.")
        if permission:
            sentence += " " + gettext("This needs “%(permission)s” and a user whose role includes it.") % needed
    return ats.Forbidden(sentence, scope=" or ".join(scopes), code=code)


def _code_and_message(answer: Response) -> tuple[str, str]:
    """Return the first error code and the message of an error body, each empty if missing or unusable."""
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return "", ""
    errors = body.get("errors") if isinstance(body, dict) else None
    first: Any = errors[0] if isinstance(errors, list) and errors else {}
    code = first.get("code") if isinstance(first, dict) else ""
    message = body.get("message") if isinstance(body, dict) else ""
    usable = code if isinstance(code, str) and CODE.fullmatch(code) else ""
    return usable, message if isinstance(message, str) else ""
