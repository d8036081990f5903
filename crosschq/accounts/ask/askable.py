"""The acts that a page asks someone else to do: who can do each, and the page where they do it.

Templates name an act with the tag `ask`. A test checks that the one who is named finds the control there.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crosschq.tenancy.models import Role


@dataclass(frozen=True)
class AskableAct:
    """role: who can do it. page and control: URL names, of the page that the email links to and of the act itself.

    sentence: what the page says. wish: what the email says they were asked to do.
    """

    role: Role
    sentence: Promise
    wish: Promise
    page: str
    control: str


ACTS = {
    "create_template": AskableAct(
        Role.ADMIN,
        _("Only an admin can create a template."),
        _("create a template"),
        "templates:new",
        "templates:new",
    ),
    "create_survey": AskableAct(
        Role.ADMIN, _("Only an admin can create a survey."), _("create a survey"), "surveys:new", "surveys:new"
    ),
    "change_role": AskableAct(
        Role.ADMIN, _("An admin can change your role."), _("change their role"), "members:role", "members:role"
    ),
    "change_connection": AskableAct(
        Role.ADMIN,
        _("Only an admin can change this connection."),
        _("check the connection and change it if needed"),
        "connectors:manage",
        "connectors:check",
    ),
    "turn_on": AskableAct(
        Role.ADMIN,
        _("Only an admin can turn requests on."),
        _("turn requests on and send this one"),
        "events:detail",
        "events:turn_on",
    ),
    "resume": AskableAct(
        Role.ADMIN,
        _("Only an admin can resume the connector."),
        _("resume the connector and send this request"),
        "events:detail",
        "events:resume",
    ),
    "restore": AskableAct(
        Role.ADMIN,
        _("Only an admin can restore the template."),
        _("restore the template and send this request"),
        "events:detail",
        "events:restore",
    ),
    "review_held": AskableAct(
        Role.RECRUITER,
        _("A recruiter or an admin with an account has to confirm this move."),
        _("confirm moves that are on hold"),
        "events:flood",
        "events:flood",
    ),
    "decide_held": AskableAct(
        Role.RECRUITER,
        _("Only a recruiter or an admin can decide."),
        _("decide about messages that are on hold after a restore"),
        "restored:held",
        "restored:decide",
    ),
}
