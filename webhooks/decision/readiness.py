"""Whether a connection can send anything at all now, and if not, why: the same words wherever somebody would send."""

from django.utils.translation import gettext as _

from connectors.models import Connection, ConnectionState


def may_send(connection: Connection) -> bool:
    return connection.state == ConnectionState.CONNECTED and connection.requests_on and connection.paused_at is None


def why_not(connection: Connection) -> str:
    """A sentence for people; empty if it can send."""
    if connection.state == ConnectionState.NOT_CONNECTED:
        return _("SmartRecruiters is disconnected.")
    if connection.state == ConnectionState.NEEDS_SIGN_IN:
        return _("SmartRecruiters needs a new sign-in.")
    if connection.paused_at:
        return _("The connector is paused.")
    return "" if connection.requests_on else _("“Make Candidate Requests from SmartRecruiters” is off.")
