"""What providers tell about a message after the hand-over. It only moves forward, in whatever order they tell."""

from datetime import datetime

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import ERASED, DeliveryStatus, Message

ORDER = ("", *DeliveryStatus.values)


def mark(message: Message, delivery: DeliveryStatus, *, at: datetime) -> bool:
    """Note how far the message came, unless it is known to be further. Call inside `tenant()`. Whether it moved."""
    before = ORDER[: ORDER.index(delivery)]
    moved = Message.objects.filter(pk=message.pk, delivery__in=before).update(delivery=delivery, delivery_at=at)
    # The answer to the hand-over was lost, but not the message.
    doubtful = Message.objects.filter(pk=message.pk, state=WorkState.UNKNOWN)
    doubtful.update(state=WorkState.DONE, reason="", finished_at=at, **ERASED)
    return bool(moved)
