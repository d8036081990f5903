"""Jobs to choose from, and the refresh that loads the options from the ATS."""

from typing import ClassVar

from django.db import models

from crosschq.core.outbox import work_item
from crosschq.core.outbox.after_restore import AfterRestore
from crosschq.core.outbox.queues import INTERACTIVE, Queue
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text import lengths
from crosschq.tenancy.models import TenantModel
from prospects.models.export import ExportSettings


class JobOption(TenantModel):
    """A job of the company, as the ATS listed it last. `search_key` and `sort_key`: see job_options.py."""

    settings = models.ForeignKey(ExportSettings, on_delete=models.CASCADE, related_name="job_options", db_index=False)
    job_id = models.CharField(max_length=lengths.ATS_ID)
    title = models.CharField(max_length=lengths.ATS_JOB_TITLE)
    ref_number = models.CharField(max_length=lengths.ATS_ID, blank=True)
    city = models.CharField(max_length=lengths.ATS_NAME, blank=True)
    status = models.CharField(max_length=lengths.ATS_STATUS)
    search_key = models.TextField()
    sort_key = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["settings", "job_id"], name="prospects_job_option_once")]
        indexes = [models.Index(fields=["settings", "sort_key", "job_id"], name="prospects_job_option_sorted")]

    def __str__(self) -> str:
        return self.title


class OptionsRefresh(TenantModel, work_item.WorkItem):
    """Loads the options from the ATS. One row per settings, restarted by each request.

    `part` is being loaded; `parts_read` of `parts` are done.
    """

    performed_by: ClassVar[str] = "prospects.export_options.worker.perform"
    queues: ClassVar[tuple[Queue, ...]] = (INTERACTIVE,)  # a user is waiting for it
    lease_seconds: ClassVar[int] = 120
    after_restore: ClassVar[AfterRestore] = AfterRestore.CONTINUES
    retry_delays: ClassVar[tuple[int, ...]] = (2, 10, 60)

    settings = models.OneToOneField(ExportSettings, on_delete=models.CASCADE, related_name="refresh")
    part = models.CharField(max_length=120, blank=True)
    parts_read = models.PositiveSmallIntegerField(default=0)
    parts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = work_item.indexes("organization")

    def __str__(self) -> str:
        return f"refresh of {self.settings_id}"

    @property
    def is_in_progress(self) -> bool:
        return self.state in (WorkState.PENDING, WorkState.WORKING)
