"""Reads the applications of open requests again, after events about them may have been lost."""

from connectors import ats
from connectors.models import Connection
from crosschq.core import clock
from crosschq.tenancy.scope import tenant
from requests_app.completion import pause
from requests_app.models import OPEN_STATES, ReferenceRequest

# At ten calls a second this takes less than a minute.
MOST = 400


def open_requests(connection: Connection, opened: ats.Ats) -> int:
    """Pause requests whose applications have been turned down. Returns how many were read.

    Reads the newest requests, one call each, and at most 400. Any other request ends on its due date.
    """
    with tenant(connection.organization):
        rows = ReferenceRequest.objects.filter(connection=connection, state__in=OPEN_STATES, due_at__gt=clock.now())
        newest = rows.exclude(ats_candidate_id="").order_by("-created_at", "-pk")
        pairs = list(newest.values_list("ats_candidate_id", "ats_job_id")[:MOST])
    for candidate_id, job_id in pairs:
        try:
            application = opened.application(candidate_id=candidate_id, job_id=job_id)
        except ats.NotVisible:
            continue
        with tenant(connection.organization):
            pause.follow(
                connection, candidate_id, job_id, turned_down=application.turned_down, status=application.status
            )
    return len(pairs)
