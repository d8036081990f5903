from typing import Any, ClassVar

from django.db import models

from connectors.models import Connection
from crosschq.core import work
from crosschq.organizations.models import TenantModel

from .outcomes import BY_SETBACK, OUTCOMES, Outcome


class InboundEvent(TenantModel, work.WorkItem):
    """One thing that an ATS told us: stored as it came before it is answered, decided afterwards."""

    performed_by: ClassVar[str] = "webhooks.decide.perform"
    lease_seconds: ClassVar[int] = 120  # a few reads of at most 25 s each

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="events")
    event_id = models.CharField(max_length=200)
    event_name = models.CharField(max_length=100)
    event_version = models.CharField(max_length=40, blank=True)
    body = models.BinaryField()

    outcome = models.CharField(max_length=40, blank=True)
    values = models.JSONField(default=dict)  # what the outcome's sentence names
    checks = models.JSONField(default=list)  # [{"name", "result": ok|stop|skip, "seen"}]
    candidate_id = models.CharField(max_length=100, blank=True)
    candidate_name = models.CharField(max_length=200, blank=True)
    job_id = models.CharField(max_length=100, blank=True)
    job_title = models.CharField(max_length=300, blank=True)
    request_uid = models.UUIDField(null=True)

    class Meta(work.WorkItem.Meta):
        constraints = [
            models.UniqueConstraint(fields=["connection", "event_id"], name="webhooks_event_once"),
        ]
        indexes = [
            *work.WorkItem.Meta.indexes,
            models.Index(fields=["organization", "-created_at", "-id"], name="webhooks_event_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.event_name} {self.uid}"

    @property
    def decided(self) -> Outcome | None:
        return OUTCOMES.get(self.outcome)

    @property
    def sentence(self) -> str:
        outcome = self.decided
        return str(outcome.sentence) % self.values if outcome else ""

    def fields_at_setback(self, setback: work.Setback, state: str) -> dict[str, Any]:
        slug = BY_SETBACK.get(setback.code, "fail.gave_up")
        if state == work.State.DEAD and slug in ("hold.busy", "fail.bug"):
            slug = "fail.gave_up"
        return {"outcome": slug, "values": {"attempts": self.attempts, "why": setback.sentence}}


class RefusedDeliveries(TenantModel):
    """How many messages of one hour did not carry the ATS's signature. Their contents are not kept."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "hour"], name="webhooks_refused_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.count} at {self.hour:%Y-%m-%d %H}"
