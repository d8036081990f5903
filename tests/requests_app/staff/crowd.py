"""A recruiter's desk: 300 open requests, of which some need a person, and 1,200 that have ended."""

from __future__ import annotations

from datetime import timedelta

from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.attention import stored
from requests_app.models import Reference, ReferenceRequest, ReferenceState, RequestState
from tests.templates_app.factories import make_template

OWNERS = (("Dana Ruiz", "dana@acme.example"), ("Bo Lund", "bo@acme.example"))
JOBS = ("Backend Engineer", "Sales Manager, Northern Europe", "Nurse")
FIRST = ("Maya", "José", "Ágnes", "Tom", "Li", "Priya", "Björn", "Zoë", "Anna-Karin", "Noor")
LAST = ("Osei", "Müller", "Nagy", "Beck", "Wong", "Nair", "Andersson", "van den Berg", "Okonkwo", "Al-Farsi")
PEOPLE = (ReferenceState.ANSWERED, ReferenceState.INVITED)


def crowd(organization: Organization, *, open_requests: int = 300, ended: int = 1200) -> list[ReferenceRequest]:
    """Rows in bulk, with two references each. Of the open ones, one in ten bounced, declined, is late, or is silent."""
    template, now = make_template(organization), clock.now()
    with tenant(organization):
        version = template.current
        rows = [
            ReferenceRequest(
                organization=organization,
                version=version,
                state=_state(number, open_requests),
                position="A position for outsiders",
                job_title=JOBS[number % 3],
                candidate_first_name=FIRST[number % 10],
                candidate_last_name=f"{LAST[number // 10 % 10]} {number}",
                candidate_email=f"candidate-{number}@home.example",
                owner_name=OWNERS[number % 2][0],
                owner_email=OWNERS[number % 2][1],
                created_at=now - timedelta(days=2 if number < open_requests else 60, minutes=number),
                due_at=now + timedelta(days=number % 12 + 1 if number % 40 else -1),
                closes_at=now + timedelta(days=30),
                finished_at=None if number < open_requests else now - timedelta(days=50),
            )
            for number in range(open_requests + ended)
        ]
        made = ReferenceRequest.objects.bulk_create(rows)
        references = Reference.objects.bulk_create(
            Reference(
                organization=organization,
                reference_request=row,
                slot=slot,
                state=_reference_state(number, slot, open_requests),
                name=f"{FIRST[(number + slot) % 10]} {LAST[(number * 7 + slot) % 10]}",
                email=f"reference-{number}-{slot}@work.example",
                relationship="coworker",
                invited_at=now - timedelta(days=9 if number % 40 == 20 else 1),
                created_at=now - timedelta(days=9 if number % 40 == 20 else 1),
            )
            for number, row in enumerate(made)
            for slot in (1, 2)
        )
        Message.objects.bulk_create(
            Message(
                organization=organization,
                kind="reference_invitation",
                state=WorkState.DONE,
                delivery="bounced" if number % 20 == 11 else "delivered",
                to_email=reference.email,
                to_name=reference.name,
                subject="Asked",
                about_kind="reference",
                about_uid=reference.uid,
                created_at=reference.created_at,
            )
            for number, reference in enumerate(references[: 2 * open_requests])
        )
        stored.refresh([row.pk for row in made])
    return made


def _state(number: int, open_requests: int) -> RequestState:
    if number < open_requests:
        return RequestState.SENT if number % 5 == 4 else RequestState.WAITING_FOR_REFERENCES
    return (RequestState.READY, RequestState.READY, RequestState.CANCELLED, RequestState.EXPIRED)[number % 4]


def _reference_state(number: int, slot: int, open_requests: int) -> ReferenceState:
    if number >= open_requests:
        return ReferenceState.ANSWERED
    if number % 40 == 30:
        return ReferenceState.DECLINED
    return PEOPLE[slot - 1] if number % 2 else ReferenceState.INVITED
