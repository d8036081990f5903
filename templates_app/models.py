import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crosschq.core import clock
from crosschq.organizations.models import TenantModel

from .rules import ReferenceRule, from_json, references_wanted

MAX_DUE_DAYS = 30  # the links of candidate and references live as long
RESTORE_DAYS = 30
ONE_LIVE_TEMPLATE_PER_TAG = "templates_app_one_live_template_per_tag"


class Survey(TenantModel):
    """A set of questions under one name. What is asked is in its versions."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    built_in = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="templates_app_survey_key"),
        ]

    def __str__(self) -> str:
        return self.name


class Immutable(TenantModel):
    """A row that answers and requests refer to: written once, never changed."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} rows do not change; write a new version")
        super().save(*args, **kwargs)


class SurveyVersion(Immutable):
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="versions")
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
    LONG_TEXT = "long_text", _("Text")


class Question(Immutable):
    """One question, in two wordings: for a reference, where `{name}` is the candidate, and for the candidate."""

    version = models.ForeignKey(SurveyVersion, on_delete=models.CASCADE, related_name="questions")
    key = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=QuestionKind)
    text = models.TextField()
    self_text = models.TextField()
    purpose = models.TextField(blank=True)
    labels = models.JSONField(default=list)  # of the points 1 to 5, in this order; empty for texts
    required = models.BooleanField(default=True)
    comment_allowed = models.BooleanField(default=False)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="templates_app_question_position"),
            models.UniqueConstraint(fields=["version", "key"], name="templates_app_question_key"),
        ]

    def __str__(self) -> str:
        return self.text

    def wording(self, first_name: str, *, about_self: bool = False) -> str:
        """The question as one person reads it. `{name}` is replaced as text, whatever else a name contains."""
        return (self.self_text if about_self else self.text).replace("{name}", first_name)


class RequestTemplate(TenantModel):
    """What an ATS tag stands for. Requests refer to its versions, so it can be edited and deleted at any time."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120)
    ats_tag = models.CharField(max_length=80)
    tag_key = models.CharField(max_length=240)  # case-folding makes at most three letters of one
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
        """The version that new requests start with. One query each time."""
        version = self.versions.select_related("survey_version__survey").latest("number")
        version.template = self
        return version

    @property
    def restorable_until(self) -> datetime | None:
        """When a deleted template is beyond recall; None for a live one."""
        return self.deleted_at + timedelta(days=RESTORE_DAYS) if self.deleted_at else None

    @property
    def is_restorable(self) -> bool:
        return self.restorable_until is not None and clock.now() < self.restorable_until


class TemplateVersion(Immutable):
    """Everything that a request follows, as it was when the template was saved."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    template = models.ForeignKey(RequestTemplate, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    position = models.CharField(max_length=200, blank=True)
    survey_version = models.ForeignKey(SurveyVersion, on_delete=models.RESTRICT, related_name="template_versions")
    due_days = models.PositiveSmallIntegerField(default=14)
    self_reference = models.BooleanField(default=True)
    hiring_manager_name = models.CharField(max_length=200, blank=True)
    hiring_manager_email = models.EmailField(max_length=254, blank=True)
    job_hiring_managers = models.BooleanField(default=False)
    rules = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="templates_app_template_number"),
            models.CheckConstraint(
                condition=Q(due_days__range=(1, MAX_DUE_DAYS)), name="templates_app_due_days_in_life_of_links"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.number}"

    @property
    def reference_rules(self) -> tuple[ReferenceRule, ...]:
        return from_json(self.rules)

    @property
    def references_wanted(self) -> int:
        return references_wanted(self.reference_rules)
