from typing import Any, ClassVar

from django.db import models

from connectors.models import Connection
from crosschq.core import clock, work
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
    # When it happened there, as far as the ATS tells, and when a person said to go on although it is long ago.
    happened_at = models.DateTimeField(default=clock.now)
    confirmed_at = models.DateTimeField(null=True)

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
            models.Index(fields=["connection", "candidate_id", "job_id"], name="webhooks_event_application"),
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
        values = {"attempts": self.attempts, "why": setback.sentence} | getattr(setback, "values", {})
        return {"outcome": slug, "values": values}


class ChoreKind(models.TextChoices):
    """What is done for each live connection again and again: see chores.py."""

    RECOVER = "recover"
    STEP = "step"
    DIRECTORY = "directory"
    KEEP_ALIVE = "keep_alive"
    SIGNING_KEY = "signing_key"


class Chore(TenantModel, work.WorkItem):
    """One recurring piece of work for one connection. It is never done: finishing it sets when it is due next."""

    performed_by: ClassVar[str] = "webhooks.chores.perform"
    lease_seconds: ClassVar[int] = 300
    retry_delays: ClassVar[tuple[int, ...]] = (60, 300, 900, 900, 900, 3600, 3600, 3600)

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=ChoreKind)
    last_done_at = models.DateTimeField(null=True)

    class Meta(work.WorkItem.Meta):
        constraints = [
            models.UniqueConstraint(fields=["connection", "kind"], name="webhooks_chore_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.connection}"


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
