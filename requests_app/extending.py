"""More time for a request: a later due date, and links that last as long."""

from datetime import datetime

from django.utils.translation import gettext as _

from crosschq.core import clock, links

from . import posting, reminders, timeline
from .lifecycle import NotNow, locked
from .models import ASKED_STATES, Reference, ReferenceRequest
from .start import end_of_day
from .wording import day

DAYS = (3, 7, 14)


def later_due(job: ReferenceRequest, days: int) -> datetime:
    """So many days after the due date, or after today where that has passed."""
    return end_of_day(max(clock.now(), job.due_at), days, job.organization.time_zone)


def extend(job: ReferenceRequest, *, days: int, due_before: datetime, actor: str) -> ReferenceRequest:
    """Move the due date and the last day alike. Whoever is waited for gets a reminder with the new date.

    Raises NotNow where the request has ended, or its due date is not `due_before` anymore: a second press.
    """
    job = locked(job.uid)
    if not job.is_open or job.due_at != due_before:
        raise NotNow
    due_at = later_due(job, days)
    closes_at = job.closes_at + (due_at - job.due_at)
    ReferenceRequest.objects.filter(pk=job.pk).update(due_at=due_at, closes_at=closes_at, due_told_at=None)
    job.due_at, job.closes_at, job.due_told_at = due_at, closes_at, None
    sentence = _("%(actor)s extended the due date to %(day)s") % {
        "actor": actor,
        "day": day(due_at, job.organization.time_zone, with_year=True),
    }
    timeline.note(job, sentence)
    links.extend(subject=job.uid, purpose=posting.CANDIDATE, until=closes_at)
    references = list(Reference.objects.filter(request=job, state__in=ASKED_STATES))
    for reference in references:
        links.extend(subject=reference.uid, purpose=posting.REFERENCE, until=closes_at)
    for person in [None, *references]:
        if reminders.is_waited_for(job, person):
            reminders.put(job, person, actor=actor)
    return job
