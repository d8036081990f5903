import uuid
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, ClassVar, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.fields.related_lookups import RelatedExact
from django.db.models.functions import Lower
from django.db.models.sql.where import AND
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager, get_scope

from crosschq.core import clock
from crosschq.core.database.address_keys import mailbox_of
from crosschq.core.text import lengths
from crosschq.tenancy.colors import palette
from crosschq.tenancy.retention import RetentionKind, period_of

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)
if TYPE_CHECKING:
    ScopedRows = models.Manager
else:
    # django-scopes creates the class at run time.
    ScopedRows = type(ScopedManager(organization="organization"))


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, *, name: str = "") -> "User":
        user = self.model(email=email.strip().lower(), name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in. Candidates, references, and most hiring managers never do."""

    email = models.EmailField(_("email"), max_length=lengths.EMAIL)
    mailbox = models.GeneratedField(
        expression=mailbox_of("email"), output_field=models.CharField(max_length=lengths.EMAIL), db_persist=True
    )
    name = models.CharField(_("full name"), max_length=lengths.PERSON_NAME)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="organizations_user_email"),
        ]
        indexes = [models.Index(fields=["mailbox"], name="organizations_user_mailbox")]

    def __str__(self) -> str:
        return self.name or self.email


class CandidateDeleted(models.TextChoices):
    """What we do when the ATS reports that it deleted a candidate."""

    NOTHING = "nothing", _("Nothing")
    TELL = "tell", _("Tell the admins")
    ERASE = "erase", _("Erase the person")


class Organization(models.Model):
    """A tenant. Its slug is in every staff URL and never changes."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=lengths.ORGANIZATION)
    time_zone = models.CharField(max_length=60, default="UTC")
    created_at = models.DateTimeField(default=clock.now)

    # When an ATS was first connected. Until then, email caps are lower (messaging/sending/caps.py).
    connected_at = models.DateTimeField(null=True)

    # Branding on candidate and reference pages (accounts/branding). Empty if not set.
    color = models.CharField(max_length=7, blank=True)
    logo_digest = models.CharField(max_length=40, blank=True)
    logo_width = models.PositiveSmallIntegerField(default=0)
    logo_height = models.PositiveSmallIntegerField(default=0)
    privacy_url = models.URLField(max_length=lengths.WEB_ADDRESS, blank=True)
    reply_to = models.EmailField(max_length=lengths.EMAIL, blank=True)
    # Candidates see the answers of requests started after this; null: of none.
    answers_shown_since = models.DateTimeField(null=True)
    # Only a request's owner and named readers can open its report (requests_app/report/access.py).
    reports_private = models.BooleanField(default=False)
    # Reports of requests started after this say who answered from the candidate's network; null: of none.
    networks_compared_since = models.DateTimeField(null=True)

    # The retention periods that an admin changed, {kind: number}: see retention.py.
    retention = models.JSONField(default=dict)
    candidate_deleted = models.CharField(max_length=10, choices=CandidateDeleted, default=CandidateDeleted.TELL)

    def __str__(self) -> str:
        return self.name

    @cached_property
    def reply_address(self) -> str:
        """Who gets a reply to an email that names nobody for it, such as the emails to the owner of a request.

        The address in the profile; else that of the first owner of the organization. Never the candidate's, although
        many of these emails are about one: a remark meant for a colleague would reach them.
        """
        if self.reply_to:
            return self.reply_to
        owners = Membership.objects.filter(organization=self, role=Role.OWNER, user__is_active=True)
        first: str | None = owners.order_by("created_at", "pk").values_list("user__email", flat=True).first()
        return first or ""

    @property
    def stylesheet_url(self) -> str:
        """The URL of the color stylesheet for phone pages; empty without a color."""
        return reverse("brand:stylesheet", args=[palette(self.color).key]) if self.color else ""

    @property
    def requests_kept(self) -> str:
        """How long requests and reports are kept, in words."""
        return str(period_of(self, RetentionKind.REQUESTS))

    @property
    def logo_url(self) -> str:
        return reverse("brand:logo", args=[self.logo_digest]) if self.logo_digest else ""

    @property
    def logo_shown(self) -> tuple[int, int]:
        """Width and height on a page in CSS pixels: half the image's own, so it looks sharp on a phone."""
        return (self.logo_width + 1) // 2, (self.logo_height + 1) // 2

    def shows_answers_since(self, started: datetime) -> bool:
        """Whether the candidate of a request created then sees the answers once it is complete.

        References who answered before this was turned on were promised otherwise, so their answers stay hidden.
        """
        return self.answers_shown_since is not None and self.answers_shown_since <= started


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    RECRUITER = "recruiter", _("Recruiter")
    VIEWER = "viewer", _("Viewer")

    @property
    def rank(self) -> int:
        """A higher rank may do more."""
        return [Role.VIEWER, Role.RECRUITER, Role.ADMIN, Role.OWNER].index(self)

    @property
    def meaning(self) -> str:
        """What the role may do, in one line."""
        meanings = {
            Role.OWNER: _("Everything, including choosing other owners"),
            Role.ADMIN: _("Everything recruiters can do, plus connectors, templates, members, and the audit log"),
            Role.RECRUITER: _("Requests, reports, and the event log"),
            Role.VIEWER: _("Can see requests and reports, but not change anything"),
        }
        return str(meanings[self])


class Membership(models.Model):
    """A user's role in an organization. Not a TenantModel, because it is read before a tenant scope is open."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="organizations_membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization}: {self.role}"

    def may(self, role: Role) -> bool:
        return Role(self.role).rank >= role.rank

    @property
    def manages_people(self) -> bool:
        """Whether the menu shows the member pages."""
        return self.may(Role.ADMIN)


class TenantManager(ScopedRows[Row_co]):
    """Rows of the organization whose scope is open. A query outside a scope raises ScopeError."""

    def get_queryset(self) -> "models.QuerySet[Row_co]":
        """The rows of the open scope. django-scopes itself would use `filter`, which takes five times as long."""
        scope = get_scope()
        organization = scope.get("organization")
        if organization is None or not scope["_enabled"]:
            return super().get_queryset()
        rows = super(ScopedRows, self).get_queryset()
        field: models.ForeignKey[Organization] = self.model._meta.get_field("organization")  # type: ignore[assignment]
        column = field.get_col(rows.query.get_initial_alias())
        rows.query.where.add(RelatedExact(column, organization.pk), AND)
        return rows


class TenantModel(models.Model):
    """A row of one organization, guarded by django-scopes and row-level security (tenancy/scope.py)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")

    objects = TenantManager()

    class Meta:
        abstract = True


class IndexedTenantModel(TenantModel):
    """A row of a table that needs no index of the organization alone, because another begins with it."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        abstract = True


class Invitation(TenantModel):
    """An invitation to become a member. Following its secret link proves control of the mailbox."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(max_length=lengths.EMAIL)
    role = models.CharField(max_length=10, choices=Role)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organization",
                Lower("email"),
                condition=models.Q(accepted_at=None, cancelled_at=None),
                name="organizations_invitation_open",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_over(self) -> bool:
        """Whether its link has expired. It can be sent again."""
        return self.expires_at <= clock.now()


class EmailCode(IndexedTenantModel):
    """A one-time code for a page. An address that can't open the page gets a row too, but no email."""

    about = models.UUIDField()  # the request or event
    known = models.BooleanField()
    address_hash = models.BinaryField(max_length=32)
    code_hash = models.BinaryField(max_length=32)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["organization", "about", "address_hash", "-created_at"], name="organizations_code_newest"
            ),
            models.Index(fields=["organization", "created_at"], name="organizations_code_oldest"),
        ]

    def __str__(self) -> str:
        return f"code of {self.created_at:%Y-%m-%d %H:%M}"


class Logo(IndexedTenantModel):
    """The image data, made by branding/logos.py. Organization refers to it by digest."""

    digest = models.CharField(max_length=40, db_index=True)
    content_type = models.CharField(max_length=20)
    data = models.BinaryField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization"], name="organizations_logo_once")]

    def __str__(self) -> str:
        return self.digest


# The details of entries that hold a pseudonym of an address, as tenancy/audit.py has them. A change needs a migration.
ADDRESS_DETAILS = ("reply_to", "fallback_owner_email", "hiring_manager_email")


class AuditEntry(IndexedTenantModel):
    """Who changed what, by ids: names are looked up when it is shown. The database refuses updates and deletes."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField(default=clock.now)
    # Entries never change, so a user named in one is deactivated (is_active), not deleted.
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-at"], name="organizations_audit_newest"),
            models.Index(fields=["organization", "action", "-at"], name="organizations_audit_of_action"),
            models.Index(fields=["organization", "actor", "-at"], name="organizations_audit_of_actor"),
            # Searches for a person's addresses read only these entries.
            models.Index(
                fields=["organization"],
                condition=reduce(
                    or_, (Q(**{f"{side}__{name}__gt": ""}) for name in ADDRESS_DETAILS for side in ("before", "after"))
                ),
                name="organizations_audit_addresses",
            ),
        ]

    def __str__(self) -> str:
        return self.action
