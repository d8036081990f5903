import json
import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from connectors.task_kinds import TASK_KINDS, TaskKind
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.after_restore import AfterRestore
from crosschq.core.outbox.queues import INTERACTIVE, VENDOR, Queue
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.security.encryption import EncryptedTextField
from crosschq.core.text import lengths
from crosschq.core.text.ats_name import ats_name
from crosschq.tenancy.models import IndexedTenantModel, TenantModel, User
from crosschq.tenancy.requested_work import UNFINISHED, RequestedWork


class ConnectionState(models.TextChoices):
    NOT_CONNECTED = "not_connected", _("Not connected")
    CONNECTED = "connected", _("Connected")
    NEEDS_SIGN_IN = "needs_sign_in", _("Needs sign-in")


class Connection(IndexedTenantModel):
    """An organization's connection to one ATS. The row stays after disconnecting, and so do its settings."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    vendor = models.CharField(max_length=40)
    state = models.CharField(max_length=20, choices=ConnectionState, default=ConnectionState.NOT_CONNECTED)
    company_id = models.CharField(max_length=lengths.COMPANY_NAME, blank=True)
    company_name = models.CharField(max_length=lengths.COMPANY_NAME, blank=True)
    connected_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    connected_at = models.DateTimeField(null=True)
    ats_user = models.CharField(max_length=lengths.PERSON_NAME, blank=True)
    ats_user_id = models.CharField(max_length=lengths.ATS_ID, blank=True)
    problem = models.TextField(blank=True)

    access_token = EncryptedTextField(blank=True)
    refresh_token = EncryptedTextField(blank=True)
    token_expires_at = models.DateTimeField(null=True)
    token_stored_at = models.DateTimeField(null=True)
    refresh_lease = models.UUIDField(null=True)
    refresh_lease_until = models.DateTimeField(null=True)

    # Not a state, because a pause survives a lost grant and a new sign-in.
    paused_at = models.DateTimeField(null=True)
    requests_on = models.BooleanField(default=False)
    requests_on_since = models.DateTimeField(null=True)
    # Whether the PDF of a report is attached to the application once the report is ready.
    attach_reports = models.BooleanField(default=False)
    step_name = models.CharField(max_length=lengths.ATS_NAME, default="Crosschq")
    field_name = models.CharField(max_length=lengths.ATS_NAME, default="Crosschq tag")
    field_id = models.CharField(max_length=lengths.ATS_ID, blank=True)
    # The uid of the template for jobs with an empty tag. None: those start no request. The template may be deleted.
    default_template = models.UUIDField(null=True)
    fallback_owner_name = models.CharField(max_length=lengths.PERSON_NAME, blank=True)
    fallback_owner_email = models.EmailField(max_length=lengths.EMAIL, blank=True)
    directory_read_at = models.DateTimeField(null=True)
    # What this sign-in was allowed to do when it was first tried: see connectors.setup.permissions.
    permission_uses = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "vendor"], name="connectors_connection_once"),
            models.UniqueConstraint(
                fields=["vendor", "company_id"],
                condition=~models.Q(state=ConnectionState.NOT_CONNECTED),
                name="connectors_company_once",
            ),
        ]

    @property
    def ats_name(self) -> str:
        """The name of this connection's ATS, for use in sentences."""
        return ats_name(self.vendor)

    def __str__(self) -> str:
        return f"{self.vendor} of {self.organization}"

    @property
    def sign_in_hold(self) -> str:
        """The `held_for` of work that waits while the grant is lost."""
        return f"connection:{self.uid}"


class OAuthState(TenantModel):
    """One attempt to connect. Works once, within ten minutes, in the browser that started it."""

    state_hash = models.BinaryField(max_length=32, unique=True)
    session_hash = models.BinaryField(max_length=32)
    vendor = models.CharField(max_length=40)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.vendor} by {self.user}"


class SubscriptionState(models.TextChoices):
    CREATING = "creating"
    ACTIVATING = "activating"
    ACTIVE = "active"
    REMOVED = "removed"


class Subscription(TenantModel):
    """A webhook subscription. Its callback URL ends in a secret; only the hash is stored."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="subscriptions")
    vendor_id = models.CharField(max_length=lengths.ATS_ID, blank=True)
    path_hash = models.BinaryField(max_length=32, unique=True)
    state = models.CharField(max_length=20, choices=SubscriptionState, default=SubscriptionState.CREATING)
    created_at = models.DateTimeField(default=clock.now)
    log_read_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.vendor_id or 'new'} ({self.state})"


class SigningKey(TenantModel):
    """A key that the vendor signs deliveries with. An old key is valid until `valid_until`."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="keys")
    key = EncryptedTextField()
    created_at = models.DateTimeField(default=clock.now)
    valid_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"key of {self.created_at:%Y-%m-%d}"


class DirectoryUser(IndexedTenantModel):
    """A user of the ATS, cached on connect and then daily, so that finding a request's owner needs no call."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="directory_users", db_index=False)
    ats_id = models.CharField(max_length=lengths.ATS_ID)
    name = models.CharField(max_length=lengths.PERSON_NAME)
    email = models.CharField(max_length=lengths.EMAIL, blank=True)
    active = models.BooleanField()
    read_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "ats_id"], name="connectors_directory_user_once"),
        ]
        indexes = [models.Index(fields=["organization", "read_at"], name="connectors_directory_oldest")]

    def __str__(self) -> str:
        return self.name


class SetupCheck(TenantModel):
    """The last check of the setup in the ATS: `snapshot` is defined in checks.py, `last_good` in setup_changes.py."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="setup_check")
    checked_at = models.DateTimeField()
    snapshot = models.JSONField()
    last_good = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.connection} at {self.checked_at}"


class CachedJob(IndexedTenantModel):
    """A job and its hiring team as last read; either half may be missing. See job_cache.py."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="cached_jobs", db_index=False)
    ats_id = models.CharField(max_length=lengths.ATS_ID)
    job = models.JSONField(null=True)
    job_read_at = models.DateTimeField(null=True)
    job_invalidated_at = models.DateTimeField(null=True)
    team = models.JSONField(null=True)
    team_read_at = models.DateTimeField(null=True)
    team_invalidated_at = models.DateTimeField(null=True)
    # The latest of these times, for retention.
    touched_at = models.GeneratedField(
        expression=Greatest("job_read_at", "job_invalidated_at", "team_read_at", "team_invalidated_at"),
        output_field=models.DateTimeField(null=True),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "ats_id"], name="connectors_job_once"),
        ]
        indexes = [models.Index(fields=["organization", "touched_at"], name="connectors_job_oldest")]

    def __str__(self) -> str:
        return self.ats_id


class AtsWrite(TenantModel, work_item.WorkItem):
    """Something to write to the ATS once. It contains everything it needs, so it depends on no app above."""

    queues: ClassVar[tuple[Queue, ...]] = (VENDOR,)
    concurrency_column: ClassVar[str] = "connection_id"
    circuit: ClassVar[str] = "connection"
    # A write may take 130 s, and a shorter lease would let a second worker start.
    lease_seconds: ClassVar[int] = 300
    after_restore: ClassVar[AfterRestore] = AfterRestore.LOOKS_FIRST

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="%(class)ss")
    candidate_id = models.CharField(max_length=lengths.ATS_ID)
    # Set before a write and cleared if it definitely failed. While set, look for the effect before writing again.
    asked_at = models.DateTimeField(null=True)
    ats_id = models.CharField(max_length=lengths.ATS_ID, blank=True)
    about_kind = models.CharField(max_length=20)
    about_uid = models.UUIDField()

    class Meta:
        abstract = True

    @property
    def about(self) -> tuple[str, uuid.UUID]:
        return self.about_kind, self.about_uid

    @classmethod
    def fields_to_look_first(cls) -> dict[str, Any]:
        # Long enough ago that the ATS can't be writing it anymore.
        return {"asked_at": clock.now() - timedelta(hours=1)}


class Writeback(AtsWrite):
    """A note to write to the ATS."""

    performed_by: ClassVar[str] = "connectors.note_writer.perform"

    text = models.TextField()
    mark = models.CharField(max_length=300)

    class Meta:
        indexes = work_item.indexes("connection")
        constraints = [
            models.UniqueConstraint(fields=["about_kind", "about_uid"], name="connectors_writeback_once"),
        ]

    def __str__(self) -> str:
        return f"note for {self.about_kind} {self.about_uid}"


class Attachment(AtsWrite):
    """A file to attach to an application. Its contents (base64) are erased once it is attached."""

    performed_by: ClassVar[str] = "connectors.attachment_writer.perform"

    job_id = models.CharField(max_length=lengths.ATS_ID)
    name = models.CharField(max_length=100)
    contents = EncryptedTextField(blank=True)

    class Meta:
        indexes = work_item.indexes("connection")
        constraints = [
            models.UniqueConstraint(fields=["about_kind", "about_uid", "name"], name="connectors_attachment_once"),
        ]

    def __str__(self) -> str:
        return f"file for {self.about_kind} {self.about_uid}"


CLAIM_WITHIN = timedelta(seconds=15)  # an idle worker takes a task within one second


class BackgroundTask(RequestedWork):
    """A call to the ATS for a page while a person waits. See background_tasks.

    `arguments` and `result` are JSON and may contain personal data.
    """

    performed_by: ClassVar[str] = "connectors.background_tasks.lifecycle.perform"
    after_restore: ClassVar[AfterRestore] = AfterRestore.CONTINUES
    queues: ClassVar[tuple[Queue, ...]] = (INTERACTIVE,)
    lease_seconds: ClassVar[int] = 300
    retry_delays: ClassVar[tuple[int, ...]] = (1, 5)

    vendor = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    # Only one unfinished task per kind and key: a second click joins the first task.
    key = models.CharField(max_length=64)
    # The URL of the waiting page, without the task's uid.
    page = models.TextField()
    arguments = EncryptedTextField(blank=True)
    result = EncryptedTextField(blank=True)
    step = models.PositiveSmallIntegerField(default=0)
    steps = models.PositiveSmallIntegerField(default=1)
    doing = models.CharField(max_length=200, blank=True)

    class Meta(RequestedWork.Meta):
        abstract = False
        indexes = work_item.indexes("organization")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "vendor", "kind", "key"],
                condition=models.Q(state__in=UNFINISHED),
                name="connectors_background_task_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"

    @property
    def task_kind(self) -> TaskKind:
        return TASK_KINDS[self.kind]

    @property
    def url(self) -> str:
        """The URL of the waiting page."""
        return f"{self.page}{'&' if '?' in self.page else '?'}task={self.uid}"

    @property
    def parsed_arguments(self) -> dict[str, Any]:
        return json.loads(self.arguments) if self.arguments else {}

    @property
    def parsed_result(self) -> dict[str, Any]:
        return json.loads(self.result) if self.result else {}

    @property
    def steps_done(self) -> int:
        return max(self.step - 1, 0)

    @property
    def is_not_taken_up(self) -> bool:
        """Whether the task has waited so long that no worker seems to be running."""
        return self.state == WorkState.PENDING and self.available_at < clock.now() - CLAIM_WITHIN
