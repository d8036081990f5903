"""A reference request about one candidate for one job, and its states."""

import uuid

from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Least, Left
from django.utils.translation import gettext_lazy as _

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.database.address_keys import address_key_of, mailbox_of
from crosschq.core.text import lengths
from crosschq.core.text.person_names import full_name, short_name
from crosschq.tenancy.models import IndexedTenantModel
from templates_app.models import TemplateVersion

NAME_KEY = 100


class RequestState(models.TextChoices):
    """The state of a request. lifecycle.py has the allowed changes; overdue and paused aren't states."""

    SENT = "sent", _("Sent")
    STARTED = "started", _("Started")
    NAMING_REFERENCES = "naming_references", _("Naming references")
    WAITING_FOR_REFERENCES = "waiting_for_references", _("Waiting for references")
    READY = "ready", _("Ready")
    CLOSED_EARLY = "closed_early", _("Closed early")
    CANCELLED = "cancelled", _("Canceled")
    EXPIRED = "expired", _("Expired")


OPEN_STATES = (
    RequestState.SENT,
    RequestState.STARTED,
    RequestState.NAMING_REFERENCES,
    RequestState.WAITING_FOR_REFERENCES,
)


REPORT_STATES = (RequestState.READY, RequestState.CLOSED_EARLY)


class Problem(models.TextChoices):
    """Why a request needs a person, the most urgent first. attention/ finds and explains them."""

    CANDIDATE_BOUNCED = "candidate_bounced", _("Bounced")
    REFERENCE_BOUNCED = "reference_bounced", _("Bounced")
    ALL_DECLINED = "all_declined", _("Declined")
    APPROVAL = "approval", _("To approve")
    LATE_ANSWER = "late_answer", _("Late answer")
    NOTE_FAILED = "note_failed", _("Note not posted")
    FILE_FAILED = "file_failed", _("PDF not attached")
    DUE = "due", _("Overdue")
    PAUSED = "paused", _("Paused")
    SILENT = "silent", _("Silent")


RANK_OF_DUE = list(Problem).index(Problem.DUE)


class ReferenceRequest(IndexedTenantModel):
    """A reference check of one candidate for one job. It keeps the template version it started with."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=30, choices=RequestState, default=RequestState.SENT)
    # Its index is requests_app_of_version.
    version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="requests", db_index=False)
    position = models.CharField(max_length=lengths.JOB_TITLE)
    # The job as the ATS names it, for staff. Candidates and references read the position.
    job_title = models.CharField(max_length=lengths.JOB_TITLE, blank=True)

    candidate_first_name = models.CharField(max_length=lengths.PART_OF_NAME)
    candidate_last_name = models.CharField(max_length=lengths.PART_OF_NAME, blank=True)
    candidate_email = models.EmailField(max_length=lengths.EMAIL)
    candidate_mailbox = models.GeneratedField(
        expression=mailbox_of("candidate_email"),
        output_field=models.CharField(max_length=lengths.EMAIL),
        db_persist=True,
    )
    candidate_phone = models.CharField(max_length=lengths.PHONE, blank=True)

    owner_name = models.CharField(max_length=lengths.PERSON_NAME)
    owner_email = models.EmailField(max_length=lengths.EMAIL)
    owner_rule = models.TextField(blank=True)
    # The owner's address as email_keys.address_key compares it, for the list of one's own requests.
    owner_key = models.GeneratedField(
        expression=address_key_of("owner_email"),
        output_field=models.CharField(max_length=lengths.EMAIL),
        db_persist=True,
    )

    # What it came from. The ids are the ATS's, and empty without a connection.
    connection = models.ForeignKey(
        Connection, null=True, on_delete=models.SET_NULL, related_name="requests", db_index=False
    )
    ats_candidate_id = models.CharField(max_length=lengths.ATS_ID, blank=True)
    ats_job_id = models.CharField(max_length=lengths.ATS_ID, blank=True)
    ats_application_id = models.CharField(max_length=lengths.ATS_ID, blank=True)
    origin_event = models.UUIDField(null=True)
    origin_sentence = models.TextField(blank=True)
    # What a member added to the invitation of a request that they started manually.
    personal_message = models.TextField(blank=True)
    # A test that a member sent to themselves (test_request.py). Every email goes to the candidate's address.
    is_test = models.BooleanField(default=False)

    # How many references were erased. Their rows are gone; the report shows the number.
    erased_references = models.PositiveSmallIntegerField(default=0)
    reference_erased_at = models.DateTimeField(null=True)  # the latest

    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True)
    invited_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # When a member last reopened it. From then on, the template's own rule to finish doesn't apply.
    reopened_at = models.DateTimeField(null=True)
    # The last bounced email to the candidate that we notified the owner about.
    bounce_notified_for = models.UUIDField(null=True)
    # Set while the application is rejected or withdrawn: no reminders are sent, and the request is canceled at this
    # time.
    paused_until = models.DateTimeField(null=True)
    # When we notified the owner that the due date passed, and that the candidate hasn't started.
    due_notified_at = models.DateTimeField(null=True)
    silence_notified_at = models.DateTimeField(null=True)

    # The next three are stored by attention/stored.py at the end of each transaction that locked the request.
    # What the list searches and sorts by: the names of the candidate, the job, and the references.
    search_text = models.TextField(blank=True)
    # Its beginning, which fits into an index.
    name_key = models.GeneratedField(
        expression=Left("search_text", NAME_KEY), output_field=models.CharField(max_length=NAME_KEY), db_persist=True
    )
    # The most urgent problem that something caused; empty if there is none. Time causes the others: `due_at` and
    # `silent_at` pass.
    problem = models.CharField(max_length=20, choices=Problem, blank=True)
    silent_at = models.DateTimeField(null=True)
    # Since when, or from when, the request needs a person; None if it won't.
    attention_at = models.GeneratedField(
        expression=Case(
            When(problem__gt="", then="created_at"),
            When(state__in=OPEN_STATES, then=Least("due_at", "silent_at")),
        ),
        output_field=models.DateTimeField(null=True),
        db_persist=True,
    )
    # How urgent it is once its due date has passed, as the position in `Problem`; None if it won't need a person.
    urgency_when_due = models.GeneratedField(
        expression=Case(
            *(When(problem=problem, then=Value(rank)) for rank, problem in enumerate(Problem) if rank < RANK_OF_DUE),
            When(Q(problem=Problem.PAUSED) | Q(state__in=OPEN_STATES), then=Value(RANK_OF_DUE)),
        ),
        output_field=models.SmallIntegerField(null=True),
        db_persist=True,
    )

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
            models.Index(fields=["organization", "due_at", "id"], name="requests_app_by_due_date"),
            models.Index(fields=["organization", "name_key", "id"], name="requests_app_by_name"),
            models.Index(fields=["organization", "state", "-created_at", "-id"], name="requests_app_state"),
            models.Index(fields=["organization", "job_title", "-created_at", "-id"], name="requests_app_of_job"),
            models.Index(fields=["version", "-created_at"], name="requests_app_of_version"),
            models.Index(
                # With the organization, or the planner would also read all that another index has of it.
                fields=["organization", "version", "-created_at", "-id"],
                condition=Q(state__in=OPEN_STATES, is_test=False),
                name="requests_app_of_version_open",
            ),
            models.Index(fields=["organization", "owner_key", "-created_at", "-id"], name="requests_app_of_owner"),
            models.Index(
                fields=["organization", "owner_key", "state", "is_test"],
                # So that those of a connection are counted without reading them.
                include=["connection"],
                name="requests_app_state_of_owner",
            ),
            models.Index(
                fields=["organization", "owner_key", "attention_at"],
                include=["state"],
                condition=Q(attention_at__isnull=False),
                name="requests_app_live_of_owner",
            ),
            models.Index(
                fields=["organization", "attention_at"],
                condition=Q(attention_at__isnull=False),
                name="requests_app_attention",
            ),
            models.Index(
                fields=["organization", "urgency_when_due", "due_at", "id"],
                include=["attention_at", "problem", "state"],
                condition=Q(attention_at__isnull=False),
                name="requests_app_by_urgency",
            ),
            models.Index(
                fields=["organization", "due_at", "id"],
                condition=Q(problem=Problem.PAUSED),
                name="requests_app_paused_by_due",
            ),
            # Those under way, and those with a problem.
            models.Index(
                fields=["organization", "-created_at", "-id"],
                include=["attention_at", "state"],
                condition=Q(attention_at__isnull=False),
                name="requests_app_newest_live",
            ),
            models.Index(fields=["connection", "ats_candidate_id", "ats_job_id"], name="requests_app_application"),
            models.Index(fields=["connection", "ats_application_id"], name="requests_app_by_app_id"),
            models.Index(
                fields=["organization", "finished_at"],
                condition=Q(finished_at__isnull=False),
                name="requests_app_oldest",
            ),
            models.Index(fields=["organization", "candidate_mailbox"], name="requests_app_of_candidate"),
            # Of open ones. By their states, the planner would also read this for lists, with those of everyone.
            models.Index(fields=["closes_at"], condition=Q(finished_at__isnull=True), name="requests_app_closing"),
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=OPEN_STATES, due_notified_at__isnull=True),
                name="requests_app_falling_due",
            ),
            models.Index(
                fields=["paused_until"],
                condition=Q(state__in=OPEN_STATES, paused_until__isnull=False),
                name="requests_app_paused",
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(state=RequestState.SENT, silence_notified_at__isnull=True),
                name="requests_app_silent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_name}, {self.position}"

    @property
    def candidate_name(self) -> str:
        return full_name(self.candidate_first_name, self.candidate_last_name)

    @property
    def candidate_short_name(self) -> str:
        """The candidate's name in a sentence. Greetings use the placeholder, which has a default."""
        known = short_name(self.candidate_first_name, self.candidate_last_name)
        return known or self.candidate_name or str(_("The candidate"))

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_past_due(self) -> bool:
        """Whether the due date has passed. Answers still count until `closes_at`."""
        return clock.now() > self.due_at

    @property
    def candidate_sees_answers(self) -> bool:
        """Whether the candidate can read the answers once there is a report.

        We tell references this before they start.
        """
        return self.organization.shows_answers_since(self.created_at)

    @property
    def compares_networks(self) -> bool:
        """Whether the report says who answered from the candidate's network. Everyone reads it before they agree.

        Never for a request that started before this was turned on, whose people weren't told.
        """
        since = self.organization.networks_compared_since
        return since is not None and since <= self.created_at

    @property
    def has_report(self) -> bool:
        return self.state in REPORT_STATES
