"""The history of a request, one sentence per entry."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crosschq.core import clock
from crosschq.tenancy.models import TenantModel
from requests_app.models.reference_request import ReferenceRequest


class EntryKind(models.TextChoices):
    """How the timeline marks an entry."""

    OK = "ok", _("Done")
    WARN = "warn", _("To do")
    ERROR = "err", _("Problem")
    INFO = "info", _("Note")
    QUIET = "quiet", _("Small")


class TimelineEntry(TenantModel):
    """Something that happened to a request, in a sentence for staff."""

    reference_request = models.ForeignKey(
        ReferenceRequest, on_delete=models.CASCADE, related_name="timeline", db_index=False
    )
    at = models.DateTimeField(default=clock.now)
    kind = models.CharField(max_length=10, choices=EntryKind, default=EntryKind.INFO)
    sentence = models.TextField()
    # Whose name it contains: the uid of a reference, or of the request for its candidate. None: someone else's, several
    # people's, or nobody's.
    about_uid = models.UUIDField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["reference_request", "-at", "-id"], name="requests_app_timeline")]

    def __str__(self) -> str:
        return self.sentence
