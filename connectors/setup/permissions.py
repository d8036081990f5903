"""What SmartRecruiters asks the admin to allow, in plain words, and what each permission is for."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from connectors.setup.checks import Seen

REQUESTS = _("Make Candidate Requests from SmartRecruiters")
CONNECTION = _("The connection itself")
CHECKLIST_AND_EXPORT = _("The setup checklist, and the export of prospects")
EXPORT = _("The export of prospects")


@dataclass(frozen=True)
class Permission:
    """`line` is how the consent page words the scope. `question`: what of a check tells that it is there."""

    scope: str
    line: Promise
    purpose: Promise
    needed_by: Promise
    question: str = ""


PERMISSIONS = (
    Permission(
        "candidates_read",
        _("Access Candidates"),
        _("See who was moved to the step, and their name and e-mail address"),
        REQUESTS,
        "candidates",
    ),
    Permission("jobs_read", _("Access Jobs"), _("Read the job's tag and its hiring team"), REQUESTS, "jobs"),
    Permission("users_read", _("Access Users"), _("Learn whom a request is for"), REQUESTS, "people"),
    Permission("messages_write", _("Message Users"), _("Write the report's link into the candidate's notes"), REQUESTS),
    Permission("messages_read", _("Access Messages"), _("Write that note once and not twice"), REQUESTS),
    Permission(
        "webhooks_manage",
        _("View, create and delete webhook subscriptions"),
        _("Hear of moves"),
        REQUESTS,
        "webhook",
    ),
    Permission("user_me_read", _("Access information about my user"), _("Show who connected"), CONNECTION, "me"),
    Permission(
        "configuration_read",
        _("Access Company Settings"),
        _("Look up the job field, the hiring steps and the sources of candidates by their names"),
        CHECKLIST_AND_EXPORT,
        "settings",
    ),
    Permission("candidates_create", _("Create Candidates"), _("Add prospects as candidates"), EXPORT),
    Permission(
        "candidates_manage", _("Manage Candidate Status and Properties"), _("Tag the prospects whom we add"), EXPORT
    ),
)


def rows(seen: Seen | None) -> list[tuple[Permission, str]]:
    """Each permission with what the last check saw of it: ok, missing, or empty where it was not tried."""
    return [(permission, _state(permission, seen)) for permission in PERMISSIONS]


def _state(permission: Permission, seen: Seen | None) -> str:
    if seen is None or not permission.question:
        return ""
    if permission.question in seen.forbidden:
        return "missing"
    return "" if permission.question in seen.unread else "ok"
