"""Survey answers, from a reference or from the candidate about themselves."""

import uuid

from django.db import models
from django.db.models import Q

from crosschq.core import clock
from crosschq.tenancy.models import TenantModel
from requests_app.models.reference import Reference
from requests_app.models.reference_request import ReferenceRequest
from templates_app.models import CHOICE_KINDS, Question, QuestionKind, SurveyVersion


class Response(TenantModel):
    """One person's completed survey.

    Without a reference, it is the candidate's self-reference. Locked once submitted: a reference who changes their
    answers fills in a copy, which replaces this response when it is submitted. Replaced ones are kept.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference_request = models.ForeignKey(ReferenceRequest, on_delete=models.CASCADE, related_name="responses")
    reference = models.ForeignKey(Reference, null=True, on_delete=models.CASCADE, related_name="responses")
    survey_version = models.ForeignKey(
        SurveyVersion, on_delete=models.PROTECT, related_name="responses", db_index=False
    )
    started_at = models.DateTimeField(default=clock.now)
    submitted_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reference_request"],
                condition=Q(reference__isnull=True),
                name="requests_app_one_self_reference",
            ),
            models.UniqueConstraint(
                fields=["reference"],
                condition=Q(submitted_at__isnull=True),
                name="requests_app_one_open_response",
            ),
            models.UniqueConstraint(
                fields=["reference"],
                condition=Q(submitted_at__isnull=False, replaced_at__isnull=True),
                name="requests_app_one_valid_response",
            ),
        ]
        indexes = [
            # For the foreign key too. Beside an index on it alone, the planner may read a popular version as a whole,
            # and without the organization, intersect it with all of an organization.
            models.Index(fields=["survey_version", "organization", "-started_at"], name="requests_app_response_newest"),
        ]

    def __str__(self) -> str:
        return f"answers of {self.reference or self.reference_request.candidate_name}"

    @property
    def is_self(self) -> bool:
        return self.reference_id is None


class Answer(TenantModel):
    """The answer to one question: a rating (or "I did not see this"), choices, or yes or no, with an optional comment.

    `text` is the comment, or the whole answer to a question without choices. `choices` are positions in the question's
    labels, counted from 1.
    """

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="answers", db_index=False)
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

    def answers_kind(self, kind: str) -> bool:
        """Whether this answers a question of that kind. A comment alone answers only a text question."""
        if kind == QuestionKind.RATING:
            return self.rating is not None or self.not_seen
        if kind in CHOICE_KINDS:
            return bool(self.choices)
        if kind == QuestionKind.YES_NO:
            return self.yes_no is not None
        return bool(self.text)
