"""What an answer that is no success means: one of the port's errors, with a sentence for the admin.

developers.smartrecruiters.com/docs/error-handling: the body is `{"errors": [{"code", "message"}], "message"}`. The
vendor's messages are not shown: they are untranslated and may name people.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from requests import Response

from connectors import ats, rates
from crosschq.core import clock

# A scope and the line that the consent page shows for it.
CONSENT_LINES = {
    "candidates_read": "Access Candidates",
    "candidates_create": "Create Candidates",
    "candidates_manage": "Manage Candidate Status and Properties",
    "jobs_read": "Access Jobs",
    "configuration_read": "Access Company Settings",
    "messages_write": "Message Users",
    "messages_read": "Access Messages",
    "users_read": "Access Users",
    "user_me_read": "Access information about my user",
    "webhooks_manage": "View, create and delete webhook subscriptions",
}
# What a scope is for, where the role of the connecting user does not allow it.
ROLE_LACKS = {
    "candidates_read": _("SmartRecruiters does not let us read candidates."),
    "candidates_create": _("SmartRecruiters does not let us add candidates."),
    "candidates_manage": _("SmartRecruiters does not let us change candidates."),
    "jobs_read": _("SmartRecruiters does not let us read jobs."),
    "configuration_read": _("SmartRecruiters does not let us read its settings."),
    "messages_write": _("SmartRecruiters does not let us write notes."),
    "messages_read": _("SmartRecruiters does not let us read notes."),
    "users_read": _("SmartRecruiters does not let us read its users."),
    "user_me_read": _("SmartRecruiters does not let us read who connected."),
    "webhooks_manage": _("SmartRecruiters does not let us subscribe to moves."),
}
NO_SCOPE = "OAuthPermissionsException"
NO_FEATURE = "No access to feature"
NOT_VISIBLE = {"NO_ACCESS_TO_CANDIDATE", "NO_ACCESS_TO_JOB", "CANDIDATE_NOT_FOUND", "JOB_NOT_FOUND"}
NO_SOURCE = _("SmartRecruiters no longer knows the source that was chosen.")
OF_SOURCES = {
    **dict.fromkeys(("SOURCE_NOT_FOUND", "SOURCE_TYPE_NOT_FOUND", "INVALID_SOURCE_ID"), NO_SOURCE),
    "SUBTYPE_REQUIRED": _("SmartRecruiters has several sources like the one that was chosen. Choose it again."),
}
CONFLICTS = {
    "CANDIDATE_DATA_CONFLICT": _("SmartRecruiters has another candidate with this e-mail address and last name."),
    "FILE_ALREADY_EXIST": _("SmartRecruiters has this file already."),
}
REFUSALS = {
    "SUBSCRIPTIONS_LIMIT_EXCEEDED": _("SmartRecruiters allows this user no further webhook subscription."),
    "SECRET_KEYS_LIMIT_EXCEEDED": _("SmartRecruiters allows this subscription no further key for now."),
    "ATTACHMENT_LIMIT_EXCEEDED": _("SmartRecruiters takes no further file for this candidate."),
    "INVALID_FILE": _("SmartRecruiters does not take this file."),
}
RATE_WINDOW_SECONDS = 1.0


def raise_for(answer: Response, scopes: tuple[str, ...]) -> None:
    """Return for a success. `scopes` are the operation's, of which any one is enough."""
    status = answer.status_code
    if 200 <= status < 300:
        return
    code, message = _said(answer)
    if status == 429:
        sentence = gettext("SmartRecruiters asked us to slow down.")
        raise ats.RateLimited(sentence, code=code, seconds=_seconds_to_wait(answer.headers))
    if status >= 500 or status < 400 or status == 408:
        raise ats.Unavailable(gettext("SmartRecruiters is busy or down."), code=code)
    if code in OF_SOURCES:
        raise ats.SourceRefused(str(OF_SOURCES[code]), code=code)
    if code in REFUSALS:
        raise ats.AtsRefused(str(REFUSALS[code]), code=code)
    if code in CONFLICTS or status == 409:
        raise ats.Conflict(str(CONFLICTS.get(code, _("SmartRecruiters says that it is so already."))), code=code)
    if code in NOT_VISIBLE or status in (401, 404):
        raise not_visible(code)
    if status == 403:
        raise _forbidden(code, message, scopes)
    if status == 424:
        sentence = gettext("SmartRecruiters could not reach us to confirm the subscription.")
        raise ats.AtsRefused(sentence, code=code, permanent=False)
    raise ats.AtsRefused(gettext("SmartRecruiters refused this: %(code)s.") % {"code": code or status}, code=code)


def not_visible(code: str = "") -> ats.NotVisible:
    return ats.NotVisible(
        gettext("SmartRecruiters does not show this to the connecting user, or it is gone."), code=code
    )


def rate_headers(headers: Mapping[str, str]) -> rates.RateHeaders:
    """developers.smartrecruiters.com/docs/rate-limiting: four headers on every answer."""
    return rates.RateHeaders(
        limit=_count(headers.get("X-RateLimit-Limit")),
        remaining=_count(headers.get("X-RateLimit-Remaining")),
        concurrent_limit=_count(headers.get("X-RateLimit-Concurrent-Limit")),
        concurrent_remaining=_count(headers.get("X-RateLimit-Concurrent-Remaining")),
    )


def _forbidden(code: str, message: str, scopes: tuple[str, ...]) -> ats.Forbidden:
    scope = next((scope for scope in scopes if scope in CONSENT_LINES), "")
    needed = {"permission": CONSENT_LINES.get(scope, "")}
    if NO_FEATURE in message:
        sentence = gettext("The company's SmartRecruiters plan does not include the Customer API.")
    elif NO_SCOPE in (code, message.partition(":")[0]):
        sentence = gettext("The connection lacks the permission “%(permission)s”. Connect again to allow it.") % needed
    else:
        lacks = str(ROLE_LACKS.get(scope, gettext("SmartRecruiters does not let us do this.")))
        takes = gettext("It takes “%(permission)s” and a user whose role includes it.") % needed
        sentence = f"{lacks} {takes}" if scope else lacks
    return ats.Forbidden(sentence, scope=" or ".join(scopes), code=code)


def _said(answer: Response) -> tuple[str, str]:
    """The first code and the message of an error body; empty where it has none."""
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return "", ""
    errors = body.get("errors") if isinstance(body, dict) else None
    first: Any = errors[0] if isinstance(errors, list) and errors else {}
    code = first.get("code") if isinstance(first, dict) else ""
    message = body.get("message") if isinstance(body, dict) else ""
    return (code if isinstance(code, str) else "")[:80], message if isinstance(message, str) else ""


def _seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """Retry-After (RFC 9110, 10.2.3) is not documented and heeded; the rate is counted by the second."""
    told = headers.get("Retry-After", "")
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        return max(0.0, (_aware(parsedate_to_datetime(told)) - clock.now()).total_seconds())
    except (ValueError, IndexError, OverflowError):
        return RATE_WINDOW_SECONDS if rate_headers(headers).remaining == 0 else None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 9 else None
