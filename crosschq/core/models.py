from django.db import models

from crosschq.core import clock


class SecretLink(models.Model):
    """A capability: anyone with the token may act as the subject, for one purpose.

    It is read before an organization is known, so it has no row-level security. It stores only a hash, and no personal
    data.
    """

    token_hash = models.BinaryField(max_length=32, unique=True)
    purpose = models.CharField(max_length=40)
    subject = models.UUIDField()
    scope_key = models.BigIntegerField()
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "purpose"], name="core_secretlink_subject"),
            models.Index(fields=["expires_at"], name="core_secretlink_expired"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} link for {self.subject}"


class Circuit(models.Model):
    """A failing or slow destination (circuits.py). Belongs to no organization and holds no personal data."""

    key = models.CharField(max_length=80, unique=True)
    failures = models.PositiveIntegerField()
    open_until = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class Worker(models.Model):
    """A live worker process. When its heartbeat stops, its leases end (outbox/liveness.py)."""

    uid = models.UUIDField(unique=True, editable=False)
    beat_at = models.DateTimeField()
    steady_since = models.DateTimeField()  # the time since which at least one worker's heartbeats have had no gap

    def __str__(self) -> str:
        return str(self.uid)


class KeyHolder(models.Model):
    """The ids of a running process's encryption keys (security/encryption_keys.py)."""

    uid = models.UUIDField(unique=True, editable=False)
    key_ids = models.TextField()  # separated by commas; the first encrypts
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key_ids


class TryCount(models.Model):
    """The number of attempts within a period (throttle.py). The key contains only a hash of who made them."""

    key = models.CharField(max_length=110, unique=True)
    tries = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class FailedRow(models.Model):
    """A row that a periodic task couldn't handle in its last run (periodic.py). Only ids, for the operator."""

    task = models.CharField(max_length=80)
    row = models.CharField(max_length=150)
    error = models.CharField(max_length=80)  # the class of the exception
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(default=clock.now)
    last_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "row"], name="core_failedrow_once")]

    def __str__(self) -> str:
        return f"{self.row} in {self.task}"


class Heartbeat(models.Model):
    """When the scheduler was last alive, and when a machine's ledger was last in use or read (restore/ledgers.py).

    Stored as a row, so it survives broker restarts.
    """

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"


class Alarm(models.Model):
    """A current problem, and when the operator was last notified (alarm.py)."""

    name = models.CharField(max_length=40, primary_key=True)
    raised_at = models.DateTimeField(default=clock.now)
    logged_at = models.DateTimeField(default=clock.now)
    emailed_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class Installation(models.Model):
    """A single row: which database this is, how far it has advanced (restore/stamp.py), and any restore mode.

    lost_since, lost_until: things may have happened between these two times that a restored database doesn't know
    about.
    """

    uid = models.UUIDField(unique=True, editable=False)
    number = models.BigIntegerField(default=0)
    at = models.DateTimeField(default=clock.now)
    system_identifier = models.CharField(max_length=40)
    restored_at = models.DateTimeField(null=True)
    restored_why = models.CharField(max_length=200, blank=True)
    lost_since = models.DateTimeField(null=True)
    lost_until = models.DateTimeField(null=True)
    erasures_repeated_at = models.DateTimeField(null=True)
    compared_at = models.DateTimeField(null=True)
    erasures = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="core_installation_one")]

    def __str__(self) -> str:
        return f"{self.uid} at {self.number}"
