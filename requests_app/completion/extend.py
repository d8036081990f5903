"""More time for a request: a later due date, and links that last until then."""

from datetime import datetime

from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.security import secret_links
from requests_app import timeline
from requests_app.lifecycle import RequestMovedOn, locked
from requests_app.models import ASKED_STATES, Reference, ReferenceRequest
from requests_app.notifications import send
from requests_app.reminders import plan
from requests_app.start.start import end_of_day
from requests_app.text import day

DAYS = (3, 7, 14)


def later_due(reference_request: ReferenceRequest, days: int) -> datetime:
    """This many days after the due date, or after today if the due date has passed."""
    return end_of_day(max(clock.now(), reference_request.due_at), days, reference_request.organization.time_zone)


def extend(reference_request: ReferenceRequest, *, days: int, due_before: datetime, actor: str) -> ReferenceRequest:
    """Move the due date and the last day. People who haven't answered get a reminder with the new date.

    Raises RequestMovedOn if the request has ended, or its due date is no longer `due_before` (a double click).
    """
    reference_request = locked(reference_request)
    if not reference_request.is_open or reference_request.due_at != due_before:
        raise RequestMovedOn
    due_at = later_due(reference_request, days)
    closes_at = reference_request.closes_at + (due_at - reference_request.due_at)
    ReferenceRequest.objects.filter(pk=reference_request.pk).update(
        due_at=due_at, closes_at=closes_at, due_notified_at=None
    )
    reference_request.due_at, reference_request.closes_at, reference_request.due_notified_at = due_at, closes_at, None
    sentence = _("%(actor)s extended the due date to %(day)s") % {
        "actor": actor,
        "day": day(due_at, reference_request.organization.time_zone, with_year=True),
    }
    timeline.note(reference_request, sentence)
    secret_links.extend(subject=reference_request.uid, purpose=send.CANDIDATE, until=closes_at)
    references = list(Reference.objects.filter(reference_request=reference_request, state__in=ASKED_STATES))
    for reference in references:
        secret_links.extend(subject=reference.uid, purpose=send.REFERENCE, until=closes_at)
    for person in [None, *references]:
        if plan.is_waited_for(reference_request, person):
            plan.schedule_now(reference_request, person, actor=actor)
    return reference_request
