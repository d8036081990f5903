"""Sending a reminder that fell due: the state is looked at once more, in the transaction that writes the mail."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from crosschq.core import clock, work
from crosschq.core.work import State
from crosschq.messaging import suppression
from crosschq.messaging.mail import Mail
from crosschq.messaging.models import Channel, Message
from crosschq.messaging.quiet import next_waking
from crosschq.organizations.tenancy import tenant

from . import mails, posting, timeline
from .complete import answered
from .lifecycle import locked
from .models import EntryKind, Reference, ReferenceRequest, Reminder
from .pausing import held_for
from .reminders import is_waited_for, name_of, zone_for

# Shorter than the day that lies between two of the rhythm, however late the first one was.
JUST_NOW = timedelta(hours=12)


def send(reminder: Reminder) -> None:
    """Write the mail, or cancel the reminder with a sentence, or put it off until quiet hours are over.

    Of several that are due for one person, after an outage for example, the newest goes and the others are cancelled.
    """
    with tenant(reminder.organization):
        job = locked(reminder.job.uid)
        reference, now = reminder.reference, clock.now()
        if job.paused_until is not None and job.is_open:
            raise work.Hold(_("The request is paused."), held_for=held_for(job), code="paused")
        why_not = _why_not(job, reminder, now)
        if why_not:
            _drop(job, reminder, why_not)
            return
        waking = next_waking(now, zone_for(job, reference))
        if waking > now:
            work.postpone(reminder, until=waking)
            return
        if reference is None:
            posting.remind_candidate(job, answered=answered(job))
        else:
            posting.remind_reference(job, reference)
        sentence = _("Reminder sent to %(name)s") % {"name": name_of(job, reference)}
        timeline.note(job, sentence, kind=EntryKind.QUIET)
        work.finish(reminder)


def preview(job: ReferenceRequest, reference: Reference | None, *, link: str) -> Mail:
    """The mail as it would go now. `link` stands where the secret link will: that is made when the mail is."""
    if reference is None:
        return mails.candidate_reminder(job, link, answered=answered(job))
    return mails.reference_reminder(job, reference, link)


def _why_not(job: ReferenceRequest, reminder: Reminder, now: datetime) -> str:
    """Why this one does not go; empty where it goes."""
    if not is_waited_for(job, reminder.reference):
        return _("It is not needed anymore.")
    if reminder.of_rhythm and now > job.due_at:
        return _("The due date had passed.")
    others = Reminder.objects.filter(job=job, reference=reminder.reference).exclude(pk=reminder.pk)
    newer = others.filter(planned_for__gt=reminder.planned_for, planned_for__lte=now)
    if newer.filter(state__in=[State.PENDING, State.WORKING, State.DONE]).exists():
        return _("A later reminder was due as well, and only that one goes.")
    just_now = others.filter(state=State.DONE, finished_at__gt=now - JUST_NOW)
    if reminder.of_rhythm and just_now.exists():
        return _("Another one had just gone.")
    return _about_the_address(job, reminder.reference) or _about_the_last_mail(job, reminder.reference)


def _about_the_address(job: ReferenceRequest, reference: Reference | None) -> str:
    """Whoever wants no more mails gets none, also where a reminder was planned or asked for since."""
    address = reference.email if reference and not job.is_test else job.candidate_email
    about = reference.uid if reference else job.uid
    reason = suppression.standing_for_mail(job.organization, address=address, about_uid=about)
    return str(reason.label) if reason else ""


def _about_the_last_mail(job: ReferenceRequest, reference: Reference | None) -> str:
    """Whoever has not got the last mail is not written to again."""
    kind, uid = ("reference", reference.uid) if reference else ("request", job.uid)
    written = Message.objects.filter(about_kind=kind, about_uid=uid, channel=Channel.EMAIL)
    last = written.order_by("-created_at", "-id").only("state", "delivery").first()
    if last and last.state in (State.PENDING, State.WORKING, State.HELD):
        return _("The mail before it had not left yet.")
    return _("The mail before it did not arrive.") if last and last.has_failed else ""


def _drop(job: ReferenceRequest, reminder: Reminder, why: str) -> None:
    work.finish(reminder, state=State.CANCELLED, reason=why)
    if not reminder.of_rhythm:
        sentence = _("The reminder to %(name)s was not sent. %(why)s")
        name = name_of(job, reminder.reference)
        timeline.note(job, sentence % {"name": name, "why": why}, kind=EntryKind.WARN)
