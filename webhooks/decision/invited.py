"""Records outside the database which applications were invited, because a restored backup may lack the request."""

from datetime import timedelta

from django.utils.translation import gettext as _

from connectors import ats
from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.restore import sent_ledger
from crosschq.core.security.pseudonyms import pseudonym
from crosschq.core.text.dates import datetime_text

INVITED = "invited"
LOOKED_BACK = timedelta(days=35)


def remember(connection: Connection, application: ats.Application) -> None:
    """Record that the candidate was invited, once the transaction has committed."""
    sent_ledger.note(INVITED, _key(connection, application))


def evidence(connection: Connection, application: ats.Application) -> dict[str, str]:
    """Return values for the event if the candidate was already invited for this job; otherwise empty."""
    key = _key(connection, application)
    at = sent_ledger.find(INVITED, [key], since=clock.now() - LOOKED_BACK).get(key)
    if at is None:
        return {}
    return {
        "invited": _("We invited them on %(when)s. A restored backup lost that request.") % {"when": datetime_text(at)}
    }


def _key(connection: Connection, application: ats.Application) -> str:
    # Merged profiles have another id, so the application's own counts if there is one.
    one = application.application_id or f"{application.candidate_id}:{application.job_id}"
    return pseudonym(f"{connection.uid}:{one}", purpose="invited").hex()
