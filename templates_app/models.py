import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThanOrEqual
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from crosschq.core import clock
from crosschq.core.text import lengths
from crosschq.tenancy.models import IndexedTenantModel, TenantModel, User
from templates_app.request_templates.rules import FinishRule, ReferenceRule, from_json, references_requested
from templates_app.surveys.relationships import Relationship

MAX_DUE_DAYS = 30  # candidate and reference links expire after the same time
RESTORE_DAYS = 30
REMINDER_DAYS = (2, 4, 6)
MAX_REMINDERS = 3
TAG_KEY_CHARACTERS = 240  # comparing turns one letter into up to 18; the form refuses a tag that grows beyond this
ONE_LIVE_TEMPLATE_PER_TAG = "templates_app_one_live_template_per_tag"
ONE_SURVEY_PER_NAME = "templates_app_one_survey_per_name"


class Survey(IndexedTenantModel):
    """A named set of questions. Its versions hold the published questions; its draft holds the next ones.

    key: the name in the code for a built-in survey, otherwise the uid.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=40)
    name = models.CharField(max_length=lengths.TEMPLATE_NAME)
    built_in = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="templates_app_survey_key"),
            models.UniqueConstraint(
                "organization",
                Lower("name"),
                condition=Q(deleted_at__isnull=True, built_in=False),
                name=ONE_SURVEY_PER_NAME,
            ),
            models.CheckConstraint(condition=~Q(name=""), name="templates_app_survey_named"),
        ]

    def __str__(self) -> str:
        return self.name


class Immutable(TenantModel):
    """A row that answers and requests refer to. It is written once and never changed."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} rows do not change; write a new version")
        super().save(*args, **kwargs)


class SurveyVersion(Immutable):
    """The questions of a survey as published. `minutes` is the estimate for the audience with the most questions."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    minutes = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["survey", "number"], name="templates_app_survey_number"),
        ]

    def __str__(self) -> str:
        return f"{self.survey} {self.number}"


class QuestionKind(models.TextChoices):
    RATING = "rating", _("Rating")
    SINGLE_CHOICE = "single_choice", _("Single choice")
    MULTIPLE_CHOICE = "multiple_choice", _("Multiple choice")
    YES_NO = "yes_no", _("Yes or no, with a reason")
    SHORT_TEXT = "short_text", _("Short text")
    LONG_TEXT = "long_text", _("Long text")
    SECTION = "section", _("Section text")


CHOICE_KINDS = (QuestionKind.SINGLE_CHOICE, QuestionKind.MULTIPLE_CHOICE)
TEXT_KINDS = (QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT)
COMMENT_KINDS = (QuestionKind.RATING, *CHOICE_KINDS, QuestionKind.YES_NO)
POINTS = 5
MAX_CHOICES = 12
LABEL_COUNT = models.Func("labels", function="jsonb_array_length", output_field=models.IntegerField())


def question_key() -> str:
    return str(uuid.uuid4())


class SurveyItem(TenantModel):
    """A question or section text of a survey, with one text for references and one for the candidate.

    `{name}` in `text` is the candidate's first name. `labels` are the points of a rating (1 to 5) or the choices, in
    order. No relationships means all of them. `kept_reason` says why the question touches a prohibited topic. `key` is
    the same in every version.
    """

    key = models.CharField(max_length=40, default=question_key)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=QuestionKind)
    text = models.TextField()
    self_text = models.TextField(blank=True)
    purpose = models.TextField(blank=True)
    labels = models.JSONField(default=list, blank=True)
    relationships = models.JSONField(default=list, blank=True)
    in_self_reference = models.BooleanField(default=True)
    required = models.BooleanField(default=True)
    comment_allowed = models.BooleanField(default=False)
    kept_reason = models.TextField(blank=True)

    class Meta:
        abstract = True
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(Exact(LABEL_COUNT, POINTS), kind=QuestionKind.RATING)
                | Q(
                    GreaterThanOrEqual(LABEL_COUNT, 2),
                    LessThanOrEqual(LABEL_COUNT, MAX_CHOICES),
                    kind__in=CHOICE_KINDS,
                )
                | Q(Exact(LABEL_COUNT, 0), kind__in=(QuestionKind.YES_NO, *TEXT_KINDS, QuestionKind.SECTION)),
                name="%(app_label)s_%(class)s_labels_of_kind",
            ),
            models.CheckConstraint(
                condition=Q(comment_allowed=False) | Q(kind__in=COMMENT_KINDS),
                name="%(app_label)s_%(class)s_comment_of_kind",
            ),
            models.CheckConstraint(
                condition=~Q(kind=QuestionKind.SECTION) | Q(required=False),
                name="%(app_label)s_%(class)s_section_open",
            ),
            models.CheckConstraint(
                condition=~Q(text="") & (Q(in_self_reference=False) | ~Q(self_text="")),
                name="%(app_label)s_%(class)s_worded",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def wording(self, first_name: str, *, about_self: bool = False) -> str:
        """The text for one person. `{name}` is replaced as plain text, whatever characters the name contains."""
        return (self.self_text if about_self else self.text).replace("{name}", first_name)

    @property
    def is_section(self) -> bool:
        return self.kind == QuestionKind.SECTION

    @property
    def has_choices(self) -> bool:
        return self.kind in CHOICE_KINDS


class Question(Immutable, SurveyItem):
    """A published question or section text."""

    version = models.ForeignKey(SurveyVersion, on_delete=models.CASCADE, related_name="questions", db_index=False)

    class Meta(SurveyItem.Meta):
        constraints = [
            *SurveyItem.Meta.constraints,
            models.UniqueConstraint(fields=["version", "position"], name="templates_app_question_position"),
            models.UniqueConstraint(fields=["version", "key"], name="templates_app_question_key"),
        ]


class DraftQuestion(SurveyItem):
    """A question of a draft. Publishing copies it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="draft", db_index=False)

    class Meta(SurveyItem.Meta):
        constraints = [
            *SurveyItem.Meta.constraints,
            models.UniqueConstraint(
                fields=["survey", "position"],
                name="templates_app_draft_position",
                deferrable=models.Deferrable.DEFERRED,  # two questions that swap places share one for a moment
            ),
            models.UniqueConstraint(fields=["survey", "key"], name="templates_app_draft_key"),
        ]


class RequestTemplate(TenantModel):
    """The template behind an ATS tag. Requests refer to its versions, so it can be edited or deleted at any time."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=lengths.TEMPLATE_NAME)
    ats_tag = models.CharField(max_length=lengths.TEMPLATE_TAG)
    tag_key = models.CharField(max_length=TAG_KEY_CHARACTERS)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "tag_key"],
                condition=Q(deleted_at__isnull=True),
                name=ONE_LIVE_TEMPLATE_PER_TAG,
            ),
            models.CheckConstraint(condition=~Q(tag_key=""), name="templates_app_tag_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def current(self) -> "TemplateVersion":
        """The version for new requests. One query per access."""
        version = self.versions.select_related("survey_version__survey").latest("number")
        version.template = self
        return version

    @property
    def restorable_until(self) -> datetime | None:
        """When a deleted template can no longer be restored; None for a live one."""
        return self.deleted_at + timedelta(days=RESTORE_DAYS) if self.deleted_at else None

    @property
    def is_restorable(self) -> bool:
        return self.restorable_until is not None and clock.now() < self.restorable_until


def default_reminder_days() -> list[int]:
    return list(REMINDER_DAYS)


class TemplateVersion(Immutable):
    """The settings of a template as saved. A request follows one version."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    template = models.ForeignKey(RequestTemplate, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=lengths.TEMPLATE_NAME)
    position = models.CharField(max_length=lengths.JOB_TITLE, blank=True)
    survey_version = models.ForeignKey(SurveyVersion, on_delete=models.RESTRICT, related_name="template_versions")
    due_days = models.PositiveSmallIntegerField(default=14)
    reminder_days = models.JSONField(default=default_reminder_days)  # days after the invitation, ascending
    self_reference = models.BooleanField(default=True)
    hiring_manager_name = models.CharField(max_length=lengths.PERSON_NAME, blank=True)
    hiring_manager_email = models.EmailField(max_length=lengths.EMAIL, blank=True)
    job_hiring_managers = models.BooleanField(default=False)
    notify_hiring_managers = models.BooleanField(default=False)
    finish_answers = models.PositiveSmallIntegerField(default=0)
    finish_relationship = models.CharField(max_length=20, choices=Relationship, default=Relationship.ANY)
    finish_days = models.PositiveSmallIntegerField(default=0)
    rules = models.JSONField(default=list)
    # Custom texts: {kind: {language: {"subject", "text", "sms"}}}. Anything missing uses the standard text.
    messages = models.JSONField(default=dict)
    text_messages_enabled = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)
    saved_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="templates_app_template_number"),
            models.CheckConstraint(
                condition=Q(due_days__range=(1, MAX_DUE_DAYS)), name="templates_app_due_days_in_life_of_links"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.number}"

    @cached_property
    def items(self) -> list[Question]:
        """All questions and section texts of the survey. Cached, because a version never changes."""
        return list(Question.objects.filter(version_id=self.survey_version_id).order_by("position"))

    @property
    def reference_rules(self) -> tuple[ReferenceRule, ...]:
        return from_json(self.rules)

    @property
    def finish_rule(self) -> FinishRule:
        return FinishRule(self.finish_answers, Relationship(self.finish_relationship), self.finish_days)

    @property
    def references_requested(self) -> int:
        return references_requested(self.reference_rules)
