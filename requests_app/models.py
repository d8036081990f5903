import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from connectors.models import Connection
from crosschq.core import clock, work
from crosschq.organizations.models import TenantModel
from templates_app.models import CHOICE_KINDS, Question, QuestionKind, SurveyVersion, TemplateVersion
from templates_app.relationships import Relationship


class RequestState(models.TextChoices):
    """Where a request stands. lifecycle.py holds the allowed moves; overdue and paused are not states."""

    SENT = "sent", _("Sent")
    STARTED = "started", _("Started")
    NAMING_REFERENCES = "naming_references", _("Naming references")
    WAITING_FOR_REFERENCES = "waiting_for_references", _("Waiting for references")
    READY = "ready", _("Ready")
    CLOSED_EARLY = "closed_early", _("Closed early")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


OPEN_STATES = (
    RequestState.SENT,
    RequestState.STARTED,
    RequestState.NAMING_REFERENCES,
    RequestState.WAITING_FOR_REFERENCES,
)
REPORT_STATES = (RequestState.READY, RequestState.CLOSED_EARLY)


class ReferenceRequest(TenantModel):
    """One candidate asked, for one job, to let references speak. Keeps the template version it started with."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=30, choices=RequestState, default=RequestState.SENT)
    version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="requests")
    position = models.CharField(max_length=200)

    candidate_first_name = models.CharField(max_length=100)
    candidate_last_name = models.CharField(max_length=100, blank=True)
    candidate_email = models.EmailField(max_length=254)
    candidate_phone = models.CharField(max_length=40, blank=True)

    owner_name = models.CharField(max_length=200)
    owner_email = models.EmailField(max_length=254)
    owner_rule = models.TextField(blank=True)

    # Where it came from. The ids are SmartRecruiters' own; without a connection they are empty.
    connection = models.ForeignKey(Connection, null=True, on_delete=models.SET_NULL, related_name="requests")
    ats_candidate_id = models.CharField(max_length=100, blank=True)
    ats_job_id = models.CharField(max_length=100, blank=True)
    ats_application_id = models.CharField(max_length=100, blank=True)
    origin_event = models.UUIDField(null=True)
    origin_sentence = models.TextField(blank=True)
    # Sent by a member to themself: see pretend.py. The candidate's address is the only one that is written to.
    is_test = models.BooleanField(default=False)

    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True)
    invited_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # The last mail to the candidate of which the owner was told that it did not arrive.
    bounce_told = models.UUIDField(null=True)
    # Rejected or withdrawn meanwhile: nobody is reminded, and at this time it is cancelled unless that is undone.
    paused_until = models.DateTimeField(null=True)
    # When the owner was told that the due date has passed, and that the candidate has not started.
    due_told_at = models.DateTimeField(null=True)
    silence_told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "ats_candidate_id", "ats_job_id"],
                condition=Q(state__in=OPEN_STATES, connection__isnull=False),
                name="requests_app_one_open_per_application",
            ),
            models.CheckConstraint(
                condition=Q(is_test=False) | Q(connection__isnull=True), name="requests_app_test_stays_here"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="requests_app_newest"),
            models.Index(fields=["organization", "state"], name="requests_app_state"),
            models.Index(fields=["connection", "ats_candidate_id", "ats_job_id"], name="requests_app_application"),
            models.Index(fields=["connection", "ats_application_id"], name="requests_app_by_app_id"),
            models.Index(fields=["closes_at"], condition=Q(state__in=OPEN_STATES), name="requests_app_closing"),
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=OPEN_STATES, due_told_at__isnull=True),
                name="requests_app_falling_due",
            ),
            models.Index(
                fields=["paused_until"],
                condition=Q(state__in=OPEN_STATES, paused_until__isnull=False),
                name="requests_app_paused",
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(state=RequestState.SENT, silence_told_at__isnull=True),
                name="requests_app_silent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_name}, {self.position}"

    @property
    def candidate_name(self) -> str:
        return f"{self.candidate_first_name} {self.candidate_last_name}".strip()

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def candidate_sees_answers(self) -> bool:
        """Whether the candidate is shown the answers once there is a report. Everybody is told before they begin."""
        return self.organization.shows_answers_since(self.created_at)

    @property
    def has_report(self) -> bool:
        return self.state in REPORT_STATES


class ReferenceState(models.TextChoices):
    """Where a reference stands. Bounced is not a state: it is read from the mail."""

    NAMED = "named", _("Named")
    INVITED = "invited", _("Invited")
    STARTED = "started", _("Started")
    ANSWERED = "answered", _("Answered")
    DECLINED = "declined", _("Declined")
    REPLACED = "replaced", _("Replaced")
    NOT_COMPLETED = "not_completed", _("Not completed")


ASKED_STATES = (ReferenceState.INVITED, ReferenceState.STARTED)
# A place is free again when its reference declined or was replaced.
PLACE_HOLDERS = (
    ReferenceState.NAMED,
    ReferenceState.INVITED,
    ReferenceState.STARTED,
    ReferenceState.ANSWERED,
    ReferenceState.NOT_COMPLETED,
)


class DeclineReason(models.TextChoices):
    NO_TIME = "no_time", _("I do not have the time")
    NOT_CLOSE = "not_close", _("We did not work together closely enough")
    RATHER_NOT = "rather_not", _("I would rather not, or my employer does not allow it")
    WRONG_PERSON = "wrong_person", _("I am not the right person")


class Reference(TenantModel):
    """A person whom the candidate named, at one of the places that the template asks for."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(ReferenceRequest, on_delete=models.CASCADE, related_name="references")
    place = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=20, choices=ReferenceState, default=ReferenceState.NAMED)

    name = models.CharField(max_length=200)
    relationship = models.CharField(max_length=20, choices=Relationship, blank=True)
    company = models.CharField(max_length=200, blank=True)
    years = models.CharField(max_length=60, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=20, blank=True)  # E.164, given for reminders by text alone

    # What the reference says about the relation that the candidate gave: None until asked.
    relation_agreed = models.BooleanField(null=True)
    relation_words = models.TextField(blank=True)
    decline_reason = models.CharField(max_length=20, choices=DeclineReason, blank=True)

    created_at = models.DateTimeField(default=clock.now)
    invited_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # The last mail to the reference of which the candidate was told that it did not arrive.
    bounce_told = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request", "place"],
                condition=Q(state__in=PLACE_HOLDERS),
                name="requests_app_one_reference_per_place",
            ),
            models.UniqueConstraint(
                fields=["request", "email_key"],
                condition=Q(state__in=PLACE_HOLDERS) & ~Q(email_key=""),
                name="requests_app_one_reference_per_address",
            ),
        ]
        indexes = [models.Index(fields=["request"], condition=Q(state__in=ASKED_STATES), name="requests_app_asked")]
        ordering = ["place", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else self.name

    @property
    def is_reachable(self) -> bool:
        """Asked, and still free to answer."""
        return self.state in ASKED_STATES


class Response(TenantModel):
    """One person's filled-in survey. Without a reference it is the candidate's own view. Locked once submitted."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(ReferenceRequest, on_delete=models.CASCADE, related_name="responses")
    reference = models.OneToOneField(Reference, null=True, on_delete=models.CASCADE, related_name="response")
    survey_version = models.ForeignKey(SurveyVersion, on_delete=models.PROTECT, related_name="responses")
    started_at = models.DateTimeField(default=clock.now)
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(reference__isnull=True), name="requests_app_one_self_reference"
            ),
        ]

    def __str__(self) -> str:
        return f"answers of {self.reference or self.request.candidate_name}"

    @property
    def is_self(self) -> bool:
        return self.reference_id is None


class Answer(TenantModel):
    """An answer to one question: a rating (or "I did not see this"), choices, or yes or no, each with a comment in
    `text`; or a text alone. `choices` are places in the labels of the question, counted from 1."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    rating = models.PositiveSmallIntegerField(null=True)
    not_seen = models.BooleanField(default=False)
    choices = models.JSONField(default=list)
    yes_no = models.BooleanField(null=True)
    text = models.TextField(blank=True)
    saved_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "question"], name="requests_app_one_answer_per_question"),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__range=(1, 5), not_seen=False),
                name="requests_app_rating_1_to_5",
            ),
            models.CheckConstraint(
                condition=Q(rating__isnull=True, not_seen=False, yes_no__isnull=True)
                | Q(choices=[], rating__isnull=True, not_seen=False)
                | Q(choices=[], yes_no__isnull=True),
                name="requests_app_answer_of_one_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"answer to question {self.question_id}"

    def is_given_for(self, kind: str) -> bool:
        """Whether it answers a question of that kind: a comment alone answers a text only."""
        if kind == QuestionKind.RATING:
            return self.rating is not None or self.not_seen
        if kind in CHOICE_KINDS:
            return bool(self.choices)
        if kind == QuestionKind.YES_NO:
            return self.yes_no is not None
        return bool(self.text)


class ReaderRole(models.TextChoices):
    OWNER = "owner", _("Owner")
    HIRING_MANAGER = "hiring_manager", _("Hiring manager")
    HIRING_TEAM = "hiring_team", _("Hiring team")


class Reader(TenantModel):
    """Somebody who may open the report without an account, by a one-time code sent to this address."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(ReferenceRequest, on_delete=models.CASCADE, related_name="readers")
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254)
    email_key = models.CharField(max_length=254)
    role = models.CharField(max_length=20, choices=ReaderRole)
    last_viewed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "email_key"], name="requests_app_one_reader_per_address"),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class ReportCode(TenantModel):
    """A one-time code for a report. Also written, but not mailed, for an address that may not read it."""

    request = models.ForeignKey(ReferenceRequest, on_delete=models.CASCADE, related_name="codes")
    reader = models.ForeignKey(Reader, null=True, on_delete=models.CASCADE, related_name="codes")
    address_hash = models.BinaryField(max_length=32)
    code_hash = models.BinaryField(max_length=32)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["request", "address_hash", "-created_at"], name="requests_app_code_newest")]

    def __str__(self) -> str:
        return f"code of {self.created_at:%Y-%m-%d %H:%M}"


class EntryKind(models.TextChoices):
    """How an entry of the timeline is marked."""

    OK = "ok", _("Done")
    WARN = "warn", _("To do")
    ERROR = "err", _("Problem")
    INFO = "info", _("Note")
    QUIET = "quiet", _("Small")


class TimelineEntry(TenantModel):
    """What happened to a request, in a sentence for its staff."""

    request = models.ForeignKey(ReferenceRequest, on_delete=models.CASCADE, related_name="timeline")
    at = models.DateTimeField(default=clock.now)
    kind = models.CharField(max_length=10, choices=EntryKind, default=EntryKind.INFO)
    sentence = models.TextField()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["request", "-at", "-id"], name="requests_app_timeline")]

    def __str__(self) -> str:
        return self.sentence


class Reminder(TenantModel, work.WorkItem):
    """One mail to come, to the candidate (no reference) or to a reference who has not answered.

    `available_at` is when it is tried next; `planned_for` stays, and tells which of several is the newest.
    """

    performed_by: ClassVar[str] = "requests_app.reminding.send"

    # Not `request`: its column would be the `request_id` of a WorkItem.
    job = models.ForeignKey(ReferenceRequest, on_delete=models.CASCADE, related_name="reminders")
    reference = models.ForeignKey(Reference, null=True, on_delete=models.CASCADE, related_name="reminders")
    planned_for = models.DateTimeField()
    # Who wanted it now; empty where the template's rhythm did.
    asked_by = models.CharField(max_length=200, blank=True)
    by_candidate = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["job", "reference", "planned_for"],
                condition=Q(state=work.State.PENDING),
                nulls_distinct=False,
                name="requests_app_one_reminder_at_a_time",
            ),
        ]
        indexes = [
            *work.indexes("organization"),
            models.Index(fields=["job", "reference", "planned_for"], name="requests_app_reminders"),
        ]

    def __str__(self) -> str:
        return f"reminder of {self.planned_for:%Y-%m-%d %H:%M}"

    @property
    def of_rhythm(self) -> bool:
        return not self.asked_by

    @property
    def went_at(self) -> datetime | None:
        """When its mail was written; None where it was not."""
        return self.finished_at if self.state == work.State.DONE else None
