"""Work that a member requested on a page, which shows its progress until a worker has done it."""

from django.db import models

from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import TenantModel, User

UNFINISHED = (WorkState.PENDING, WorkState.WORKING)


class RequestedWork(TenantModel, work_item.WorkItem):
    """Work of one organization, with the member who requested it."""

    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        abstract = True

    @property
    def is_under_way(self) -> bool:
        return self.state in UNFINISHED

    @property
    def is_done(self) -> bool:
        return self.state == WorkState.DONE

    @property
    def has_failed(self) -> bool:
        return not (self.is_under_way or self.is_done)
