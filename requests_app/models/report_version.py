"""The versions of a report: which answers each contains. The answers themselves are stored once."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.text.dates import date_text
from crosschq.tenancy.models import TenantModel
from requests_app.models.reference import Reference
from requests_app.models.reference_request import ReferenceRequest
from requests_app.models.response import Response


class Cause(models.TextChoices):
    """Why a version was made."""

    FINISHED = "finished"
    LATE = "late"
    REOPENED = "reopened"


class ReportVersion(TenantModel):
    """A report as it was made at one time. Its entries say what it contains; an erasure reaches them all.

    `finished_at` is when the request had finished then. `reference`: whose late answers were accepted.
    """

    reference_request = models.ForeignKey(
        ReferenceRequest, on_delete=models.CASCADE, related_name="report_versions", db_index=False
    )
    number = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField()
    cause = models.CharField(max_length=20, choices=Cause)
    reference = models.ForeignKey(Reference, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference_request", "number"], name="requests_app_one_version_per_number"),
        ]

    def __str__(self) -> str:
        return f"version {self.number}"

    @property
    def line(self) -> str:
        """Version 2, Nov 28, 2026: Bo Chen's late answer was accepted. In the active time zone."""
        words = {"number": self.number, "day": date_text(self.made_at), "why": self.sentence}
        return _("Version %(number)d, %(day)s: %(why)s") % words

    @property
    def sentence(self) -> str:
        """Why it was made."""
        if self.cause == Cause.FINISHED:
            return _("The request was finished")
        if self.cause == Cause.REOPENED:
            return _("The request was reopened and finished again")
        if self.reference is None:
            return _("A late answer was accepted, and erased later")
        return _("%(name)s's late answer was accepted") % {"name": self.reference.name}


class VersionEntry(TenantModel):
    """A reference in a version, or the candidate's self-reference, with the answers that it contains.

    No answers: the reference stated only facts, or with `is_answered` false, they had not completed the survey.
    """

    version = models.ForeignKey(ReportVersion, on_delete=models.CASCADE, related_name="entries")
    reference = models.ForeignKey(Reference, null=True, on_delete=models.CASCADE, related_name="+")
    response = models.ForeignKey(Response, null=True, on_delete=models.CASCADE, related_name="+")
    is_answered = models.BooleanField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reference__isnull=False) | Q(response__isnull=False), name="requests_app_entry_of_someone"
            ),
            models.CheckConstraint(
                condition=Q(is_answered=True) | Q(response__isnull=True), name="requests_app_answers_if_answered"
            ),
        ]

    def __str__(self) -> str:
        return f"entry {self.pk}"
