from django.db import models

from . import clock


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

    class Meta:
        db_table = "core_worker"

    def __str__(self) -> str:
        return str(self.uid)
