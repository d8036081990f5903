"""The sections of a person's export that come from requests."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crosschq.tenancy.person import ExportSection, Person, PersonKind, Row, rows_of
from requests_app.models import Agreement, Answer, Reader, Reference, ReferenceRequest, TimelineEntry

_REQUEST = (
    "uid",
    "position",
    "state",
    "candidate_first_name",
    "candidate_last_name",
    "candidate_email",
    "candidate_phone",
    "ats_candidate_id",
    "ats_application_id",
    "owner_name",
    "owner_email",
    "personal_message",
    "created_at",
    "started_at",
    "due_at",
    "finished_at",
)
_NAMED = (
    "name",
    "email",
    "phone",
    "relationship",
    "company",
    "years",
    "candidate_title",
    "message",
    "other_kind_reason",
    "held_since",
    "state",
    "created_at",
    "invited_at",
)
_REFERENCE = (
    "uid",
    "reference_request__candidate_first_name",
    "reference_request__candidate_last_name",
    "reference_request__position",
    *_NAMED,
    "relationship_confirmed",
    "relationship_comment",
    "stated_title",
    "stated_years",
    "still_there",
    "facts_only",
    "same_network",
    "decline_reason",
    "finished_at",
)
_OWNED = ("uid", "position", "state", "owner_name", "owner_email", "owner_rule", "created_at")
_READER = (
    "uid",
    "name",
    "email",
    "role",
    "reference_request__position",
    "shared_at",
    "expires_at",
    "asked_at",
    "reason",
    "views__first_at",
    "views__last_at",
    "views__read_version",
)


def sections(
    person: Person,
    requests: "QuerySet[ReferenceRequest]",
    owned: "QuerySet[ReferenceRequest]",
    *,
    with_answers: bool,
) -> list[ExportSection]:
    """What the requests about the person, those that they own, and others store about them. Call inside `tenant()`."""
    # Not by their uids: a page reads only the newest.
    keys = person.of(PersonKind.READER).sought.email_keys
    readers = Reader.objects.filter(email_key__in=keys, reference_request__is_test=False)
    return [
        *(_of_candidate(person, requests, with_answers) if person.uids(PersonKind.CANDIDATE) else ()),
        *(_of_reference(person) if person.uids(PersonKind.REFERENCE) else ()),
        ExportSection(_("Reports that the person can read, could read, or asked for"), rows_of(readers, *_READER)),
        ExportSection(_("Requests that the person owns or owned"), rows_of(owned, *_OWNED)),
    ]


def _of_candidate(
    person: Person, requests: "QuerySet[ReferenceRequest]", with_answers: bool
) -> Iterator[ExportSection]:
    uids = person.uids(PersonKind.CANDIDATE)
    released = uids if with_answers else [each.uid for each in requests if each.candidate_sees_answers]
    named = Reference.objects.filter(reference_request__uid__in=uids)
    own = Answer.objects.filter(response__reference_request__uid__in=uids, response__reference=None)
    of_references = Answer.objects.filter(response__reference__reference_request__uid__in=released)
    agreed = _agreements(reference_request__uid__in=uids, reference=None)
    said = TimelineEntry.objects.filter(reference_request__uid__in=uids).order_by("at", "id")
    yield ExportSection(_("Requests about the candidate"), rows_of(requests, *_REQUEST))
    yield ExportSection(_("What the candidate agreed to"), agreed)
    yield ExportSection(_("The candidate's own answers"), _answers(own))
    yield ExportSection(_("References that the candidate named"), rows_of(named, *_NAMED))
    yield ExportSection(_("Answers of the candidate's references"), _answers(of_references))
    yield ExportSection(_("Timeline of the candidate's requests"), rows_of(said, "at", "sentence"))


def _of_reference(person: Person) -> Iterator[ExportSection]:
    references = Reference.objects.filter(uid__in=person.uids(PersonKind.REFERENCE))
    given = Answer.objects.filter(response__reference__in=references)
    yield ExportSection(_("Given as a reference"), rows_of(references, *_REFERENCE))
    yield ExportSection(_("What the reference agreed to"), _agreements(reference__in=references))
    yield ExportSection(_("Answers given as a reference"), _answers(given))


def _answers(answers: "QuerySet[Answer]") -> "QuerySet[Any, Row]":
    columns = ("response__reference__name", "question__text", "rating", "not_seen", "choices", "yes_no", "text")
    return rows_of(answers.order_by("response", "question__position"), *columns, "saved_at")


def _agreements(**of: Any) -> "QuerySet[Any, Row]":
    given = Agreement.objects.filter(**of)
    return rows_of(given, "reference_request__position", "text", "version", "given_at")
