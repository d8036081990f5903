"""Many requests, created as rows: the product's own start of each would take minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from crosschq.core import clock
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.attention import stored
from requests_app.models import Reader, ReaderRole, ReferenceRequest, RequestState
from requests_app.start.start import CandidateInfo, Origin, Owner, draft_request
from templates_app.models import RequestTemplate
from tests.templates_app.factories import make_template

DANA = Owner("Dana Ruiz", "dana@acme.example")


def make_requests(
    organization: Organization,
    count: int,
    *,
    owner: Owner = DANA,
    state: str = RequestState.SENT,
    name: str = "Candidate",
    **fields: Any,
) -> list[ReferenceRequest]:
    """Requests whose emails were sent and deleted long ago."""
    with tenant(organization):
        template = RequestTemplate.objects.filter(organization=organization).first()
    template = template or make_template(organization)
    ended = state not in (RequestState.SENT, RequestState.STARTED)
    with tenant(organization):
        drafts, version = [], template.current
        for number in range(count):
            draft = draft_request(
                organization=organization,
                version=version,
                candidate=CandidateInfo(name, f"No{number}", f"{name}{number}@candidates.example".lower()),
                job_title="Backend Engineer",
                owner=owner,
                origin=Origin(),
            )
            draft.state, draft.created_at = state, clock.now() - timedelta(days=2, seconds=number)
            draft.finished_at = clock.now() if ended else None
            for column, value in fields.items():
                setattr(draft, column, value)
            drafts.append(draft)
        created: list[ReferenceRequest] = ReferenceRequest.objects.bulk_create(drafts)
        Reader.objects.bulk_create(
            Reader(
                organization=organization,
                reference_request=each,
                name=owner.name,
                email=owner.email,
                email_key=owner.email,
                role=ReaderRole.OWNER,
            )
            for each in created
        )
        stored.refresh([each.pk for each in created])
        return created
