"""Whether a connection can send requests now, and if not, why. Every page that sends uses these sentences."""

from django.utils.translation import gettext as _

from connectors.models import Connection, ConnectionState


def may_send(connection: Connection) -> bool:
    return connection.state == ConnectionState.CONNECTED and connection.requests_on and connection.paused_at is None


def blocked_reason(connection: Connection) -> str:
    """Return a sentence for the interface; empty if the connection can send."""
    ats_name = {"ats": connection.ats_name}
    if connection.state == ConnectionState.NOT_CONNECTED:
        return _("%(ats)s is disconnected.") % ats_name
    if connection.state == ConnectionState.NEEDS_SIGN_IN:
        return _("%(ats)s needs a new sign-in.") % ats_name
    if connection.paused_at:
        return _("The connector is paused.")
    return "" if connection.requests_on else _("“Make Candidate Requests from %(ats)s” is off.") % ats_name
