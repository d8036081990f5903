"""One action for many requests, and what became of each."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.queues import LOCAL, Queue
from crosschq.tenancy.models import TenantModel, User
from crosschq.tenancy.requested_work import RequestedWork
from requests_app.models.reference_request import ReferenceRequest


class Act(models.TextChoices):
    """What a bulk action does to each request."""

    REMIND = "remind", _("Send reminders")
    REASSIGN = "reassign", _("Change owner")
    EXTEND = "extend", _("Extend due dates")
    CANCEL = "cancel", _("Cancel requests")


class LeftOut(models.TextChoices):
    """Why a request is left out. The label is the sentence that people read."""

    ENDED = "ended", _("It has ended.")
    PAUSED = "paused", _("It's paused, because the application was turned down.")
    NO_ONE = "no_one", _("There's no one to remind now.")
    TOO_SOON = "too_soon", _("Everyone left to remind was reminded in the last 24 hours, or will be soon.")
    NOT_DELIVERED = "not_delivered", _("The last email didn't arrive. Correct the address first.")
    OPTED_OUT = "opted_out", _("We don't send to this address: it bounced, or the person opted out.")
    SAME_OWNER = "same_owner", _("They already own it.")
    PRIVATE = "private", _("Reports are private here. Change the owner of someone else's request on its page.")
    IS_TEST = "is_test", _("A test belongs to the person who sent it.")


class Result(models.TextChoices):
    """What became of one request."""

    PENDING = "pending", _("Waiting")
    DONE = "done", _("Done")
    LEFT_OUT = "left_out", _("Left out")
    FAILED = "failed", _("Failed")


class BulkAction(RequestedWork):
    """One action for many requests. A worker performs it in batches; the items are what is left to do."""

    performed_by: ClassVar[str] = "requests_app.bulk.worker.perform"
    queues: ClassVar[tuple[Queue, ...]] = (LOCAL,)
    lease_seconds: ClassVar[int] = 300
    retry_delays: ClassVar[tuple[int, ...]] = (5, 30, 120)

    act = models.CharField(max_length=10, choices=Act)
    new_owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    days = models.PositiveSmallIntegerField(default=0)
    # What the member confirmed: how many requests, and how many of them weren't left out at that time.
    selected = models.PositiveIntegerField()
    expected = models.PositiveIntegerField()

    class Meta(RequestedWork.Meta):
        abstract = False
        indexes = work_item.indexes("organization")

    def __str__(self) -> str:
        return f"{self.act} {self.selected} requests"


class BulkItem(TenantModel):
    """One request of a bulk action. It is decided when its turn comes, in one transaction with its effect."""

    bulk_action = models.ForeignKey(BulkAction, on_delete=models.CASCADE, related_name="items", db_index=False)
    reference_request = models.ForeignKey(ReferenceRequest, on_delete=models.CASCADE, related_name="+")
    result = models.CharField(max_length=10, choices=Result, default=Result.PENDING)
    why = models.CharField(max_length=20, choices=LeftOut, blank=True)
    # Why it failed, as a sentence without names.
    reason = models.TextField(blank=True)
    # Whether the email to the new owner counted it.
    counted_in_email = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bulk_action", "reference_request"], name="requests_app_bulk_once"),
        ]
        indexes = [models.Index(fields=["bulk_action", "result", "id"], name="requests_app_bulk_results")]

    def __str__(self) -> str:
        return f"{self.result} item of {self.bulk_action_id}"

    @property
    def sentence(self) -> str:
        """Why nothing happened; empty if it did."""
        return self.reason or (str(LeftOut(self.why).label) if self.why else "")
