"""A planned reminder to the candidate or to one reference."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from crosschq.core.outbox import work_item
from crosschq.core.outbox.after_restore import AfterRestore
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.restore import held
from crosschq.core.text import lengths
from crosschq.tenancy.models import TenantModel
from requests_app.models.reference import Reference
from requests_app.models.reference_request import ReferenceRequest


class Reminder(TenantModel, work_item.WorkItem):
    """A planned reminder to the candidate (no reference) or to a reference who hasn't answered.

    `available_at` is the time of the next attempt. `planned_for` never changes and shows which of several is newest.
    """

    performed_by: ClassVar[str] = "requests_app.reminders.deliver.send"
    after_restore: ClassVar[AfterRestore] = AfterRestore.WAITS_IF_DUE

    reference_request = models.ForeignKey(
        ReferenceRequest, on_delete=models.CASCADE, related_name="reminders", db_index=False
    )
    reference = models.ForeignKey(Reference, null=True, on_delete=models.CASCADE, related_name="reminders")
    planned_for = models.DateTimeField()
    # The name of the person who requested it; empty if the template's schedule did.
    requested_by = models.CharField(max_length=lengths.PERSON_NAME, blank=True)
    by_candidate = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reference_request", "reference", "planned_for"],
                condition=Q(state=WorkState.PENDING),
                nulls_distinct=False,
                name="requests_app_one_reminder_at_a_time",
            ),
        ]
        indexes = [
            *work_item.indexes("organization"),
            held.index(),
            models.Index(fields=["reference_request", "reference", "planned_for"], name="requests_app_reminders"),
        ]

    def __str__(self) -> str:
        return f"reminder of {self.planned_for:%Y-%m-%d %H:%M}"

    @property
    def is_scheduled(self) -> bool:
        return not self.requested_by

    @property
    def sent_at(self) -> datetime | None:
        """When its email was queued; None if it wasn't."""
        return self.finished_at if self.state == WorkState.DONE else None
