"""What mail providers and carriers of texts tell: stored, then marked at the message. Verified before it comes here."""

from dataclasses import dataclass
from datetime import datetime

from crosschq.core import clock
from crosschq.messaging.callbacks import delivery
from crosschq.messaging.channels import text_messages
from crosschq.messaging.channels.text_gateway import Inbound, Status
from crosschq.messaging.models import Channel, Delivery, DeliveryEvent, Message, Reason
from crosschq.messaging.sending import suppression
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import cross_tenant, tenant

WORD_LENGTH = 40
EVENT_ID_LENGTH = 200
# django-anymail's normalized words: https://anymail.dev/en/stable/sending/tracking/
EMAIL_DELIVERIES = {
    "queued": Delivery.QUEUED,
    "deferred": Delivery.QUEUED,
    "sent": Delivery.SENT,
    "delivered": Delivery.DELIVERED,
    "opened": None,  # we ask no provider to track, and keep nothing of it
    "clicked": None,
    "bounced": Delivery.BOUNCED,
    "rejected": Delivery.BOUNCED,
    "failed": Delivery.BOUNCED,
    "complained": Delivery.COMPLAINED,
    "unsubscribed": None,
}
# Reasons why a mailbox will not take the next mail either. "timed_out", "blocked" and "other" may pass.
FINAL_REASONS = {"invalid", "bounced", ""}
# The words of CTIA's Messaging Principles and of Twilio: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
START_WORDS = {"START", "UNSTOP", "YES"}
HELP_WORDS = {"HELP", "INFO"}


@dataclass(frozen=True)
class Told:
    """One event. `delivery` is None for what does not move the message."""

    provider: str
    event_id: str
    word: str
    delivery: Delivery | None
    happened_at: datetime
    why: str = ""
    suppress_as: Reason | None = None


def told_of_mail(
    *, provider: str, event_id: str | None, word: str, why: str | None, happened_at: datetime | None
) -> Told:
    """An event of django-anymail, of which we keep the word and the normalized reason."""
    at = happened_at or clock.now()
    state = EMAIL_DELIVERIES.get(word)
    return Told(
        provider=provider,
        event_id=event_id or f"{word} {at.isoformat() if happened_at else ''}".strip(),
        word=word,
        delivery=state,
        happened_at=at,
        why=why or "",
        suppress_as=_consequence(word, why or ""),
    )


def _consequence(word: str, why: str) -> Reason | None:
    """Whether nothing more is written to the address, and why not."""
    if word == "unsubscribed" or why == "unsubscribed":
        return Reason.STOPPED
    if word == "complained" or why == "spam":
        return Reason.COMPLAINED
    return Reason.BOUNCED if word in ("bounced", "rejected") and why in FINAL_REASONS else None


def told_of_text(status: Status) -> Told:
    dead = status.number_is_dead and status.delivery == Delivery.BOUNCED
    return Told(
        provider="text",
        event_id=status.event_id,
        word=status.word,
        delivery=status.delivery,
        happened_at=clock.now(),
        suppress_as=Reason.BOUNCED if dead else None,
    )


def find_message(*, uid: str = "", provider_id: str = "") -> Message | None:
    """The message that an event is about: by the uid that we sent along, else by the provider's own id."""
    with cross_tenant("a provider knows no organization"):
        rows = Message.objects.select_related("organization").defer("text", "html", "list_unsubscribe")
        found = rows.filter(uid=uid).first() if _is_uid(uid) else None
        if found is None and provider_id:
            found = rows.filter(provider_id=provider_id).first()
        return found


def take_in(message: Message, told: Told) -> bool:
    """Store what was told and mark the message. Told again, it changes nothing. Returns whether it was new.

    Messages of sign-in belong to no organization: nothing is kept of those.
    """
    if message.organization is None:
        return False
    row = DeliveryEvent(
        organization=message.organization,
        message_uid=message.uid,
        provider=told.provider[:WORD_LENGTH],
        event_id=told.event_id[:EVENT_ID_LENGTH],
        word=told.word[:WORD_LENGTH],
        why=told.why[:WORD_LENGTH],
        happened_at=told.happened_at,
    )
    with tenant(message.organization):
        if _is_known(row):
            return False
        DeliveryEvent.objects.bulk_create([row], ignore_conflicts=True)
        if told.delivery:
            delivery.mark(message, told.delivery, at=told.happened_at)
        if told.suppress_as:
            _suppress(message, told.suppress_as)
    return True


def _suppress(message: Message, reason: Reason) -> None:
    """A wish holds for what the message was about, the rest for the address."""
    suppression.suppress(
        organization=message.organization,
        channel=Channel(message.channel),
        address=message.address,
        reason=reason,
        about_uid=message.about_uid if reason == Reason.STOPPED else None,
    )


def take_in_text(inbound: Inbound) -> str:
    """Honor what somebody texted to us, at once. Returns the words to answer with, which may be none.

    The carrier confirms STOP and START itself, and would refuse a text of ours after STOP.
    """
    word = inbound.text.strip().strip(".!\"'").upper()
    if word in STOP_WORDS:
        text_messages.stop(inbound.sender)
    elif word in START_WORDS:
        with cross_tenant("a number that said START may be written to by everybody"):
            suppression.lift(organization=None, channel=Channel.TEXT, address=inbound.sender, reason=Reason.STOP)
    elif word in HELP_WORDS and not inbound.answered:
        return text_messages.help_words(_last_asker(inbound.sender))
    return ""


def _last_asker(number: str) -> Organization | None:
    """Whose text this number got last."""
    with cross_tenant("a number belongs to no organization"):
        rows = Message.objects.filter(channel=Channel.TEXT, to_phone=number).select_related("organization")
        last = rows.defer("text", "html", "list_unsubscribe").order_by("-created_at").first()
        return last.organization if last else None


def _is_known(row: DeliveryEvent) -> bool:
    same = DeliveryEvent.objects.filter(
        message_uid=row.message_uid, provider=row.provider, event_id=row.event_id, organization=row.organization
    )
    known: bool = same.exists()
    return known


def _is_uid(text: str) -> bool:
    return len(text) == 36 and all(letter in "0123456789abcdef-" for letter in text) and text.count("-") == 4
