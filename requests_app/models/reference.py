"""A person the candidate named as a reference, and the states of that reference."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crosschq.core import clock
from crosschq.core.text import lengths
from crosschq.core.text.person_names import short_name
from crosschq.tenancy.models import IndexedTenantModel
from requests_app.models.reference_request import ReferenceRequest
from templates_app.surveys.relationships import Relationship


class ReferenceState(models.TextChoices):
    """The state of a reference. Bounced isn't a state, because the email's delivery status shows it."""

    NAMED = "named", _("Named")
    INVITED = "invited", _("Invited")
    STARTED = "started", _("Started")
    ANSWERED = "answered", _("Answered")
    DECLINED = "declined", _("Declined")
    REPLACED = "replaced", _("Replaced")
    NOT_COMPLETED = "not_completed", _("Not completed")
    LATE = "late", _("Answered late")


ASKED_STATES = (ReferenceState.INVITED, ReferenceState.STARTED)


# Those who sent answers, in time or late.
SENT_STATES = (ReferenceState.ANSWERED, ReferenceState.LATE)


# A slot is free again when its reference declined or was replaced.
SLOT_HOLDERS = (
    ReferenceState.NAMED,
    ReferenceState.INVITED,
    ReferenceState.STARTED,
    ReferenceState.ANSWERED,
    ReferenceState.NOT_COMPLETED,
    ReferenceState.LATE,
)


class DeclineReason(models.TextChoices):
    NO_TIME = "no_time", _("I don't have the time")
    NOT_CLOSE = "not_close", _("We didn't work together closely enough")
    RATHER_NOT = "rather_not", _("I'd rather not, or my employer doesn't allow it")
    WRONG_PERSON = "wrong_person", _("I'm not the right person")


class Approval(models.TextChoices):
    """Whether the owner accepts a reference of another kind than the template asks for. Empty: it needs no approval."""

    WAITING = "waiting", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Not approved")


class Reference(IndexedTenantModel):
    """A person the candidate named, in one of the template's slots."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference_request = models.ForeignKey(ReferenceRequest, on_delete=models.CASCADE, related_name="references")
    slot = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=20, choices=ReferenceState, default=ReferenceState.NAMED)

    name = models.CharField(max_length=lengths.PERSON_NAME)
    relationship = models.CharField(max_length=20, choices=Relationship, blank=True)
    company = models.CharField(max_length=lengths.COMPANY_NAME, blank=True)
    years = models.CharField(max_length=lengths.YEARS, blank=True)
    email = models.EmailField(max_length=lengths.EMAIL, blank=True)
    email_key = models.CharField(max_length=lengths.EMAIL, blank=True)
    phone = models.CharField(max_length=lengths.E164, blank=True)  # E.164, used only to text reminders
    candidate_title = models.CharField(max_length=lengths.JOB_TITLE, blank=True)  # the candidate's job at that time
    message = models.TextField(blank=True)  # from the candidate, in the invitation
    # Whether a member, not the candidate, entered or corrected the address.
    address_from_staff = models.BooleanField(default=False)
    # Whether a member, not the candidate, said how they worked together.
    relationship_from_staff = models.BooleanField(default=False)

    # The candidate's current employer: not invited until the candidate or a member releases the reference.
    held_since = models.DateTimeField(null=True)
    # Why the candidate can't name someone of the kind that the template asks for.
    other_kind_reason = models.TextField(blank=True)
    approval = models.CharField(max_length=20, choices=Approval, blank=True)

    # Whether the reference agrees with the relationship that the candidate gave. None: they haven't said.
    relationship_confirmed = models.BooleanField(null=True)
    relationship_comment = models.TextField(blank=True)
    # The candidate's job as the reference states it: the title, the dates, and whether the candidate still works there.
    stated_title = models.CharField(max_length=lengths.JOB_TITLE, blank=True)
    stated_years = models.CharField(max_length=lengths.YEARS, blank=True)
    still_there = models.BooleanField(null=True)
    # The reference's employer allows only dates and title, so they answered no questions.
    facts_only = models.BooleanField(default=False)
    # They sent answers from a network that the candidate used too (public/networks.py). False too if nobody compared.
    same_network = models.BooleanField(default=False)
    decline_reason = models.CharField(max_length=20, choices=DeclineReason, blank=True)

    created_at = models.DateTimeField(default=clock.now)
    invited_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # The last bounced email to this reference that we notified the candidate about.
    bounce_notified_for = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reference_request", "slot"],
                condition=Q(state__in=SLOT_HOLDERS),
                name="requests_app_one_reference_per_slot",
            ),
            models.UniqueConstraint(
                fields=["reference_request", "email_key"],
                condition=Q(state__in=SLOT_HOLDERS) & ~Q(email_key=""),
                name="requests_app_one_reference_per_address",
            ),
        ]
        indexes = [
            models.Index(fields=["reference_request"], condition=Q(state__in=ASKED_STATES), name="requests_app_asked"),
            models.Index(fields=["organization", "email_key"], name="requests_app_references_at"),
        ]
        ordering = ["slot", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def first_name(self) -> str:
        """The reference's first name, for greetings and sentences."""
        return short_name(self.name) or self.name

    @property
    def is_held(self) -> bool:
        """Whether the reference is named, but must not be invited yet."""
        return self.state == ReferenceState.NAMED and self.held_since is not None

    @property
    def needs_approval(self) -> bool:
        """Whether the reference is named, but of another kind than the template asks for, and not approved."""
        return (
            self.state == ReferenceState.NAMED and bool(self.other_kind_reason) and self.approval != Approval.APPROVED
        )

    @property
    def awaits_approval(self) -> bool:
        """Whether the owner was asked to approve the reference, and hasn't decided."""
        return self.needs_approval and self.approval == Approval.WAITING

    @property
    def is_reachable(self) -> bool:
        """Whether the reference was asked and can still answer."""
        return self.state in ASKED_STATES
