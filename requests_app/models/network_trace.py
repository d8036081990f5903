"""From which networks people answered, kept only while a request is open."""

from django.db import models

from crosschq.tenancy.models import TenantModel
from requests_app.models.reference import Reference
from requests_app.models.reference_request import ReferenceRequest


class NetworkTrace(TenantModel):
    """A keyed hash of a network that the candidate (no reference) or a reference sent something from.

    Deleted when the request ends. The hash is specific to one request, so hashes of two requests can't be compared.
    """

    reference_request = models.ForeignKey(
        ReferenceRequest, on_delete=models.CASCADE, related_name="network_traces", db_index=False
    )
    reference = models.ForeignKey(Reference, null=True, on_delete=models.CASCADE, related_name="network_traces")
    network_hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reference_request", "reference", "network_hash"],
                nulls_distinct=False,
                name="requests_app_one_trace_per_network",
            ),
        ]

    def __str__(self) -> str:
        return f"network of request {self.reference_request_id}"
