"""Start a request: its row, its readers, and the candidate's invitation, in the caller's transaction."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.database import locks
from crosschq.core.database.address_keys import at_address
from crosschq.core.text.email_keys import address_key, exact_key
from crosschq.core.text.lengths import JOB_TITLE, PART_OF_NAME, PERSON_NAME, fitted
from crosschq.core.text.names import harmless
from crosschq.core.text.person_names import harmless_names
from crosschq.core.text.time_zones import find_time_zone
from crosschq.tenancy.models import Organization
from requests_app import timeline
from requests_app.attention import stored
from requests_app.models import OPEN_STATES, REPORT_STATES, EntryKind, Reader, ReaderRole, ReferenceRequest
from requests_app.notifications import send
from requests_app.reminders import plan
from templates_app.models import TemplateVersion

OPEN_DAYS = 30
ASK_AGAIN_DAYS = 90


@dataclass(frozen=True)
class CandidateInfo:
    first_name: str
    last_name: str
    email: str
    phone: str = ""


@dataclass(frozen=True)
class Owner:
    """Who gets the report, and a sentence that says how they were chosen."""

    name: str
    email: str
    rule: str = ""


@dataclass(frozen=True)
class Origin:
    """What caused the request. Without a connection nothing is sent to the ATS. is_test: see test_request.py."""

    connection: Connection | None = None
    candidate_id: str = ""
    job_id: str = ""
    application_id: str = ""
    event_uid: uuid.UUID | None = None
    sentence: str = ""
    is_test: bool = False


@dataclass(frozen=True)
class ReportReader:
    """A person who may open the report without an account. `role` is a value of models.ReaderRole."""

    name: str
    email: str
    role: str


class NotStarted(Exception):
    """The candidate already has a request."""

    def __init__(self, reference_request: ReferenceRequest) -> None:
        super().__init__(f"request {reference_request.uid} is {reference_request.state}")
        self.reference_request = reference_request


class AlreadyOpen(NotStarted):
    """A request is open. Whatever its template, we don't ask the candidate twice."""


class AlreadyDone(NotStarted):
    """A request finished with a report in the last 90 days."""


class OpenWithoutAts(NotStarted):
    """A request that a member sent manually to the same address is open. It may be about another job."""


def start_request(
    *,
    organization: Organization,
    version: TemplateVersion,
    candidate: CandidateInfo,
    job_title: str,
    owner: Owner,
    origin: Origin,
    readers: Sequence[ReportReader] = (),
    allow_repeat: bool = False,
    position: str = "",
    personal_message: str = "",
    uid: uuid.UUID | None = None,
) -> ReferenceRequest:
    """Start a request. Call inside tenant(organization). A worker emails the invitation after the commit.

    position: replaces the template's and the job's. uid: of the new request, if the caller needs to know it.

    Raises AlreadyOpen or AlreadyDone if the connection's candidate already has a request for this job, and
    OpenWithoutAts if a member sent one. Canceled and expired requests never block, and with `allow_repeat` only an
    open request for this job does.
    """
    earlier = _earlier(origin, candidate.email)
    if earlier is not None and (isinstance(earlier, AlreadyOpen) or not allow_repeat):
        raise earlier
    reference_request = draft_request(
        organization=organization,
        version=version,
        candidate=candidate,
        job_title=job_title,
        owner=owner,
        origin=origin,
        position=position,
        personal_message=personal_message,
    )
    if uid is not None:
        reference_request.uid = uid
    try:
        with transaction.atomic():
            reference_request.save(force_insert=True)
    except IntegrityError as error:
        # Another process started it between our check and our insert.
        raise _earlier(origin, candidate.email) or error from None
    stored.refresh_later(reference_request)
    _let_read(reference_request, owner=owner, version=version, readers=readers)
    timeline.note(reference_request, origin.sentence or _("Request created"), kind=EntryKind.INFO)
    send.invite_candidate(reference_request)
    plan.plan(reference_request)
    return reference_request


def draft_request(
    *,
    organization: Organization,
    version: TemplateVersion,
    candidate: CandidateInfo,
    job_title: str,
    owner: Owner,
    origin: Origin,
    position: str = "",
    personal_message: str = "",
) -> ReferenceRequest:
    """The request as it would start now. Stores nothing."""
    now = clock.now()
    # Text from the ATS reaches candidates and references, also by email.
    first_name, last_name = harmless_names(candidate.first_name, candidate.last_name)
    due_at = end_of_day(now, version.due_days, organization.time_zone)
    return ReferenceRequest(
        organization=organization,
        version=version,
        position=position or version.position or fitted(harmless(job_title), JOB_TITLE),
        job_title=fitted(harmless(job_title), JOB_TITLE) or position,
        candidate_first_name=fitted(first_name, PART_OF_NAME),
        candidate_last_name=fitted(last_name, PART_OF_NAME),
        candidate_email=candidate.email,
        candidate_phone=candidate.phone,
        owner_name=fitted(harmless(owner.name), PERSON_NAME),
        owner_email=owner.email,
        owner_rule=owner.rule,
        connection=origin.connection,
        ats_candidate_id=origin.candidate_id,
        ats_job_id=origin.job_id,
        ats_application_id=origin.application_id,
        origin_event=origin.event_uid,
        origin_sentence=origin.sentence,
        personal_message=personal_message,
        is_test=origin.is_test,
        created_at=now,
        due_at=due_at,
        closes_at=max(due_at, now + timedelta(days=OPEN_DAYS)),
    )


def _earlier(origin: Origin, email: str) -> NotStarted | None:
    if origin.connection is None:
        return None
    wait_for_others(origin.connection.organization_id, email)
    # With the lock, a request that is just finishing counts as finished, not as missing.
    return blocking_request(
        requests_of_application(origin.connection, origin.candidate_id, origin.job_id).select_for_update()
    ) or sent_manually(email)


def requests_of_application(connection: Connection, candidate_id: str, job_id: str) -> "QuerySet[ReferenceRequest]":
    """The requests that a candidate has had for a job, newest first."""
    found = ReferenceRequest.objects.filter(connection=connection, ats_candidate_id=candidate_id, ats_job_id=job_id)
    return found.order_by("-created_at", "-id")


def blocking_request(requests: "QuerySet[ReferenceRequest]") -> NotStarted | None:
    """Return why another request for the same candidate and job can't start; None if it can."""
    since = clock.now() - timedelta(days=ASK_AGAIN_DAYS)
    rows = list(requests)
    for row in rows:
        if row.state in OPEN_STATES:
            return AlreadyOpen(row)
    for row in rows:
        if row.state in REPORT_STATES and row.finished_at and row.finished_at >= since:
            return AlreadyDone(row)
    return None


def wait_for_others(organization_id: int, email: str) -> None:
    """From here to the end of the transaction, nobody else checks whether this address has an open request."""
    locks.hold(f"candidate of {organization_id}: {exact_key(email)}")


def sent_manually(email: str) -> OpenWithoutAts | None:
    """Return why a candidate with this address may already have been asked, without the ATS; None if they weren't."""
    found = ReferenceRequest.objects.filter(
        at_address("candidate", email), state__in=OPEN_STATES, connection=None, is_test=False
    )
    newest = found.order_by("-created_at", "-id").first()
    return OpenWithoutAts(newest) if newest is not None else None


def end_of_day(start: datetime, days: int, time_zone: str) -> datetime:
    """The last second of the day `days` after `start`, in this time zone."""
    zone = find_time_zone(time_zone)
    return datetime.combine(start.astimezone(zone).date() + timedelta(days=days), time(23, 59, 59), tzinfo=zone)


def _let_read(
    reference_request: ReferenceRequest, *, owner: Owner, version: TemplateVersion, readers: Sequence[ReportReader]
) -> None:
    people = [ReportReader(owner.name, owner.email, ReaderRole.OWNER)]
    if version.hiring_manager_email and not reference_request.is_test:
        manager = ReportReader(version.hiring_manager_name, version.hiring_manager_email, ReaderRole.HIRING_MANAGER)
        people.append(manager)
    rows = [
        Reader(
            organization=reference_request.organization,
            reference_request=reference_request,
            name=fitted(harmless(person.name), PERSON_NAME),
            email=person.email,
            email_key=address_key(person.email),
            role=person.role,
        )
        for person in [*people, *readers]
        if person.email
    ]
    # The owner comes first, so the owner role wins if an address appears more than once.
    Reader.objects.bulk_create({row.email_key: row for row in reversed(rows)}.values())
