"""What SmartRecruiters could not tell us: read from its log of failed deliveries, and from who stands at the step.

Both feed the intake that deliveries go through, under the event's own id, so that nothing is handled twice.
"""

from datetime import datetime, timedelta

from connectors import ats, hooks, learned
from connectors.models import Connection, Subscription
from crosschq.core import clock
from crosschq.organizations.tenancy import tenant
from requests_app.start import blocking, of_application

from .models import InboundEvent
from .receive import FOUND, store

LOG_KEPT = timedelta(days=29)  # the vendor keeps 30, and refuses an older `after`
OVERLAP = timedelta(hours=1)  # clocks differ, and a delivery may fail while the log is read


def from_log(connection: Connection, opened: ats.Ats) -> None:
    """Bring the subscription back to life if it was suspended, and take in what could not be delivered."""
    subscription = hooks.keep(connection, opened)
    learned.note_webhook(connection, "active")
    began = clock.now()
    read_from = max((subscription.log_read_at or subscription.created_at) - OVERLAP, began - LOG_KEPT)
    for callback in opened.failed_callbacks(subscription.vendor_id, after=read_from):
        store(
            connection=connection,
            event_id=callback.event_id,
            event_name=callback.event_name,
            event_version=callback.event_version,
            body=callback.body.encode(errors="replace"),
            happened_at=callback.at,
        )
    with tenant(connection.organization):
        Subscription.objects.filter(pk=subscription.pk).update(log_read_at=began)


def from_step(connection: Connection, opened: ats.Ats, *, since: datetime | None) -> None:
    """Take in who stands at the step and was not heard of since the switch was turned on.

    `since`: when it was done last. The first time after the switch went on everybody is taken in, so that those who
    stood there before can be looked through (see review.py); decide.py tells them by their history.
    """
    on_since = connection.requests_on_since
    if not (connection.requests_on and on_since) or connection.paused_at:
        return
    first = since is None or since < on_since
    after = None if first or since is None else max(since - OVERLAP, on_since)
    for found in opened.at_step(connection.step_name, updated_after=after):
        for job_id in found.job_ids:
            if not _heard_of(connection, found.id, job_id) and not (first and _asked(connection, found.id, job_id)):
                # One for each time that the switch is turned on, however often the step is read.
                event_id = f"step:{found.id}:{job_id}:{on_since:%Y%m%d%H%M%S}"
                store(connection=connection, event_id=event_id, event_name=FOUND, ids=(found.id, job_id))


def _asked(connection: Connection, candidate_id: str, job_id: str) -> bool:
    with tenant(connection.organization):
        return blocking(of_application(connection, candidate_id, job_id)) is not None


def _heard_of(connection: Connection, candidate_id: str, job_id: str) -> bool:
    with tenant(connection.organization):
        return bool(
            InboundEvent.objects.filter(
                connection=connection,
                candidate_id=candidate_id,
                job_id=job_id,
                created_at__gte=connection.requests_on_since,
            ).exists()
        )
