"""The PDF of a report, made by a worker."""

from typing import ClassVar

from django.db import models

from crosschq.core.outbox import work_item
from crosschq.core.outbox.after_restore import AfterRestore
from crosschq.core.outbox.queues import INTERACTIVE, Queue
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.security.encryption import EncryptedTextField
from crosschq.tenancy.models import IndexedTenantModel
from requests_app.models.report_version import ReportVersion


class ReportFile(IndexedTenantModel, work_item.WorkItem):
    """The PDF of a version of a report, kept for some days after someone asked for it.

    `fingerprint` identifies the contents: once the version has another one, as after an erasure, this file is out of
    date. `pdf` is base64.
    """

    performed_by: ClassVar[str] = "requests_app.report.pdf.files.perform"
    queues: ClassVar[tuple[Queue, ...]] = (INTERACTIVE,)
    after_restore: ClassVar[AfterRestore] = AfterRestore.CONTINUES
    retry_delays: ClassVar[tuple[int, ...]] = (1, 5, 60)

    version = models.OneToOneField(ReportVersion, on_delete=models.CASCADE, related_name="file")
    fingerprint = models.CharField(max_length=64)
    pdf = EncryptedTextField(blank=True)
    attach = models.BooleanField(default=False)  # to the application in the ATS, once it is made

    class Meta:
        indexes = [
            *work_item.indexes("organization"),
            models.Index(fields=["organization", "created_at"], name="requests_app_file_oldest"),
        ]

    def __str__(self) -> str:
        return f"PDF of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_made(self) -> bool:
        return self.state == WorkState.DONE and bool(self.pdf)

    @property
    def has_failed(self) -> bool:
        return self.state == WorkState.DEAD
