"""Delivery status of a message after the hand-over. It only moves forward, whatever order the reports arrive in."""

from datetime import datetime

from django.utils.translation import gettext as _

from crosschq.core.outbox import subjects
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.restore import held
from crosschq.messaging.models import ERASED, FAILED, DeliveryStatus, Message

ORDER = ("", *DeliveryStatus.values)


def mark(message: Message, delivery: DeliveryStatus, *, at: datetime) -> bool:
    """Store the status unless a later one is known. Returns whether it changed. Call inside `tenant()`."""
    if delivery in FAILED:
        subjects.lock(message)
    before = ORDER[: ORDER.index(delivery)]
    moved = Message.objects.filter(pk=message.pk, delivery__in=before).update(delivery=delivery, delivery_at=at)
    # A restored backup doesn't know that it went out.
    held.mark(Message, [message.uid], held.Known.WENT_OUT, _("The email provider sent a report about it."))
    # The response to the hand-over was lost, but the message wasn't.
    doubtful = Message.objects.filter(pk=message.pk, state=WorkState.UNKNOWN)
    doubtful.update(state=WorkState.DONE, reason="", finished_at=at, **ERASED)
    return bool(moved)
