"""What candidates and references agreed to."""

from django.db import models
from django.db.models import Q

from crosschq.core import clock
from crosschq.tenancy.models import TenantModel
from requests_app.models.reference import Reference
from requests_app.models.reference_request import ReferenceRequest


class Agreement(TenantModel):
    """The wording that the candidate (no reference) or a reference agreed to, its version, and the time."""

    reference_request = models.ForeignKey(ReferenceRequest, on_delete=models.CASCADE, related_name="agreements")
    reference = models.ForeignKey(Reference, null=True, on_delete=models.CASCADE, related_name="agreements")
    version = models.PositiveSmallIntegerField()
    text = models.TextField()
    given_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reference_request"],
                condition=Q(reference__isnull=True),
                name="requests_app_one_agreement_of_the_candidate",
            ),
        ]
        ordering = ["given_at", "id"]

    def __str__(self) -> str:
        return f"agreement of {self.given_at:%Y-%m-%d}"
