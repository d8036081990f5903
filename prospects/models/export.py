"""Export settings, runs, and items."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from connectors.ats import Source
from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.after_restore import AfterRestore
from crosschq.core.outbox.queues import EXPORT, Queue
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text import lengths
from crosschq.tenancy.models import IndexedTenantModel, TenantModel, User


class ExportSettings(TenantModel):
    """Source, jobs, and tags of exported candidates, and the two export switches. One row per connection.

    `problem` says what holds up the export: a selected value that no longer exists in the ATS, or a missing permission
    (`lacks_permission`, known even before the settings are complete).
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="export_settings")
    existing_on = models.BooleanField(default=False)
    new_on = models.BooleanField(default=False)

    source_type_id = models.CharField(max_length=lengths.ATS_ID, blank=True)
    source_type_label = models.CharField(max_length=lengths.ATS_LABEL, blank=True)
    source_subtype_id = models.CharField(max_length=lengths.ATS_ID, blank=True)
    source_id = models.CharField(max_length=lengths.ATS_ID, blank=True)
    source_label = models.CharField(max_length=lengths.ATS_LABEL, blank=True)
    # [{"id": …, "title": …}] with the last known titles; an empty list is the talent pool.
    jobs = models.JSONField(default=list)
    tags = models.JSONField(default=list)
    saved_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)
    lacks_permission = models.BooleanField(default=False)

    # The options to choose from, as last loaded: see `CachedOptions`.
    cached_options = models.JSONField(default=dict)
    options_read_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"export of {self.connection}"

    @property
    def waits_for_change(self) -> str:
        """The fix that held items wait for: valid settings."""
        return f"export:{self.uid}"

    @property
    def waits_for_check(self) -> str:
        """The fix that held items wait for: another check of source and jobs."""
        return f"export-check:{self.uid}"

    @property
    def source(self) -> Source:
        return Source(self.source_type_id, self.source_id, self.source_label, self.source_subtype_id)

    @property
    def is_complete(self) -> bool:
        return self.saved_at is not None

    @property
    def targets(self) -> list[tuple[str, str]]:
        """Id and title of each selected job; an empty id is the talent pool."""
        return [(job["id"], job["title"]) for job in self.jobs] or [("", "")]


def locked(rows: models.QuerySet[ExportSettings]) -> models.QuerySet[ExportSettings]:
    """Lock these rows. Inserts that reference a locked row don't wait."""
    return rows.select_for_update(of=("self",), no_key=True)


def settings_of(connection: Connection) -> ExportSettings:
    """The settings, created if needed, locked so that concurrent changes don't overwrite each other. In `tenant()`."""
    ExportSettings.objects.get_or_create(connection=connection, defaults={"organization": connection.organization})
    result: ExportSettings = locked(ExportSettings.objects.filter(connection=connection)).get()
    result.connection = connection
    return result


class KnownTag(TenantModel):
    """A tag of the company, for suggestions: the ATS has no list of tags."""

    settings = models.ForeignKey(ExportSettings, on_delete=models.CASCADE, related_name="known_tags", db_index=False)
    tag = models.CharField(max_length=lengths.CANDIDATE_TAG)
    tag_key = models.CharField(max_length=lengths.CANDIDATE_TAG)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["settings", "tag_key"], name="prospects_tag_once")]

    def __str__(self) -> str:
        return self.tag


class ExportRun(TenantModel):
    """One export of all prospects that existed when it started."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    settings = models.ForeignKey(ExportSettings, on_delete=models.CASCADE, related_name="runs", db_index=False)
    started_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(default=clock.now)
    # When someone last resumed it or retried its problems.
    reopened_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # While it is finished: how many candidates it created, and how many it linked. These don't change anymore.
    created_count = models.PositiveIntegerField(null=True)
    linked_count = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["settings"], condition=models.Q(finished_at=None), name="prospects_one_run_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["settings", "-started_at"], name="prospects_run_newest")]

    def __str__(self) -> str:
        return f"run of {self.started_at:%Y-%m-%d}"

    @property
    def waits_for_resume(self) -> str:
        return f"export-run:{self.uid}"


class ExportOutcome(models.TextChoices):
    CREATED = "created", _("Exported")
    LINKED = "linked", _("Linked to an existing candidate")


class ExportItem(IndexedTenantModel, work_item.WorkItem):
    """One prospect to export to one job or to the talent pool, exactly once."""

    performed_by: ClassVar[str] = "prospects.export.item.perform"
    queues: ClassVar[tuple[Queue, ...]] = (EXPORT,)
    concurrency_column: ClassVar[str] = "settings_id"
    circuit: ClassVar[str] = "export"
    when_drained: ClassVar[str] = "prospects.export.worker.tidy"
    drains_slowly: ClassVar[bool] = True  # the vendor's rate limit applies, so an old item isn't alarming
    # A write to the ATS may take 130 s; a shorter lease would let a second attempt start.
    lease_seconds: ClassVar[int] = 300
    retry_delays: ClassVar[tuple[int, ...]] = (2, 5, 10, 30, 120, 600, 1800, 3600, 4 * 3600, 12 * 3600)
    after_restore: ClassVar[AfterRestore] = AfterRestore.LOOKS_FIRST

    # Indexed by prospects_export_once.
    prospect = models.ForeignKey("prospects.Prospect", on_delete=models.CASCADE, related_name="exports", db_index=False)
    settings = models.ForeignKey(ExportSettings, on_delete=models.CASCADE, related_name="items", db_index=False)
    run = models.ForeignKey(ExportRun, null=True, on_delete=models.SET_NULL, related_name="items", db_index=False)
    job_id = models.CharField(max_length=lengths.ATS_ID, blank=True)
    job_title = models.CharField(max_length=lengths.JOB_TITLE, blank=True)
    # Created by automatic export, and deleted if that is turned off before it is sent.
    automatic = models.BooleanField(default=False)
    # Set before a create is sent and cleared if that definitely failed: while set, the candidate may exist.
    attempted_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=ExportOutcome, blank=True)
    candidate_id = models.CharField(max_length=lengths.ATS_ID, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prospect", "settings", "job_id"], name="prospects_export_once"),
        ]
        indexes = [
            *work_item.indexes("settings"),
            # Has all that the progress of a run reads.
            models.Index(
                fields=["run", "state", "outcome"],
                include=("organization", "finished_at"),
                name="prospects_export_by_run",
            ),
            # What a run's page lists apart from problems: who was in the ATS already, or something wasn't added.
            models.Index(
                fields=["run", "id"],
                include=["organization"],
                condition=models.Q(state=WorkState.DONE) & ~models.Q(outcome=ExportOutcome.CREATED, reason=""),
                name="prospects_export_notes",
            ),
            models.Index(fields=["settings", "state"], name="prospects_export_by_settings"),
            # Covers the export state filter of the prospect list. While a large export starts, the planner still takes
            # an organization for small, and an index of the organization alone would be as good as this to it.
            models.Index(fields=["organization", "prospect", "state"], name="prospects_export_by_prospect"),
            models.Index(fields=["held_for"], condition=models.Q(state=WorkState.HELD), name="prospects_export_held"),
        ]

    def __str__(self) -> str:
        return f"export {self.uid}"

    @classmethod
    def fields_to_look_first(cls) -> dict[str, Any]:
        return {"attempted_at": clock.now()}
