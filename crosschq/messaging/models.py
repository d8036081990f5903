import uuid
from datetime import timedelta
from email.utils import make_msgid
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.core import clock
from crosschq.core.database.address_keys import mailbox_of
from crosschq.core.outbox import work_item
from crosschq.core.outbox.queues import MESSAGES, TEXT_MESSAGES, URGENT, Queue
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.restore import held
from crosschq.core.security.encryption import EncryptedTextField
from crosschq.core.text import lengths
from crosschq.tenancy.models import IndexedTenantModel, Organization, TenantModel


class Channel(models.TextChoices):
    EMAIL = "email", gettext_lazy("Email")
    TEXT = "text", gettext_lazy("Text message")


class DeliveryStatus(models.TextChoices):
    """What a provider reported after we handed the message over. A message only moves down this list."""

    QUEUED = "queued", gettext_lazy("Accepted by the provider")
    SENT = "sent", gettext_lazy("Sent")
    # The mailbox was full or unavailable, and the provider gave up on this email. The address may be right.
    SOFT_BOUNCED = "soft_bounced", gettext_lazy("Did not arrive: the mailbox was full or unavailable")
    DELIVERED = "delivered", gettext_lazy("Delivered")
    BOUNCED = "bounced", gettext_lazy("Did not arrive")
    COMPLAINED = "complained", gettext_lazy("Marked as spam")


# Last in the list, so that a late "delivered" for the same message can't hide them.
FAILED = (DeliveryStatus.BOUNCED, DeliveryStatus.COMPLAINED)
# The provider_id of a text message between the hand-over and the provider's response.
HANDOVER_STARTED = "?"
# Codes of setbacks: the provider certainly didn't accept it; our email server refused us and not the recipient.
TEXT_BUSY = "text_busy"
SENDING_REFUSED = "sending_refused"
# When we give up after one of these, the address isn't to blame.
FAULTS_OF_SENDING = (SENDING_REFUSED, "email_unreachable", "email_busy", "bug")


# These hold secret links, so they are erased as soon as the message is finished.
ERASED = {"text": "", "html": "", "list_unsubscribe": ""}


def new_message_id() -> str:
    """Create a Message-ID, once per row, so that a second hand-over carries the same one (RFC 5322, section 3.6.4)."""
    return make_msgid(domain=urlsplit(settings.BASE_URL).hostname)


class Message(TenantModel, work_item.WorkItem):
    """One message to one person. Its text holds a secret link, so it is encrypted, and erased after sending.

    Sign-in messages belong to no organization, so only `cross_tenant` sees them.
    """

    performed_by: ClassVar[str] = "crosschq.messaging.channels.deliver.send"
    queues: ClassVar[tuple[Queue, ...]] = (MESSAGES, URGENT, TEXT_MESSAGES)
    concurrency_column: ClassVar[str] = "concurrency_key"
    # Sending an email takes up to ten server responses, each within EMAIL_TIMEOUT.
    lease_seconds: ClassVar[int] = 300
    retry_delays: ClassVar[tuple[int, ...]] = (10, 30, 60, 300, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
    kept_after_death: ClassVar[timedelta] = timedelta(days=7)

    organization = models.ForeignKey(  # type: ignore[assignment]  # narrower in the base class
        Organization, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    queue = models.CharField(max_length=20, default=MESSAGES.name)
    # Sign-in messages share one key. A column, since PostgreSQL uses no index on COALESCE under row-level security.
    concurrency_key = models.GeneratedField(
        expression=Coalesce(F("organization"), 0), output_field=models.BigIntegerField(), db_persist=True
    )
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.EMAIL)
    kind = models.CharField(max_length=60)
    to_email = models.EmailField(max_length=lengths.EMAIL, blank=True)
    to_mailbox = models.GeneratedField(
        expression=mailbox_of("to_email"), output_field=models.CharField(max_length=lengths.EMAIL), db_persist=True
    )
    to_phone = models.CharField(max_length=lengths.E164, blank=True)  # E.164
    to_name = models.CharField(max_length=lengths.PERSON_NAME, blank=True)
    sender_name = models.CharField(max_length=lengths.SENDER_NAME, blank=True)
    reply_to = models.CharField(max_length=lengths.EMAIL, blank=True)
    subject = models.CharField(max_length=lengths.SUBJECT)
    text = EncryptedTextField(blank=True)
    html = EncryptedTextField(blank=True)
    # Where one click stops emails of this kind (RFC 8058). Holds a secret link, like the text.
    list_unsubscribe = EncryptedTextField(blank=True)
    message_id = models.CharField(max_length=250, default=new_message_id)
    in_reply_to = models.CharField(max_length=250, blank=True)  # the Message-ID of the thread's first message
    provider_id = models.CharField(max_length=150, blank=True)  # the provider's own id for this message
    delivery = models.CharField(max_length=12, choices=DeliveryStatus, blank=True)
    delivery_at = models.DateTimeField(null=True)
    is_sending_at_fault = models.BooleanField(default=False)  # we gave up on it, and the address isn't the reason
    # If set, the message is sent outside quiet hours in this zone, even after a delay.
    quiet_zone = models.CharField(max_length=60, blank=True)
    about_kind = models.CharField(max_length=20, blank=True)
    about_uid = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message_id"], name="messaging_message_once")]
        indexes = [
            *work_item.indexes("queue", "concurrency_key"),
            held.index(),
            models.Index(fields=["organization", "about_uid"], name="messaging_message_about"),
            models.Index(
                fields=["organization", "to_mailbox"], condition=Q(to_email__gt=""), name="messaging_message_to"
            ),
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="messaging_message_provider"),
            models.Index(fields=["organization", "created_at"], name="messaging_message_oldest"),
            # For the pages that show that an email failed.
            models.Index(
                fields=["about_uid"],
                condition=Q(channel="email") & (Q(state=WorkState.DEAD) | Q(delivery__in=FAILED)),
                name="messaging_message_failed",
            ),
            # For the caps on text messages.
            models.Index(fields=["created_at"], condition=Q(channel="text"), name="messaging_message_texts"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"

    def fields_at_setback(self, setback: work_item.Setback, state: str) -> dict[str, Any]:
        """A text message that certainly wasn't sent is handed over again; one that may have been sent never is."""
        if state == WorkState.UNKNOWN:
            return {"text": "", "html": ""}
        if state == WorkState.DEAD:
            return {"is_sending_at_fault": setback.code in FAULTS_OF_SENDING}
        return {"provider_id": ""} if setback.code == TEXT_BUSY else {}

    @property
    def about(self) -> tuple[str, uuid.UUID] | None:
        is_email = self.channel == Channel.EMAIL
        return (self.about_kind, self.about_uid) if is_email and self.about_kind and self.about_uid else None

    @property
    def address(self) -> str:
        return self.to_phone if self.channel == Channel.TEXT else self.to_email

    @property
    def has_failed(self) -> bool:
        """Whether the message didn't arrive, as far as we know."""
        return self.state == WorkState.DEAD or self.delivery in FAILED

    @property
    def has_failing_address(self) -> bool:
        """Whether the message failed because of its address, so that another address would help."""
        return self.has_failed and not (self.state == WorkState.DEAD and self.is_sending_at_fault)

    @property
    def status_text(self) -> str:
        match self.state:
            case WorkState.DONE if self.delivery in (DeliveryStatus.SOFT_BOUNCED, DeliveryStatus.DELIVERED, *FAILED):
                return str(self.get_delivery_display())
            case WorkState.DONE:
                return _("Sent")
            case WorkState.CANCELLED if self.reason:
                return _("Not sent: %(why)s") % {"why": self.reason}
            case WorkState.CANCELLED:
                return _("Canceled before it was sent")
            case WorkState.UNKNOWN:
                return _("May have been sent")
            case WorkState.DEAD:
                return _("Not sent: %(why)s") % {"why": self.reason}
            case WorkState.HELD if self.reason:
                return _("On hold: %(why)s") % {"why": self.reason}
            case WorkState.PENDING if self.reason:
                return _("Waiting: %(why)s") % {"why": self.reason}
        return _("On its way")


class SuppressionReason(models.TextChoices):
    """Why we stopped sending to an address. The label is shown next to a message to that address."""

    BOUNCED = "bounced", gettext_lazy("Messages to this address bounce. Correct the address.")
    COMPLAINED = "complained", gettext_lazy("The recipient marked our email as spam.")
    NOT_THEM = "not_them", gettext_lazy("The recipient told us that they are a different person.")
    STOPPED = "stopped", gettext_lazy("They opted out of emails about this request.")
    STOP = "stop", gettext_lazy("They replied STOP to a text message.")
    ERASED = "erased", gettext_lazy("Their data was erased.")


# An opt-out isn't a failure: the message is canceled, and we ask no one for another address.
OPT_OUTS = (SuppressionReason.STOPPED, SuppressionReason.STOP, SuppressionReason.ERASED)


class Suppression(TenantModel):
    """An address that we don't send to. Only its keyed hash is stored.

    `about_uid` limits it to messages about one request or reference. A number that texted STOP is suppressed for all
    organizations, since they share our number; its row has no organization, so only `cross_tenant` sees it.
    """

    organization = models.ForeignKey(  # type: ignore[assignment]  # narrower in the base class
        Organization, null=True, on_delete=models.CASCADE, related_name="+"
    )
    channel = models.CharField(max_length=10, choices=Channel)
    address_hash = models.BinaryField(max_length=32)
    reason = models.CharField(max_length=12, choices=SuppressionReason)
    about_uid = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address_hash", "channel", "organization", "reason", "about_uid"],
                nulls_distinct=False,
                name="messaging_suppression_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.reason}"


class CountedSend(models.Model):
    """One email that a person made us send, counted for the caps (caps.py). Deleted after two days.

    Stores only hashes of the address and network. No row-level security, since some caps span all organizations.
    """

    cap = models.CharField(max_length=20)
    organization_key = models.BigIntegerField(null=True)  # None: sign-in
    address_hash = models.BinaryField(max_length=32)
    network_hash = models.BinaryField(max_length=32, blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["organization_key", "cap", "-at"], name="messaging_sends_of"),
            models.Index(fields=["address_hash", "-at"], name="messaging_sends_to"),
            models.Index(fields=["network_hash", "-at"], condition=~Q(network_hash=b""), name="messaging_sends_from"),
            models.Index(fields=["at"], name="messaging_sends_at"),
        ]

    def __str__(self) -> str:
        return f"{self.cap} at {self.at}"


class DeliveryEvent(IndexedTenantModel):
    """One event that a provider reported about a message: its type, and no personal data."""

    message_uid = models.UUIDField()
    provider = models.CharField(max_length=40)
    event_id = models.CharField(max_length=200)
    event_type = models.CharField(max_length=40)
    reject_reason = models.CharField(max_length=40, blank=True)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "message_uid", "provider", "event_id"], name="messaging_delivery_once"
            ),
        ]
        indexes = [models.Index(fields=["organization", "received_at"], name="messaging_delivery_received")]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_type}"
