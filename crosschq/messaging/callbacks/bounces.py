"""Which bounces mean a wrong address, and which mean a mailbox that can't take email right now.

Providers report both as "bounced", so their own categories decide. A full mailbox isn't suppressed unless it stays
unavailable: after transient bounces on three different days within two weeks, with no delivery in between, we stop
sending to the address.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from crosschq.core import clock
from crosschq.core.database.address_keys import at_address
from crosschq.messaging.models import DeliveryEvent, DeliveryStatus, Message

# The stored reason for a transient bounce, whatever the provider.
TRANSIENT = "transient"
DAYS = 3
WITHIN = timedelta(days=14)
# Where each provider says it: a key of its event, and the values of a bounce that will stay.
# Postmark: https://postmarkapp.com/developer/api/bounce-api#bounce-types
# Amazon SES: https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
# SparkPost: https://support.sparkpost.com/docs/deliverability/bounce-classification-codes
# Brevo: https://developers.brevo.com/docs/transactional-webhooks, SendGrid: its "type" is "bounce" or "blocked",
# Mailgun: https://documentation.mailgun.com/docs/mailgun/user-manual/events/#event-severity,
# Mailjet: "hard_bounce" is true or false. Mandrill, MailerSend, Mailtrap and Unisender Go have a name for each kind.
_LASTING: Mapping[str, tuple[str, frozenset[str]]] = {
    "Postmark": ("Type", frozenset({"HardBounce", "BadEmailAddress"})),
    "Amazon SES": ("bounceType", frozenset({"Permanent"})),
    "SparkPost": ("bounce_class", frozenset({"10", "30", "90"})),
    "Brevo": ("event", frozenset({"hard_bounce", "invalid_email"})),
    "SendGrid": ("type", frozenset({"bounce"})),
    "Mailgun": ("severity", frozenset({"permanent"})),
    "Mailjet": ("hard_bounce", frozenset({"True"})),
    "Resend": ("type", frozenset({"Permanent"})),
}
_NAMED_SOFT = re.compile(r"soft|transient|temporar", re.IGNORECASE)
# RFC 3463: 4.X.X is persistent but transient; X.2.2 is a full mailbox. RFC 5321: 552 is exceeded storage.
_TRANSIENT_STATUS = re.compile(
    r"(?<![\d.])(4\.\d{1,3}\.\d{1,3}|5\.2\.[23])(?![\d.])|(?<![\d.])(421|45[0-2]|552)(?=[ -])"
)


def is_transient(provider: str, event: object, response: str = "") -> bool:
    """Whether a provider's "bounced" event is about the state of the mailbox rather than about the address.

    response: what the recipient's server answered. It also counts, since some servers call a full mailbox permanent.
    """
    if _TRANSIENT_STATUS.search(response):
        return True
    key, lasting = _LASTING.get(provider, ("", frozenset()))
    values = [str(value) for name, value in _leaves(event) if name == key]
    if values:
        return not lasting & set(values)
    return any(_NAMED_SOFT.search(str(value)) for name, value in _leaves(event) if name in ("event", "type", "status"))


def lasts(message: Message) -> bool:
    """Whether the mailbox of this message has been unavailable for so long that we give up on it.

    Call in `tenant()`.
    """
    since = clock.now() - WITHIN
    bounced = DeliveryEvent.objects.filter(reject_reason=TRANSIENT, happened_at__gte=since)
    same = Message.objects.filter(at_address("to", message.to_email), organization=message.organization)
    last = same.filter(delivery=DeliveryStatus.DELIVERED, delivery_at__gte=since).order_by("-delivery_at")
    delivered_at = last.values_list("delivery_at", flat=True).first()
    if delivered_at is not None:
        bounced = bounced.filter(happened_at__gt=delivered_at)
    moments = bounced.filter(message_uid__in=same.values("uid")).values_list("happened_at", flat=True)
    return len({moment.date() for moment in moments}) >= DAYS


def _leaves(event: object, depth: int = 4) -> list[tuple[str, Any]]:
    """Yield every named value in an event, at any depth."""
    if depth == 0:
        return []
    if isinstance(event, Mapping):
        own = [(str(name), value) for name, value in event.items() if not isinstance(value, Mapping | list)]
        return own + [leaf for value in event.values() for leaf in _leaves(value, depth - 1)]
    return [leaf for value in event for leaf in _leaves(value, depth - 1)] if isinstance(event, list) else []
