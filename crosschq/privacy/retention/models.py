"""What retention removed, and what it must not remove."""

import uuid

from django.db import models

from crosschq.core import clock
from crosschq.core.security.encryption import EncryptedTextField
from crosschq.tenancy.models import IndexedTenantModel, TenantModel, User


class RemovedRows(IndexedTenantModel):
    """How many rows of one table a night removed for an organization. Counts only."""

    night = models.DateField()
    table = models.CharField(max_length=80)  # a model's label
    count = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "night", "table"], name="retention_removedrows_once"),
        ]

    def __str__(self) -> str:
        return f"{self.count} of {self.table} on {self.night}"


class LegalHold(TenantModel):
    """A person or a request that nothing may delete until an admin releases the hold.

    The address is erased when the hold is released. `reason` is written for the list, without personal data.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reason = models.CharField(max_length=200)
    email = EncryptedTextField(blank=True)
    reference_request_uid = models.UUIDField(null=True)
    placed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    placed_at = models.DateTimeField(default=clock.now)
    released_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    released_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"hold of {self.placed_at:%Y-%m-%d}"
