"""Making a version of a report, and finding one. Call everything inside `tenant()`."""

from django.db.models import Q

from crosschq.core import clock
from requests_app.models import (
    Cause,
    Reference,
    ReferenceRequest,
    ReferenceState,
    ReportVersion,
    RequestState,
    Response,
    VersionEntry,
)

LISTED = (ReferenceState.ANSWERED, ReferenceState.NOT_COMPLETED, ReferenceState.LATE)


def record(reference_request: ReferenceRequest, *, late: Reference | None = None) -> ReportVersion:
    """Make a version of what the report contains now. Call while holding the request's lock.

    late: the reference whose late answers were accepted.
    """
    before = latest(reference_request)
    cause = Cause.REOPENED if before else Cause.FINISHED
    version: ReportVersion = ReportVersion.objects.create(
        organization_id=reference_request.organization_id,
        reference_request=reference_request,
        number=before.number + 1 if before else 1,
        finished_at=reference_request.finished_at or clock.now(),
        cause=Cause.LATE if late else cause,
        reference=late,
    )
    entries = entries_now(reference_request)
    for entry in entries:
        entry.organization_id, entry.version = reference_request.organization_id, version
    VersionEntry.objects.bulk_create(entries)
    return version


def latest(reference_request: ReferenceRequest) -> ReportVersion | None:
    """The version that is the report; None if there never was a report."""
    return next(iter(versions_of(reference_request)), None)


def versions_of(reference_request: ReferenceRequest) -> list[ReportVersion]:
    """All versions, the latest first."""
    rows = ReportVersion.objects.filter(reference_request=reference_request).select_related("reference")
    found: list[ReportVersion] = list(rows.order_by("-number"))
    for version in found:
        version.reference_request = reference_request
    return found


def can_be_read(reference_request: ReferenceRequest) -> bool:
    """Whether earlier versions can be read: also while a reopened request waits, and not if it ended canceled.

    Then the candidate may have said that they don't want to take part.
    """
    return reference_request.state != RequestState.CANCELLED


def entries_now(reference_request: ReferenceRequest) -> list[VersionEntry]:
    """The unsaved entries of a version made now: references in the order of their slots, then the self-reference."""
    submitted = Q(submitted_at__isnull=False, replaced_at=None)
    sent = {row.reference_id: row for row in Response.objects.filter(submitted, reference_request=reference_request)}
    people = Reference.objects.filter(reference_request=reference_request, state__in=LISTED)
    found = [
        VersionEntry(
            reference=person,
            response=sent.get(person.pk) if person.state == ReferenceState.ANSWERED else None,
            is_answered=person.state == ReferenceState.ANSWERED,
        )
        for person in people
    ]
    if None in sent:
        found.append(VersionEntry(response=sent[None], is_answered=True))
    return found
