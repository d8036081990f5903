"""When the ATS merges two profiles of a person, our data about the old profile follows the one that remains.

The ATS doesn't report merges. We notice them when a known application has another candidate, or when reading one
profile returns another.
"""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from connectors import note_writer
from connectors.models import Connection
from crosschq.core.text.ats_name import ats_name
from crosschq.core.text.characters import comparison_key
from crosschq.core.text.email_keys import address_key
from requests_app import timeline
from requests_app.models import OPEN_STATES, REPORT_STATES, ReferenceRequest

MAX_SUSPECTS = 3  # each one costs a call


def follow(connection: Connection, old_id: str, new_id: str) -> None:
    """Move requests and their notes from one profile to the other. Call inside `tenant()`."""
    for reference_request in ReferenceRequest.objects.filter(
        connection=connection, ats_candidate_id=old_id
    ).select_for_update():
        _follow(reference_request, new_id)
    note_writer.follow(connection, old_id, new_id)


def is_known(connection: Connection, candidate_id: str, job_id: str, application_id: str) -> bool:
    """Whether there is a request for this application, under whichever of its ids. Call inside `tenant()`."""
    ours = Q(ats_candidate_id=candidate_id, ats_job_id=job_id)
    if application_id:
        ours |= Q(ats_application_id=application_id)
    return ReferenceRequest.objects.filter(ours, connection=connection).exists()


def follow_application(connection: Connection, *, application_id: str, candidate_id: str) -> None:
    """Follow a merge that shows in an application, which keeps its id when its candidate is merged.

    Call inside `tenant()`.
    """
    if not application_id:
        return
    same = ReferenceRequest.objects.filter(connection=connection, ats_application_id=application_id)
    gone = same.exclude(ats_candidate_id=candidate_id).values_list("ats_candidate_id", flat=True)
    for old_id in dict.fromkeys(gone):
        follow(connection, old_id, candidate_id)


def suspects(
    connection: Connection, *, candidate_id: str, job_id: str, email: str, last_name: str
) -> list[ReferenceRequest]:
    """Requests for the same job by other profiles that may belong to the same person. Call inside `tenant()`."""
    asked = ReferenceRequest.objects.filter(
        connection=connection, ats_job_id=job_id, state__in=[*OPEN_STATES, *REPORT_STATES]
    )
    alike = Q(candidate_email__iexact=email) | (Q(candidate_last_name__folded_exact=last_name) if last_name else Q())
    found: QuerySet[ReferenceRequest] = asked.filter(alike).exclude(ats_candidate_id=candidate_id)
    return list(found.order_by("-created_at", "-id")[:MAX_SUSPECTS])


def same_person(reference_request: ReferenceRequest, *, email: str, name: str) -> bool:
    """Whether the details suggest the same person, for when the profile can't be read."""
    alike = address_key(reference_request.candidate_email) == address_key(email)
    return alike or comparison_key(reference_request.candidate_name) == comparison_key(name)


def _follow(reference_request: ReferenceRequest, new_id: str) -> None:
    others = ReferenceRequest.objects.filter(
        connection=reference_request.connection_id, ats_candidate_id=new_id, ats_job_id=reference_request.ats_job_id
    )
    if reference_request.state in OPEN_STATES and others.filter(state__in=OPEN_STATES).exists():
        return  # both profiles had a request for this job before the merge, so the remaining profile already has one
    ReferenceRequest.objects.filter(pk=reference_request.pk).update(ats_candidate_id=new_id)
    timeline.note(
        reference_request,
        _("%(ats)s merged this candidate's profile into another one. The request follows it")
        % {"ats": reference_request.connection.ats_name if reference_request.connection else ats_name()},
    )
