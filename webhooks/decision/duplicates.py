"""Which events of one application an outcome decides together."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from crosschq.core.outbox.work_item import WorkState
from webhooks.decision.outcomes import OUTCOMES, Family
from webhooks.models import InboundEvent

# Outcomes that depend on the event itself, so they don't decide other events of the application.
OF_THIS_EVENT_ONLY = {"no.stood_there", "no.other_event", "no.template_deleted", "fail.malformed"}
# These hold for every event of the application, whatever a member asked for with one of them.
OF_THE_APPLICATION = {"no.already_open", "no.other_step", "no.moved_on"}
AUTOMATIC = Q(asked_by="", confirmed_at=None, replay=None)


def of_same_move(event: InboundEvent) -> "QuerySet[InboundEvent]":
    """Return the undecided events of the same application. Deciding them together costs the calls of a single one.

    An event that a member released is decided on its own. Events released by the same click are decided together.
    """
    if not event.candidate_id:
        return InboundEvent.objects.none()
    waiting = InboundEvent.objects.filter(
        connection_id=event.connection_id,
        candidate_id=event.candidate_id,
        job_id=event.job_id,
        state=WorkState.PENDING,
        attempts=0,
    )
    return waiting.filter(AUTOMATIC | _same_press(event))


def _same_press(event: InboundEvent) -> Q:
    if not event.asked_by or event.is_manual:
        return AUTOMATIC
    plain = Q(chosen_template=None, chosen_email="", allow_repeat=False)
    return plain & Q(asked_by=event.asked_by, confirmed_at=event.confirmed_at, replay=event.replay_id)


def decided_too(event: InboundEvent, superseded: Iterable[int], outcome: str) -> "QuerySet[InboundEvent]":
    """Return the events that this outcome ends too. Queried again, since a member may have released one meanwhile."""
    sent = OUTCOMES[outcome].family == Family.SENT
    by_other_rules = event.is_manual and not sent and outcome not in OF_THE_APPLICATION
    if outcome in OF_THIS_EVENT_ONLY or by_other_rules:
        return InboundEvent.objects.none()
    still = of_same_move(event).filter(pk__in=superseded)
    return still if sent else still.filter(AUTOMATIC)
