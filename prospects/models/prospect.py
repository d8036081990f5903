"""Prospects, their consent, and which references aren't asked to opt in."""

import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crosschq.core import clock
from crosschq.core.text import lengths
from crosschq.core.text.person_names import full_name
from crosschq.tenancy.models import IndexedTenantModel, TenantModel
from requests_app.attention.stored import folded, words_of
from requests_app.models import Reference
from requests_app.models.search_word import WORD
from templates_app.models import Survey
from templates_app.surveys.relationships import Relationship


class Removal(models.TextChoices):
    """Why someone is no longer a prospect."""

    LEFT = "left", _("Opted out")
    BY_STAFF = "by_staff", _("Removed by staff")
    ENDED = "ended", _("Consent expired")
    ERASED = "erased", _("Data erased")


class Prospect(IndexedTenantModel):
    """Someone who gave a reference and asked to hear about jobs. Created only by their own opt-in (opt_in.py).

    After removal, the row is a tombstone: dates, and the id of the exported candidate so that staff know what to
    delete in the ATS. A constraint guarantees that no personal data remains.
    """

    PERSONAL: ClassVar[tuple[str, ...]] = (
        "first_name",
        "last_name",
        "email",
        "email_key",
        "phone",
        "employer",
        "title",
        "area_of_interest",
    )

    SEARCHED: ClassVar[frozenset[str]] = frozenset(PERSONAL) - {"email_key", "phone"}

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    first_name = models.CharField(max_length=lengths.PART_OF_NAME, blank=True)
    last_name = models.CharField(max_length=lengths.PART_OF_NAME, blank=True)
    email = models.EmailField(max_length=lengths.EMAIL, blank=True)
    email_key = models.CharField(max_length=lengths.EMAIL, blank=True)
    phone = models.CharField(max_length=lengths.PHONE, blank=True)
    employer = models.CharField(max_length=lengths.COMPANY_NAME, blank=True)
    title = models.CharField(max_length=lengths.JOB_TITLE, blank=True)
    area_of_interest = models.CharField(max_length=lengths.AREA_OF_INTEREST, blank=True)

    created_at = models.DateTimeField(default=clock.now)
    # From the latest consent.
    consented_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField()
    renewal_sent_at = models.DateTimeField(null=True)

    removed_at = models.DateTimeField(null=True)
    removal = models.CharField(max_length=10, choices=Removal, blank=True)
    # The candidate that the export created; kept in the tombstone.
    ats_candidate_id = models.CharField(max_length=lengths.ATS_ID, blank=True)
    # Tombstones only: when a create was sent whose response never came, so that a candidate may exist.
    ats_attempted_at = models.DateTimeField(null=True)
    # Tombstones only: when staff marked the candidate as deleted in the ATS.
    ats_deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email_key"],
                condition=Q(removed_at__isnull=True),
                name="prospects_one_per_address",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removal="") & ~Q(email_key="")
                | Q(
                    removed_at__isnull=False,
                    first_name="",
                    last_name="",
                    email="",
                    email_key="",
                    phone="",
                    employer="",
                    title="",
                    area_of_interest="",
                )
                & ~Q(removal=""),
                name="prospects_tombstone_is_empty",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="prospects_newest"),
            models.Index(fields=["ends_at"], condition=Q(removed_at__isnull=True), name="prospects_ending"),
            models.Index(
                fields=["organization", "consented_at"], condition=Q(removed_at__isnull=True), name="prospects_oldest"
            ),
            models.Index(
                fields=["organization", "removed_at"],
                condition=Q(removed_at__isnull=False),
                name="prospects_tombstones",
            ),
            # Those whose candidate staff still have to delete in the ATS.
            models.Index(
                fields=["organization", "removed_at", "id"],
                condition=Q(removed_at__isnull=False, ats_deleted_at__isnull=True)
                & (~Q(ats_candidate_id="") | Q(ats_attempted_at__isnull=False)),
                name="prospects_to_delete_there",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(_("Removed prospect"))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Also stores the words that a search finds. Call inside `tenant()`."""
        super().save(*args, **kwargs)
        if self.SEARCHED & set(kwargs.get("update_fields") or self.SEARCHED):
            store_words([self])

    @property
    def name(self) -> str:
        return full_name(self.first_name, self.last_name)

    @property
    def is_removed(self) -> bool:
        return self.removed_at is not None


class ProspectWord(IndexedTenantModel):
    """A word of a prospect that a search of the list finds, like those of requests (docs/decisions/0039)."""

    prospect = models.ForeignKey(Prospect, on_delete=models.CASCADE, related_name="words", db_index=False)
    word = models.CharField(max_length=WORD, db_collation="C")

    class Meta:
        indexes = [
            models.Index(fields=["organization", "word", "prospect"], name="prospects_word"),
            models.Index(fields=["prospect", "word"], name="prospects_words_of"),
        ]

    def __str__(self) -> str:
        return self.word


def store_words(prospects: Sequence[Prospect]) -> None:
    """Replace the words of these prospects. Call inside `tenant()`."""
    ProspectWord.objects.filter(prospect__in=prospects).delete()
    ProspectWord.objects.bulk_create(
        ProspectWord(organization_id=each.organization_id, prospect=each, word=word)
        for each in prospects
        for word in sorted(words_of(folded(" ".join(getattr(each, name) for name in sorted(Prospect.SEARCHED)))))
    )


class Consent(TenantModel):
    """One consent: the wording shown, its version, and the time.

    Given on the thank-you page of a reference, or without a reference through the link in a renewal email.
    """

    prospect = models.ForeignKey(Prospect, on_delete=models.CASCADE, related_name="consents", db_index=False)
    reference = models.ForeignKey(Reference, null=True, on_delete=models.SET_NULL, related_name="consents")
    version = models.PositiveSmallIntegerField()
    text = models.TextField()
    given_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["-given_at", "-id"]
        indexes = [models.Index(fields=["prospect", "-given_at", "-id"], name="prospects_consent_newest")]

    def __str__(self) -> str:
        return f"consent of {self.given_at:%Y-%m-%d}"


class OptInExclusion(TenantModel):
    """References with this relationship who answered this survey aren't asked whether they want to hear about jobs."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="opt_in_exclusions", db_index=False)
    relationship = models.CharField(max_length=20, choices=Relationship)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["survey", "relationship"], name="prospects_opt_in_exclusion_once"),
        ]

    def __str__(self) -> str:
        return f"{self.survey}: {self.relationship}"
