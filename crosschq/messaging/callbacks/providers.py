"""Delivery reports from email providers and the text gateway: store them, and update their messages.

Views and signal receivers verify a report before it gets here.
"""

from dataclasses import dataclass
from datetime import datetime

from crosschq.core import clock
from crosschq.core.text.characters import storable
from crosschq.messaging.callbacks import bounces, delivery
from crosschq.messaging.channels import text_messages
from crosschq.messaging.channels.text_gateway import Inbound, Status
from crosschq.messaging.models import Channel, DeliveryEvent, DeliveryStatus, Message, SuppressionReason
from crosschq.messaging.sending import suppression
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import cross_tenant, tenant

YEARS = range(1970, 9999)  # others overflow in some time zones
MAX_LENGTH = 40
EVENT_ID_LENGTH = 200
# django-anymail's normalized event types: https://anymail.dev/en/stable/sending/tracking/
EMAIL_DELIVERIES = {
    "queued": DeliveryStatus.QUEUED,
    "deferred": DeliveryStatus.QUEUED,
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "opened": None,  # we don't turn on tracking, and store nothing about it
    "clicked": None,
    "bounced": DeliveryStatus.BOUNCED,
    "rejected": DeliveryStatus.BOUNCED,
    "failed": DeliveryStatus.BOUNCED,
    "complained": DeliveryStatus.COMPLAINED,
    "unsubscribed": None,
}
# With these reasons the mailbox won't accept the next email either. "timed_out", "blocked", and "other" may pass.
FINAL_REASONS = {"invalid", "bounced", ""}
# From CTIA's Messaging Principles, and https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
START_WORDS = {"START", "UNSTOP", "YES"}
HELP_WORDS = {"HELP", "INFO"}


@dataclass(frozen=True)
class DeliveryReport:
    """One event from a provider. `delivery` is None for an event that doesn't change the message's status."""

    provider: str
    event_id: str
    event_type: str
    delivery: DeliveryStatus | None
    happened_at: datetime
    reject_reason: str = ""
    suppress_as: SuppressionReason | None = None


def email_report(
    *,
    provider: str,
    event_id: str | None,
    event_type: str,
    reject_reason: str | None,
    happened_at: datetime | None,
    raw: object = None,
    response: str = "",
) -> DeliveryReport:
    """Convert an event from django-anymail. We keep its type and its normalized reason.

    raw: the provider's own event. response: what the recipient's server answered. Neither is kept.
    """
    # Some providers write the year 1 for a time that they don't know.
    known_at = happened_at if happened_at and happened_at.year in YEARS else None
    at, reason = known_at or clock.now(), reject_reason or ""
    delivered = EMAIL_DELIVERIES.get(event_type)
    if event_type == "bounced" and bounces.is_transient(provider, raw, response):
        delivered, reason = DeliveryStatus.SOFT_BOUNCED, bounces.TRANSIENT
    return DeliveryReport(
        provider=provider,
        event_id=storable(event_id or "") or f"{event_type} {at.isoformat() if known_at else ''}".strip(),
        event_type=event_type,
        delivery=delivered,
        happened_at=at,
        reject_reason=reason,
        suppress_as=_suppression_reason(event_type, reason),
    )


def _suppression_reason(event_type: str, reject_reason: str) -> SuppressionReason | None:
    """Why to stop sending to the address after this event; None to continue."""
    if "unsubscribed" in (event_type, reject_reason):
        return SuppressionReason.STOPPED
    if event_type == "complained" or reject_reason == "spam":
        return SuppressionReason.COMPLAINED
    return (
        SuppressionReason.BOUNCED if event_type in ("bounced", "rejected") and reject_reason in FINAL_REASONS else None
    )


def text_report(status: Status) -> DeliveryReport:
    dead = status.number_is_dead and status.delivery == DeliveryStatus.BOUNCED
    return DeliveryReport(
        provider="text",
        event_id=status.event_id,
        event_type=status.event_type,
        delivery=status.delivery,
        happened_at=clock.now(),
        suppress_as=SuppressionReason.BOUNCED if dead else None,
    )


def find_message(*, uid: str = "", provider_id: str = "") -> Message | None:
    """Find the message of an event by the uid that we sent with it, or by the provider's own id."""
    with cross_tenant("a provider names no organization"):
        rows = Message.objects.select_related("organization").defer("text", "html", "list_unsubscribe")
        found = rows.filter(uid=uid).first() if _is_uid(uid) else None
        if found is None and provider_id:
            found = rows.filter(provider_id=storable(provider_id)).first()
        return found


def store_report(message: Message, report: DeliveryReport) -> bool:
    """Store the report and update the message. Returns False for a duplicate, which changes nothing.

    Sign-in messages belong to no organization, so their reports aren't stored.
    """
    if message.organization is None:
        return False
    row = DeliveryEvent(
        organization=message.organization,
        message_uid=message.uid,
        provider=report.provider[:MAX_LENGTH],
        event_id=report.event_id[:EVENT_ID_LENGTH],
        event_type=report.event_type[:MAX_LENGTH],
        reject_reason=report.reject_reason[:MAX_LENGTH],
        happened_at=report.happened_at,
    )
    with tenant(message.organization):
        if _is_known(row):
            return False
        DeliveryEvent.objects.bulk_create([row], ignore_conflicts=True)
        if report.delivery:
            delivery.mark(message, report.delivery, at=report.happened_at)
        if report.suppress_as:
            _suppress(message, report.suppress_as)
        elif report.reject_reason == bounces.TRANSIENT and bounces.lasts(message):
            delivery.mark(message, DeliveryStatus.BOUNCED, at=report.happened_at)
            _suppress(message, SuppressionReason.BOUNCED)
    return True


def _suppress(message: Message, reason: SuppressionReason) -> None:
    """Suppress the address: for the subject of the message after an opt-out, otherwise for everything."""
    suppression.suppress(
        organization=message.organization,
        channel=Channel(message.channel),
        address=message.address,
        reason=reason,
        about_uid=message.about_uid if reason == SuppressionReason.STOPPED else None,
    )


def handle_inbound_text(inbound: Inbound) -> str:
    """Act on a text message that we received. Returns the reply to send, which may be empty.

    The carrier itself confirms STOP and START, and refuses our texts after STOP.
    """
    word = inbound.text.strip().strip(".!\"'").upper()
    if word in STOP_WORDS:
        text_messages.stop(inbound.sender)
    elif word in START_WORDS:
        with cross_tenant("a number that texted START gets texts from every organization again"):
            suppression.lift(
                organization=None, channel=Channel.TEXT, address=inbound.sender, reason=SuppressionReason.STOP
            )
    elif word in HELP_WORDS and not inbound.answered:
        return text_messages.help_text(_last_sender(inbound.sender))
    return ""


def _last_sender(number: str) -> Organization | None:
    """The organization that sent the latest text to this number."""
    with cross_tenant("a number belongs to no organization"):
        rows = Message.objects.filter(channel=Channel.TEXT, to_phone=number).select_related("organization")
        last = rows.defer("text", "html", "list_unsubscribe").order_by("-created_at", "-pk").first()
        return last.organization if last else None


def _is_known(row: DeliveryEvent) -> bool:
    same = DeliveryEvent.objects.filter(
        message_uid=row.message_uid, provider=row.provider, event_id=row.event_id, organization=row.organization
    )
    known: bool = same.exists()
    return known


def _is_uid(text: str) -> bool:
    return len(text) == 36 and all(letter in "0123456789abcdef-" for letter in text) and text.count("-") == 4
