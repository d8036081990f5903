from datetime import timedelta
from email.utils import make_msgid
from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.core import work
from crosschq.core.crypto import EncryptedTextField
from crosschq.organizations.models import Organization, TenantModel


class Channel(models.TextChoices):
    EMAIL = "email", gettext_lazy("E-mail")
    TEXT = "text", gettext_lazy("Text message")


def new_message_id() -> str:
    """Minted once per row, so that a repeated hand-over carries the same Message-ID (RFC 5322, section 3.6.4)."""
    return make_msgid(domain=urlsplit(settings.BASE_URL).hostname)


class Message(TenantModel, work.WorkItem):
    """One message to one person. The text holds a secret link: encrypted, and gone once it is sent.

    Messages of sign-in belong to no organization; only `cross_tenant` sees those.
    """

    performed_by: ClassVar[str] = "crosschq.messaging.channels.send"
    # A mail takes up to ten answers of the server, each of at most EMAIL_TIMEOUT.
    lease_seconds: ClassVar[int] = 300
    retry_delays: ClassVar[tuple[int, ...]] = (10, 60, 300, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
    kept_after_death: ClassVar[timedelta] = timedelta(days=7)

    organization = models.ForeignKey(  # type: ignore[assignment]  # narrower in the base class
        Organization, null=True, on_delete=models.CASCADE, related_name="+"
    )
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.EMAIL)
    kind = models.CharField(max_length=60)
    to_email = models.EmailField(max_length=254)
    to_name = models.CharField(max_length=200, blank=True)
    sender_name = models.CharField(max_length=150, blank=True)
    reply_to = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=250)
    text = EncryptedTextField(blank=True)
    html = EncryptedTextField(blank=True)
    message_id = models.CharField(max_length=250, unique=True, default=new_message_id)
    about_kind = models.CharField(max_length=20, blank=True)
    about_uid = models.UUIDField(null=True)

    class Meta(work.WorkItem.Meta):
        indexes = [
            *work.WorkItem.Meta.indexes,
            models.Index(fields=["organization", "about_uid"], name="messaging_message_about"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"

    @property
    def status_words(self) -> str:
        match self.state:
            case work.State.DONE:
                return _("Sent")
            case work.State.CANCELLED:
                return _("Cancelled before it was sent")
            case work.State.DEAD:
                return _("Not sent: %(why)s") % {"why": self.reason}
            case work.State.PENDING if self.reason:
                return _("Waiting: %(why)s") % {"why": self.reason}
        return _("On its way")
