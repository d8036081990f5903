"""Plan and cancel reminders. Callers hold the request's lock; deliver.py sends the reminders."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.lengths import PERSON_NAME, fitted
from crosschq.messaging.sending import caps
from crosschq.messaging.sending.quiet_hours import next_allowed_time, zone_of
from crosschq.messaging.sending.send import cancel_unsent
from requests_app import timeline
from requests_app.candidate.slots import slot_statuses
from requests_app.lifecycle import RequestMovedOn, locked
from requests_app.models import ASKED_STATES, EntryKind, Reference, ReferenceRequest, Reminder, RequestState
from requests_app.reminders.schedule import planned
from requests_app.text import day

# We remind no one twice within this time: manual reminders are refused, and the schedule moves around them.
MIN_INTERVAL = timedelta(hours=24)
MAX_BY_CANDIDATE = 3  # to each reference


class TooSoon(Exception):
    """The person was just reminded or will be soon. `possible_at` is when the next one is possible; None if never."""

    def __init__(self, possible_at: datetime | None) -> None:
        super().__init__(str(possible_at))
        self.possible_at = possible_at


def plan(reference_request: ReferenceRequest, reference: Reference | None = None) -> None:
    """Plan reminders to the candidate or a reference on the template's schedule from now on. Replaces earlier plans."""
    stop(reference_request, reference)
    moments = planned(
        invited_at=clock.now(),
        days=reference_request.version.reminder_days,
        due_at=reference_request.due_at,
        zone=zone_for(reference_request, reference),
    )
    Reminder.objects.bulk_create([_row(reference_request, reference, moment) for moment in moments])


def stop(reference_request: ReferenceRequest, reference: Reference | None, *, why: str = "") -> None:
    """Cancel planned and unsent reminders to the candidate, or to a reference."""
    _cancel(Reminder.objects.filter(reference_request=reference_request, reference=reference), why)
    if reference is None:
        cancel_unsent(about_kind="request", about_uid=reference_request.uid, kind="candidate_reminder")
    else:
        cancel_unsent(about_kind="reference", about_uid=reference.uid, kind="reference_reminder")


def stop_all(reference_request: ReferenceRequest) -> None:
    """Cancel all planned reminders of the request."""
    _cancel(Reminder.objects.filter(reference_request=reference_request), "")


def stop_if_all_invited(reference_request: ReferenceRequest) -> None:
    """Stop reminding the candidate, if they have done what the reminders ask for."""
    if not is_waited_for(reference_request, None):
        stop(reference_request, None)


def is_waited_for(reference_request: ReferenceRequest, reference: Reference | None) -> bool:
    """Whether a reminder makes sense: the candidate has references to name, or the reference was invited."""
    if reference_request.state != RequestState.WAITING_FOR_REFERENCES:
        return reference is None and reference_request.is_open
    if reference is None:
        return any(slot_status.needs_candidate for slot_status in slot_statuses(reference_request))
    return Reference.objects.filter(pk=reference.pk, state__in=ASKED_STATES).exists()


def request_reminder(
    reference_request: ReferenceRequest, reference: Reference | None, *, actor: str, by_candidate: bool = False
) -> Reminder:
    """Remind a person now, or when their quiet hours end.

    Raises RequestMovedOn if no answer is expected from them, and TooSoon within 24 hours of another reminder. If the
    candidate asks, TooSoon also applies within 24 hours of the invitation and after the third reminder.
    """
    reference_request = locked(reference_request)
    if not is_waited_for(reference_request, reference) or reference_request.paused_until is not None:
        raise RequestMovedOn
    rows, now = list(Reminder.objects.filter(reference_request=reference_request, reference=reference)), clock.now()
    possible = candidate_possible_at(reference, rows, now) if by_candidate and reference else possible_at(rows, now)
    if possible is None or possible > now:
        raise TooSoon(possible)
    reminder = schedule_now(reference_request, reference, actor=actor, by_candidate=by_candidate)
    sentence = _("%(actor)s asked us to remind %(name)s") % {
        "actor": actor,
        "name": name_of(reference_request, reference),
    }
    timeline.note(reference_request, sentence, kind=EntryKind.QUIET, about=reference or reference_request)
    return reminder


def schedule_now(
    reference_request: ReferenceRequest, reference: Reference | None, *, actor: str, by_candidate: bool = False
) -> Reminder:
    """Plan a reminder for now, or for the end of quiet hours, and cancel those planned within a day after it.

    Raises CapReached.
    """
    moment = next_allowed_time(clock.now(), zone_for(reference_request, reference))
    near = Reminder.objects.filter(
        reference_request=reference_request, reference=reference, planned_for__lt=moment + MIN_INTERVAL
    )
    _cancel(near, _("%(actor)s requested one at about the same time.") % {"actor": actor})
    address = reference.email if reference and not reference_request.is_test else reference_request.candidate_email
    cap = "test_emails" if reference_request.is_test else "reminders"
    caps.count(cap, organization=reference_request.organization, address=address)
    reminder = _row(reference_request, reference, moment)
    reminder.requested_by, reminder.by_candidate = fitted(actor, PERSON_NAME), by_candidate
    reminder.save(force_insert=True)
    work_item.wake_workers(Reminder)
    return reminder


def skip(reference_request: ReferenceRequest, uid: uuid.UUID, *, actor: str) -> None:
    """Skip a planned reminder. Raises RequestMovedOn if it was already sent or canceled."""
    reference_request = locked(reference_request)
    reminder = (
        Reminder.objects.select_related("reference")
        .filter(reference_request=reference_request, uid=uid, state=WorkState.PENDING)
        .first()
    )
    if reminder is None:
        raise RequestMovedOn
    _cancel(Reminder.objects.filter(pk=reminder.pk), _("%(actor)s skipped it.") % {"actor": actor})
    sentence = _("%(actor)s skipped the reminder to %(name)s on %(day)s") % {
        "actor": actor,
        "name": name_of(reference_request, reminder.reference),
        "day": day(reminder.available_at, reference_request.organization.time_zone),
    }
    about = reminder.reference or reference_request
    timeline.note(reference_request, sentence, kind=EntryKind.QUIET, about=about)


def possible_at(rows: Iterable[Reminder], now: datetime) -> datetime:
    """When a member may next remind this person: a day after each reminder sent or requested."""
    moments = [row.sent_at for row in rows if row.sent_at]
    moments += [
        row.planned_for for row in rows if row.requested_by and row.state in (WorkState.PENDING, WorkState.WORKING)
    ]
    return max([now, *(moment + MIN_INTERVAL for moment in moments)])


def candidate_possible_at(reference: Reference, rows: Iterable[Reminder], now: datetime) -> datetime | None:
    """When the candidate may next remind this reference; None if they have used up their reminders."""
    rows = list(rows)
    if sum(row.by_candidate and row.state != WorkState.CANCELLED for row in rows) >= MAX_BY_CANDIDATE:
        return None
    moments = [possible_at(rows, now)]
    return max([*moments, reference.invited_at + MIN_INTERVAL] if reference.invited_at else moments)


def reminders_by_reference(reference_request: ReferenceRequest) -> dict[int | None, list[Reminder]]:
    """All reminders by the reference's primary key; the candidate's are under None. One query."""
    found: dict[int | None, list[Reminder]] = {}
    for row in Reminder.objects.filter(reference_request=reference_request).order_by("available_at", "id"):
        found.setdefault(row.reference_id, []).append(row)
    return found


def zone_for(reference_request: ReferenceRequest, reference: Reference | None) -> str:
    """The recipient's time zone, from their phone number, else the organization's."""
    return zone_of(
        reference.phone if reference else reference_request.candidate_phone,
        default=reference_request.organization.time_zone,
    )


def name_of(reference_request: ReferenceRequest, reference: Reference | None) -> str:
    return reference.name if reference else reference_request.candidate_name


def _row(reference_request: ReferenceRequest, reference: Reference | None, moment: datetime) -> Reminder:
    return Reminder(
        organization=reference_request.organization,
        reference_request=reference_request,
        reference=reference,
        planned_for=moment,
        available_at=moment,
        trace_id=work_item.current_trace_id(),
    )


def _cancel(rows: "QuerySet[Reminder]", why: str) -> None:
    # If a worker already has one, it waits for the request's lock and then sees the new state.
    waiting = [WorkState.PENDING, WorkState.HELD, WorkState.DEAD]
    reason = why or _("It's no longer needed.")
    rows.filter(state__in=waiting).update(state=WorkState.CANCELLED, reason=reason, finished_at=clock.now())
