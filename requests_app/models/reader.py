"""People who may read a report, and who did."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from crosschq.core import clock
from crosschq.core.text import lengths
from crosschq.tenancy.models import IndexedTenantModel, TenantModel, User
from requests_app.models.reference_request import ReferenceRequest


class ReaderRole(models.TextChoices):
    OWNER = "owner", _("Owner")
    HIRING_MANAGER = "hiring_manager", _("Hiring manager")
    HIRING_TEAM = "hiring_team", _("Hiring team")
    SHARED = "shared", _("Invited reader")


SHARED = models.Q(shared_at__isnull=False)


class Reader(IndexedTenantModel):
    """A person who can open the report without an account, with a one-time code sent to this address.

    An invited reader can until `expires_at`; so can the hiring team if reports are private, and a hiring manager whose
    access was stopped. `asked_at` is set while they wait for the owner's answer. Someone who only asked has no
    `shared_at`, and an `expires_at` in the past.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference_request = models.ForeignKey(
        ReferenceRequest, on_delete=models.CASCADE, related_name="readers", db_index=False
    )
    name = models.CharField(max_length=lengths.PERSON_NAME, blank=True)
    email = models.EmailField(max_length=lengths.EMAIL)
    email_key = models.CharField(max_length=lengths.EMAIL)
    role = models.CharField(max_length=20, choices=ReaderRole)
    shared_at = models.DateTimeField(null=True)
    # Who shared it last, if they have an account.
    shared_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    expires_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)  # why they ask

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(role="shared") | models.Q(expires_at__isnull=False),
                name="requests_app_sharing_ends",
            ),
            models.UniqueConstraint(
                fields=["reference_request", "email_key"], name="requests_app_one_reader_per_address"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "email_key", "-id"], name="requests_app_readers_at"),
            # For the reports that are shared now: the latest first, and how many there are.
            models.Index(fields=["organization", "-shared_at", "-id"], condition=SHARED, name="requests_app_shares"),
            models.Index(fields=["organization", "expires_at"], condition=SHARED, name="requests_app_shares_ending"),
            models.Index(
                fields=["shared_by", "expires_at"],
                condition=models.Q(shared_by__isnull=False),
                name="requests_app_shares_by",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_current(self) -> bool:
        """Whether their access hasn't expired. `report.access.current_readers` says who can open the report."""
        return self.expires_at is None or self.expires_at > clock.now()


class ReportView(TenantModel):
    """One person who opened a report: a reader without an account, or a member."""

    reference_request = models.ForeignKey(
        ReferenceRequest, on_delete=models.CASCADE, related_name="views", db_index=False
    )
    reader = models.ForeignKey(Reader, null=True, on_delete=models.CASCADE, related_name="views")
    member = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    first_at = models.DateTimeField(default=clock.now)
    last_at = models.DateTimeField(default=clock.now)
    logged_at = models.DateTimeField(null=True)  # when the timeline last mentioned it
    # The number of the latest version of the report that they opened. 0: none, only answers before it was ready.
    read_version = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reference_request", "reader", "member"],
                nulls_distinct=False,
                name="requests_app_one_view_per_person",
            ),
            models.CheckConstraint(
                condition=models.Q(reader__isnull=True) ^ models.Q(member__isnull=True),
                name="requests_app_view_of_one_person",
            ),
        ]

    def __str__(self) -> str:
        return f"view of {self.last_at:%Y-%m-%d %H:%M}"


class DeletedReport(IndexedTenantModel):
    """A report that was deleted: when, and a hash of the uid in its link, so that the link can say so.

    No personal data.
    """

    link_hash = models.BinaryField(max_length=32, unique=True)
    deleted_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["organization", "deleted_at"], name="requests_app_deleted_oldest")]

    def __str__(self) -> str:
        return f"report deleted on {self.deleted_at:%Y-%m-%d}"
