import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Coalesce

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.after_restore import AfterRestore
from crosschq.core.outbox.queues import VENDOR, Queue
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.restore import held
from crosschq.core.restore.held import HELD_FOR
from crosschq.core.text import lengths
from crosschq.tenancy.models import IndexedTenantModel, TenantModel
from webhooks.decision.outcomes import BY_SETBACK, OTHER, OUTCOMES, Outcome

MAX_LOGGED_ATTEMPTS = 50
# Only a member can release these. They are part of index conditions, so a change needs a migration.
NEEDS_REVIEW = ("hold.old", "no.stood_there")
# The generated column `family` is computed from these, so a change needs a migration that recreates it.
HIDDEN_OUTCOMES = ("no.other_step", "no.other_event", "no.duplicate")


class Replay(TenantModel):
    """A member's replay of the events that failed since a date, or of some of them. Each event has its own result."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    by_name = models.CharField(max_length=lengths.PERSON_NAME)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"replay of what failed since {self.since:%Y-%m-%d}"


class InboundEvent(IndexedTenantModel, work_item.WorkItem):
    """One event from the ATS: stored unchanged before we respond, decided later."""

    performed_by: ClassVar[str] = "webhooks.decision.decide.perform"
    batch: ClassVar[int] = 20
    read_by: ClassVar[str] = "webhooks.decision.earlier_reads.read_together"
    queues: ClassVar[tuple[Queue, ...]] = (VENDOR,)
    concurrency_column: ClassVar[str] = "connection_id"
    circuit: ClassVar[str] = "connection"
    lease_seconds: ClassVar[int] = 120  # a few reads of up to 25 s each
    after_restore: ClassVar[AfterRestore] = AfterRestore.LOOKS_FIRST

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="events", db_index=False)
    event_id = models.CharField(max_length=200)
    event_name = models.CharField(max_length=100)
    event_version = models.CharField(max_length=40, blank=True)
    body = models.BinaryField()
    # When it happened, if the ATS says so; and when a member confirmed it despite its age.
    happened_at = models.DateTimeField(default=clock.now)
    confirmed_at = models.DateTimeField(null=True)

    outcome = models.CharField(max_length=40, blank=True)
    values = models.JSONField(default=dict)  # the values of the outcome's sentence
    checks = models.JSONField(default=list)  # [{"name", "result": ok|stop|skip, "detail"}]
    candidate_id = models.CharField(max_length=lengths.ATS_ID, blank=True)
    candidate_name = models.CharField(max_length=lengths.PERSON_NAME, blank=True)
    job_id = models.CharField(max_length=lengths.ATS_ID, blank=True)
    # When the application reached the step, to tell one stay at the step from another.
    stay_began_at = models.DateTimeField(null=True)
    job_title = models.CharField(max_length=lengths.ATS_JOB_TITLE, blank=True)
    reference_request_uid = models.UUIDField(null=True)
    template_uid = models.UUIDField(null=True)  # the template of the request
    attempt_log = models.JSONField(default=list)  # [{"at", "outcome", "sentence"}], oldest first
    outcome_at = models.DateTimeField(null=True)  # when the current outcome was first reached

    # What a member asked for: this template whatever the tag, this address for a candidate without one in the ATS, or
    # another request although there is a report.
    chosen_template = models.UUIDField(null=True)
    chosen_email = models.EmailField(max_length=lengths.EMAIL, blank=True, default="", db_default="")
    allow_repeat = models.BooleanField(default=False)
    asked_by = models.CharField(max_length=lengths.PERSON_NAME, blank=True)
    replay = models.ForeignKey(Replay, null=True, on_delete=models.SET_NULL, related_name="events", db_index=False)
    notified_outcome = models.CharField(max_length=40, blank=True)  # the last outcome that the owner was notified about

    family = models.GeneratedField(
        expression=Case(
            When(outcome__in=HIDDEN_OUTCOMES, then=Value(OTHER)),
            default=Func(F("outcome"), Value("."), Value(1), function="split_part", output_field=models.CharField()),
        ),
        output_field=models.CharField(max_length=40),
        db_persist=True,
    )

    # What the log filters by: the chosen template, or that of the request.
    for_template = models.GeneratedField(
        expression=Coalesce("chosen_template", "template_uid"),
        output_field=models.UUIDField(null=True),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "event_id"], name="webhooks_event_once"),
        ]
        indexes = [
            *work_item.indexes("connection"),
            models.Index(
                fields=["organization", "-created_at", "-id"], include=["connection"], name="webhooks_event_newest"
            ),
            models.Index(fields=["connection", "candidate_id", "job_id"], name="webhooks_event_application"),
            # With the organization, or the planner would also read all that another index has of it. For the event log:
            # events about our step, and by family of outcomes.
            models.Index(
                fields=["organization", "connection", "-created_at", "-id"],
                condition=~Q(family=OTHER),
                name="webhooks_event_log",
            ),
            models.Index(
                fields=["organization", "connection", "family", "-created_at", "-id"], name="webhooks_event_family"
            ),
            models.Index(
                fields=["organization", "connection", "for_template", "-created_at", "-id"],
                condition=Q(for_template__isnull=False),
                name="webhooks_event_of_template",
            ),
            # Who waits for a review, oldest first.
            models.Index(
                fields=["organization", "connection", "created_at", "id"],
                condition=Q(outcome__in=NEEDS_REVIEW, state__in=[WorkState.HELD, WorkState.DONE]),
                name="webhooks_event_to_review",
            ),
            models.Index(
                fields=["organization", "connection"],
                condition=Q(outcome__in=NEEDS_REVIEW, state__in=[WorkState.PENDING, WorkState.WORKING]),
                name="webhooks_event_again",
            ),
            models.Index(fields=["organization"], condition=Q(chosen_email__gt=""), name="webhooks_event_chosen_email"),
            models.Index(fields=["replay"], condition=Q(replay__isnull=False), name="webhooks_event_replayed"),
            models.Index(
                fields=["outcome_at"],
                condition=Q(family__in=["no", "hold", "fail"]) & ~Q(notified_outcome=F("outcome")),
                name="webhooks_event_unnotified",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_name} {self.uid}"

    @property
    def outcome_details(self) -> Outcome | None:
        return OUTCOMES.get(self.outcome)

    @property
    def is_in_progress(self) -> bool:
        """Return whether a worker has it or will take it next, so that its last outcome is outdated."""
        due = self.state == WorkState.PENDING and self.available_at <= clock.now()
        return due or self.state == WorkState.WORKING or not self.outcome

    @property
    def is_manual(self) -> bool:
        """Return whether a member asked for something that the rules alone wouldn't have sent."""
        return self.allow_repeat or bool(self.chosen_email) or self.chosen_template is not None

    @property
    def sentence(self) -> str:
        outcome = self.outcome_details
        return outcome.say(self.values) if outcome else ""

    @property
    def fix(self) -> str:
        outcome = self.outcome_details
        return outcome.say_fix(self.values) if outcome else ""

    @classmethod
    def fields_to_look_first(cls) -> dict[str, Any]:
        # It keeps the mark of the restore, by which decide.py waits for a member instead of starting a request.
        return {"held_for": HELD_FOR}

    def fields_at_setback(self, setback: work_item.Setback, state: str) -> dict[str, Any]:
        slug = BY_SETBACK.get(setback.code, "fail.gave_up")
        if state == WorkState.DEAD and slug in ("hold.busy", "fail.bug"):
            slug = "fail.gave_up"
        values = {"attempts": self.attempts, "why": setback.sentence} | getattr(setback, "values", {})
        known: dict[str, Any] = getattr(setback, "evidence", {})
        return known | self.outcome_fields(slug, values)

    def outcome_fields(self, slug: str, values: dict[str, Any]) -> dict[str, Any]:
        """Return the columns to store with an outcome, including another entry of the attempt log."""
        now = clock.now()
        line = {"at": now.isoformat(), "outcome": slug, "sentence": OUTCOMES[slug].say(values)}
        since = self.outcome_at if self.outcome == slug and self.outcome_at else now
        return {
            "outcome": slug,
            "values": values,
            "outcome_at": since,
            "attempt_log": [*self.attempt_log, line][-MAX_LOGGED_ATTEMPTS:],
        }


class Notice(TenantModel, work_item.WorkItem):
    """One email to the owner about a move that sent no request: see owner_notices.py. Sent once for each `key`."""

    performed_by: ClassVar[str] = "webhooks.log.owner_notices.perform"
    queues: ClassVar[tuple[Queue, ...]] = (VENDOR,)
    concurrency_column: ClassVar[str] = "connection_id"
    circuit: ClassVar[str] = "connection"
    lease_seconds: ClassVar[int] = 120

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    event = models.ForeignKey(InboundEvent, on_delete=models.CASCADE, related_name="notices")
    outcome = models.CharField(max_length=40)
    key = models.CharField(max_length=260)
    to_email = models.CharField(max_length=lengths.EMAIL, blank=True)
    to_name = models.CharField(max_length=lengths.PERSON_NAME, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "key"], name="webhooks_notice_once"),
        ]
        indexes = [*work_item.indexes("connection"), held.index()]

    def __str__(self) -> str:
        return f"{self.outcome} of {self.event_id}"


class MutedJob(TenantModel):
    """A job whose missing tag no longer causes emails."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    job_id = models.CharField(max_length=lengths.ATS_ID)
    by_name = models.CharField(max_length=lengths.PERSON_NAME)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "job_id"], name="webhooks_muted_job_once"),
        ]

    def __str__(self) -> str:
        return self.job_id


class ErasedCandidate(TenantModel):
    """A keyed hash of an erased candidate's id, so that a move doesn't ask them again under another address.

    `address_hashes`: in hex, those of the person's addresses, so that allowing one of them again also lifts this.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    candidate_hash = models.BinaryField(max_length=32)
    address_hashes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "candidate_hash"], name="webhooks_erased_candidate_once"),
        ]

    def __str__(self) -> str:
        return f"candidate erased on {self.created_at:%Y-%m-%d}"


class ConnectionJobKind(models.TextChoices):
    """The recurring jobs of each live connection: see connection_jobs.py."""

    BACKFILL_LOG = "backfill_log"
    SCAN_STEP = "scan_step"
    CHECK_SETUP = "check_setup"
    READ_DIRECTORY = "read_directory"
    KEEP_ALIVE = "keep_alive"
    RENEW_SIGNING_KEY = "renew_signing_key"


class ConnectionJob(TenantModel, work_item.WorkItem):
    """One recurring job of one connection. It never ends: finishing it sets when it is due next."""

    performed_by: ClassVar[str] = "webhooks.connection_jobs.perform"
    after_restore: ClassVar[AfterRestore] = AfterRestore.CONTINUES
    queues: ClassVar[tuple[Queue, ...]] = (VENDOR,)
    concurrency_column: ClassVar[str] = "connection_id"
    circuit: ClassVar[str] = "connection"
    lease_seconds: ClassVar[int] = 300
    retry_delays: ClassVar[tuple[int, ...]] = (60, 300, 900, 900, 900, 3600, 3600, 3600)

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=ConnectionJobKind)
    last_done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "kind"], name="webhooks_connectionjob_once"),
        ]
        indexes = work_item.indexes("connection")

    def __str__(self) -> str:
        return f"{self.kind} for {self.connection}"


class RefusedDeliveries(TenantModel):
    """How many messages had no valid signature in one hour. Their contents aren't kept."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "hour"], name="webhooks_refused_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.count} at {self.hour:%Y-%m-%d %H}"
