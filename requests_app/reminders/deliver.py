"""Send due reminders. The transaction that queues the email checks the state again."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.content.email import Email
from crosschq.messaging.models import Channel, Message
from crosschq.messaging.sending import suppression
from crosschq.messaging.sending.quiet_hours import next_allowed_time
from crosschq.tenancy.scope import tenant
from requests_app import timeline
from requests_app.completion.complete import answered
from requests_app.completion.pause import held_for
from requests_app.lifecycle import locked
from requests_app.models import EntryKind, Reference, ReferenceRequest, Reminder
from requests_app.notifications import email_content
from requests_app.notifications import send as request_emails
from requests_app.reminders.plan import is_waited_for, name_of, zone_for

# Scheduled reminders are at least a day apart, so this is shorter, however late the first one was.
RECENT = timedelta(hours=12)


def send(reminder: Reminder) -> None:
    """Queue the email, cancel the reminder with a reason, or postpone it until quiet hours end.

    If several are due for one person, for example after an outage, only the newest is sent.
    """
    with tenant(reminder.organization):
        reference_request = locked(reminder.reference_request)
        reference, now = reminder.reference, clock.now()
        if reference_request.paused_until is not None and reference_request.is_open:
            raise work_item.Hold(_("The request is paused."), held_for=held_for(reference_request), code="paused")
        why_not = _why_not(reference_request, reminder, now)
        if why_not:
            _drop(reference_request, reminder, why_not)
            return
        waking = next_allowed_time(now, zone_for(reference_request, reference))
        if waking > now:
            work_item.postpone(reminder, until=waking)
            return
        if reference is None:
            request_emails.remind_candidate(reference_request, answered=answered(reference_request))
        else:
            request_emails.remind_reference(reference_request, reference)
        work_item.finish(reminder)


def preview(reference_request: ReferenceRequest, reference: Reference | None, *, link: str) -> Email:
    """Return the email as it would be sent now. `link` stands for the secret link, which doesn't exist until then."""
    if reference is None:
        return email_content.candidate_reminder(reference_request, link, answered=answered(reference_request))
    return email_content.reference_reminder(reference_request, reference, link)


def _why_not(reference_request: ReferenceRequest, reminder: Reminder, now: datetime) -> str:
    """Why not to send this reminder; empty to send it."""
    if not is_waited_for(reference_request, reminder.reference):
        return _("It's no longer needed.")
    if reminder.is_scheduled and now > reference_request.due_at:
        return _("The due date had passed.")
    others = Reminder.objects.filter(reference_request=reference_request, reference=reminder.reference).exclude(
        pk=reminder.pk
    )
    newer = others.filter(planned_for__gt=reminder.planned_for, planned_for__lte=now)
    if newer.filter(state__in=[WorkState.PENDING, WorkState.WORKING, WorkState.DONE]).exists():
        return _("A later reminder was also due, so we sent only that one.")
    just_now = others.filter(state=WorkState.DONE, finished_at__gt=now - RECENT)
    if reminder.is_scheduled and just_now.exists():
        return _("Another reminder had just gone out.")
    return _about_the_address(reference_request, reminder.reference) or _about_the_last_email(
        reference_request, reminder.reference
    )


def _about_the_address(reference_request: ReferenceRequest, reference: Reference | None) -> str:
    """Why the address gets no reminder: the person opted out, even if the reminder was planned or requested later."""
    address = reference.email if reference and not reference_request.is_test else reference_request.candidate_email
    about = reference.uid if reference else reference_request.uid
    reason = suppression.reason_for_email(reference_request.organization, address=address, about_uid=about)
    return str(reason.label) if reason else ""


def _about_the_last_email(reference_request: ReferenceRequest, reference: Reference | None) -> str:
    """Why the last email rules out a reminder: it hasn't gone out yet, or it wasn't delivered."""
    kind, uid = ("reference", reference.uid) if reference else ("request", reference_request.uid)
    written = Message.objects.filter(about_kind=kind, about_uid=uid, channel=Channel.EMAIL)
    last = written.order_by("-created_at", "-id").only("state", "delivery", "is_sending_at_fault").first()
    if last and last.state in (WorkState.PENDING, WorkState.WORKING, WorkState.HELD):
        return _("The previous email hadn't gone out yet.")
    return _("The previous email didn't arrive.") if last and last.has_failing_address else ""


def _drop(reference_request: ReferenceRequest, reminder: Reminder, why: str) -> None:
    work_item.finish(reminder, state=WorkState.CANCELLED, reason=why)
    if not reminder.is_scheduled:
        sentence = _("The reminder to %(name)s was not sent. %(why)s")
        said = sentence % {"name": name_of(reference_request, reminder.reference), "why": why}
        about = reminder.reference or reference_request
        timeline.note(reference_request, said, kind=EntryKind.WARN, about=about)
