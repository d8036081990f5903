from django.db import models

from crosschq.core import clock


class SecretLink(models.Model):
    """A capability: whoever holds the token may act as the subject, for one purpose.

    Read before any organization is known, so it has no wall; it holds no personal data, and only the token's hash.
    """

    token_hash = models.BinaryField(max_length=32, unique=True)
    purpose = models.CharField(max_length=40)
    subject = models.UUIDField()
    scope_key = models.BigIntegerField()
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["subject", "purpose"], name="core_secretlink_subject")]

    def __str__(self) -> str:
        return f"{self.purpose} link for {self.subject}"


class Circuit(models.Model):
    """A destination in trouble: see circuits.py. It belongs to no organization and holds no personal data."""

    key = models.CharField(max_length=80, unique=True)
    failures = models.PositiveIntegerField()
    open_until = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class Worker(models.Model):
    """A worker process that is alive: what it leased is given back once it has not beaten for a while."""

    uid = models.UUIDField(unique=True, editable=False)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.uid)


class TryCount(models.Model):
    """How often somebody tried something, until the count ends: see throttle.py. Who it was is a hash."""

    key = models.CharField(max_length=110, unique=True)
    tries = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class FailedRow(models.Model):
    """A row that a periodic task couldn't act on in its last run: see periodic.py. Ids only, for the operator."""

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
    """When a process that must run last did. A row, so that it outlives the broker."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"


class Alarm(models.Model):
    """What is wrong now, and when the operator was last told: see alarm.py."""

    name = models.CharField(max_length=40, primary_key=True)
    raised_at = models.DateTimeField(default=clock.now)
    logged_at = models.DateTimeField(default=clock.now)
    emailed_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name
