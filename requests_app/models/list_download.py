"""A list of requests as a CSV file, which a worker prepares."""

import uuid
from typing import ClassVar

from django.db import models

from crosschq.core.outbox import work_item
from crosschq.core.outbox.after_restore import AfterRestore
from crosschq.core.outbox.queues import LOCAL, Queue
from crosschq.core.security.encryption import EncryptedTextField
from crosschq.tenancy.models import TenantModel
from crosschq.tenancy.requested_work import RequestedWork


class ListDownload(RequestedWork):
    """A CSV file of the requests that match some filters, kept for a day. Its content is in its parts."""

    performed_by: ClassVar[str] = "requests_app.list_download.worker.perform"
    # It reads and writes only our database.
    after_restore: ClassVar[AfterRestore] = AfterRestore.CONTINUES
    queues: ClassVar[tuple[Queue, ...]] = (LOCAL,)
    lease_seconds: ClassVar[int] = 300
    retry_delays: ClassVar[tuple[int, ...]] = (5, 30, 120)

    # The filters as JSON: they may contain a name that someone searched for.
    filters = EncryptedTextField()
    separator = models.CharField(max_length=1)
    total = models.PositiveIntegerField()  # when it was requested
    rows = models.PositiveIntegerField(default=0)  # so far
    size = models.PositiveBigIntegerField(default=0)  # bytes so far
    # The last request in the file so far: a later attempt continues after it.
    last_created_at = models.DateTimeField(null=True)
    last_pk = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)

    class Meta(RequestedWork.Meta):
        abstract = False
        indexes = work_item.indexes("organization")

    def __str__(self) -> str:
        return f"list download {self.uid}"


class ListDownloadPart(TenantModel):
    """A part of the file: whole lines, encrypted."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    list_download = models.ForeignKey(ListDownload, on_delete=models.CASCADE, related_name="parts", db_index=False)
    number = models.PositiveIntegerField()
    content = EncryptedTextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list_download", "number"], name="requests_app_download_part_once"),
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.list_download_id}"
