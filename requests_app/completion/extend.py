"""Another due date for a request: links last until then, and reminders are planned again."""

from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.security import secret_links
from crosschq.core.text.time_zones import find_time_zone
from requests_app import timeline
from requests_app.lifecycle import NotPossible, RequestMovedOn, locked
from requests_app.models import ASKED_STATES, Reference, ReferenceRequest
from requests_app.notifications import send
from requests_app.reminders import plan
from requests_app.start.start import end_of_day
from requests_app.text import day

DAYS = (3, 7, 14)
# From today: three times as long as links live and requests stay open. Any later, people no longer know what it's
# about.
MOST_DAYS = 90


def later_due(reference_request: ReferenceRequest, days: int) -> datetime:
    """This many days after the due date, or after today if the due date has passed."""
    return end_of_day(max(clock.now(), reference_request.due_at), days, reference_request.organization.time_zone)


def end_of_day_from_now(reference_request: ReferenceRequest) -> datetime:
    """The due date that a new request would have, in the organization's time zone."""
    days = min(reference_request.version.due_days, MOST_DAYS)
    return end_of_day(clock.now(), days, reference_request.organization.time_zone)


def end_of_date(on: date, time_zone: str) -> datetime:
    """The last second of this day, in this time zone."""
    return datetime.combine(on, time(23, 59, 59), tzinfo=find_time_zone(time_zone))


def possible_dates(reference_request: ReferenceRequest) -> tuple[date, date]:
    """The first and the last day that can be a due date: from today, in the organization's time zone."""
    today = clock.now().astimezone(find_time_zone(reference_request.organization.time_zone)).date()
    return today, today + timedelta(days=MOST_DAYS)


def is_too_late(reference_request: ReferenceRequest, due_at: datetime) -> bool:
    """Whether this due date is after the last possible one."""
    return due_at > end_of_date(possible_dates(reference_request)[1], reference_request.organization.time_zone)


def extend(reference_request: ReferenceRequest, *, days: int, due_before: datetime, actor: str) -> ReferenceRequest:
    """Move the due date by this many days: see `set_due_date`."""
    return set_due_date(
        reference_request, due_at=later_due(reference_request, days), due_before=due_before, actor=actor
    )


def set_due_date(
    reference_request: ReferenceRequest, *, due_at: datetime, due_before: datetime, actor: str
) -> ReferenceRequest:
    """Move the due date, and the last day with it. People who haven't answered get a reminder with the new date.

    Raises RequestMovedOn if the request has ended, or its due date is no longer `due_before` (a double click), and
    NotPossible if it is the same or too late.
    """
    reference_request = locked(reference_request)
    if not reference_request.is_open or reference_request.due_at != due_before:
        raise RequestMovedOn
    if due_at == due_before:
        raise NotPossible(_("This is already the due date."))
    if is_too_late(reference_request, due_at):
        raise NotPossible(_("The due date can be at most %(days)d days from today.") % {"days": MOST_DAYS})
    closes_at = reference_request.closes_at + (due_at - reference_request.due_at)
    ReferenceRequest.objects.filter(pk=reference_request.pk).update(
        due_at=due_at, closes_at=closes_at, due_notified_at=None
    )
    reference_request.due_at, reference_request.closes_at, reference_request.due_notified_at = due_at, closes_at, None
    sentence = _("%(actor)s moved the due date to %(day)s") % {
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
            plan.plan(reference_request, person)
            plan.schedule_now(reference_request, person, actor=actor)
    return reference_request
