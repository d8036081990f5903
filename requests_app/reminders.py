"""Planning reminders and taking them back. Acts call this under the request's lock; reminding.py sends them."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crosschq.core import clock, work
from crosschq.core.work import State
from crosschq.messaging import caps
from crosschq.messaging.quiet import next_waking, zone_of
from crosschq.messaging.send import cancel_unsent

from . import timeline
from .lifecycle import NotNow, locked
from .models import ASKED_STATES, EntryKind, Reference, ReferenceRequest, Reminder, RequestState
from .places import seats
from .rhythm import planned
from .wording import day

# Nobody is reminded twice within this time: by hand it is refused, and the rhythm makes room for what was by hand.
APART = timedelta(hours=24)
MOST_BY_CANDIDATE = 3  # of each reference


class TooSoon(Exception):
    """They were reminded a moment ago, or will be. `possible_at` is None where it never will be possible."""

    def __init__(self, possible_at: datetime | None) -> None:
        super().__init__(str(possible_at))
        self.possible_at = possible_at


def plan(job: ReferenceRequest, reference: Reference | None = None) -> None:
    """Remind the candidate, or a reference, in the template's rhythm from now on. Replaces what was planned before."""
    stop(job, reference)
    moments = planned(
        invited_at=clock.now(),
        days=job.version.reminder_days,
        due_at=job.due_at,
        zone=zone_for(job, reference),
    )
    Reminder.objects.bulk_create([_row(job, reference, moment) for moment in moments])


def stop(job: ReferenceRequest, reference: Reference | None, *, why: str = "") -> None:
    """Take back what is planned for the candidate, or for a reference, and a reminder that has not left yet."""
    _cancel(Reminder.objects.filter(job=job, reference=reference), why)
    if reference is None:
        cancel_unsent(about_kind="request", about_uid=job.uid, kind="candidate_reminder")
    else:
        cancel_unsent(about_kind="reference", about_uid=reference.uid, kind="reference_reminder")


def stop_all(job: ReferenceRequest) -> None:
    """Take back what is planned for anybody."""
    _cancel(Reminder.objects.filter(job=job), "")


def stop_if_all_are_asked(job: ReferenceRequest) -> None:
    """The candidate has done what the reminders ask for."""
    if not is_waited_for(job, None):
        stop(job, None)


def is_waited_for(job: ReferenceRequest, reference: Reference | None) -> bool:
    """Whether a reminder makes sense: the candidate has somebody to name, or the reference was asked."""
    if job.state != RequestState.WAITING_FOR_REFERENCES:
        return reference is None and job.is_open
    if reference is None:
        return any(seat.may_be_named for seat in seats(job))
    return Reference.objects.filter(pk=reference.pk, state__in=ASKED_STATES).exists()


def ask(job: ReferenceRequest, reference: Reference | None, *, actor: str, by_candidate: bool = False) -> Reminder:
    """Remind somebody now, or when their quiet hours end.

    Raises NotNow where nobody waits for them, TooSoon within 24 hours of another reminder (for a candidate who asks,
    of the invitation too, and after three times).
    """
    job = locked(job.uid)
    if not is_waited_for(job, reference) or job.paused_until is not None:
        raise NotNow
    rows, now = list(Reminder.objects.filter(job=job, reference=reference)), clock.now()
    possible = for_candidate(reference, rows, now) if by_candidate and reference else possible_at(rows, now)
    if possible is None or possible > now:
        raise TooSoon(possible)
    reminder = put(job, reference, actor=actor, by_candidate=by_candidate)
    sentence = _("%(actor)s asked for a reminder to %(name)s") % {"actor": actor, "name": name_of(job, reference)}
    timeline.note(job, sentence, kind=EntryKind.QUIET)
    return reminder


def put(job: ReferenceRequest, reference: Reference | None, *, actor: str, by_candidate: bool = False) -> Reminder:
    """A reminder for now, or for the end of quiet hours, in place of what is planned until a day after that.

    Raises CapReached.
    """
    moment = next_waking(clock.now(), zone_for(job, reference))
    near = Reminder.objects.filter(job=job, reference=reference, planned_for__lt=moment + APART)
    _cancel(near, _("%(actor)s asked for one at about the same time.") % {"actor": actor})
    address = reference.email if reference and not job.is_test else job.candidate_email
    cap = "test_emails" if job.is_test else "reminders"
    caps.count(cap, organization=job.organization, address=address)
    reminder = _row(job, reference, moment)
    reminder.asked_by, reminder.by_candidate = actor[:200], by_candidate
    reminder.save(force_insert=True)
    work.ring(Reminder)
    return reminder


def skip(job: ReferenceRequest, uid: uuid.UUID, *, actor: str) -> None:
    """Leave out one that is planned. Raises NotNow where it has gone, or was taken back."""
    job = locked(job.uid)
    reminder = Reminder.objects.select_related("reference").filter(job=job, uid=uid, state=State.PENDING).first()
    if reminder is None:
        raise NotNow
    _cancel(Reminder.objects.filter(pk=reminder.pk), _("%(actor)s skipped it.") % {"actor": actor})
    sentence = _("%(actor)s skipped the reminder to %(name)s on %(day)s") % {
        "actor": actor,
        "name": name_of(job, reminder.reference),
        "day": day(reminder.available_at, job.organization.time_zone),
    }
    timeline.note(job, sentence, kind=EntryKind.QUIET)


def possible_at(rows: Iterable[Reminder], now: datetime) -> datetime:
    """From when on somebody with these reminders may be reminded by hand: a day after each that went, or that
    somebody has asked for already."""
    moments = [row.went_at for row in rows if row.went_at]
    moments += [row.planned_for for row in rows if row.asked_by and row.state in (State.PENDING, State.WORKING)]
    return max([now, *(moment + APART for moment in moments)])


def for_candidate(reference: Reference, rows: Iterable[Reminder], now: datetime) -> datetime | None:
    """The same where the candidate asks; None where they have asked often enough."""
    rows = list(rows)
    if sum(row.by_candidate and row.state != State.CANCELLED for row in rows) >= MOST_BY_CANDIDATE:
        return None
    moments = [possible_at(rows, now)]
    return max([*moments, reference.invited_at + APART] if reference.invited_at else moments)


def of_job(job: ReferenceRequest) -> dict[int | None, list[Reminder]]:
    """All reminders by the reference's key, the candidate's under None. One query."""
    found: dict[int | None, list[Reminder]] = {}
    for row in Reminder.objects.filter(job=job).order_by("available_at", "id"):
        found.setdefault(row.reference_id, []).append(row)
    return found


def zone_for(job: ReferenceRequest, reference: Reference | None) -> str:
    """Where the recipient is: as the phone tells, else where the organization is."""
    return zone_of(reference.phone if reference else job.candidate_phone, otherwise=job.organization.time_zone)


def name_of(job: ReferenceRequest, reference: Reference | None) -> str:
    return reference.name if reference else job.candidate_name


def _row(job: ReferenceRequest, reference: Reference | None, moment: datetime) -> Reminder:
    return Reminder(
        organization=job.organization,
        job=job,
        reference=reference,
        planned_for=moment,
        available_at=moment,
        request_id=work.current_request_id(),
    )


def _cancel(rows: "QuerySet[Reminder]", why: str) -> None:
    # One that a worker holds at this moment sees the new state itself: it waits for the request's lock.
    waiting = [State.PENDING, State.HELD, State.DEAD]
    reason = why or _("It is not needed anymore.")
    rows.filter(state__in=waiting).update(state=State.CANCELLED, reason=reason, finished_at=clock.now())
