"""The pages about one person need as many queries for many rows, addresses, and holds as for one of each."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.models import Reference, ReferenceRequest
from requests_app.start.start import CandidateInfo
from tests.architecture.pages import OF_ALL_TABLES, queries
from tests.factories import make_connection, make_organization
from tests.privacy.desk_pages import admin_of, desk, people_pages, searched
from tests.prospects.factories import make_prospect
from tests.requests_app.factories import ready_request
from webhooks.models import InboundEvent

ADDRESSES = (
    "maya@candidates.example",
    "Maya+jobs@Candidates.example",
    "m.osei@candidates.example",
    "osei@elsewhere.example",
)


def with_rows(count: int) -> Organization:
    """An organization where a candidate has this many requests, each with another address or spelling.

    The ATS merged the candidate's profiles: each request has the id that the next one's move had.
    """
    organization = make_organization()
    ats = make_connection(organization)
    for number, email in enumerate(ADDRESSES[:count]):
        candidate = CandidateInfo("Maya", "Osei", email)
        scenario = ready_request(organization, connection=ats, candidate=candidate, ats_job=f"job-{number}")
        if "+" not in email:
            make_prospect(organization, email=email, email_key=email)
        with tenant(organization):
            move = InboundEvent.objects.create(
                organization=organization,
                connection=ats,
                event_id=uuid.uuid4().hex,
                candidate_id=f"candidate-{number}",
                candidate_name="Maya Osei",
                chosen_email=email,
            )
            ReferenceRequest.objects.filter(pk=scenario.reference_request.pk).update(
                ats_candidate_id=f"candidate-{number + 1}", origin_event=move.uid
            )
    return organization


def queries_of_pages(organization: Organization) -> dict[str, int]:
    client = admin_of(organization)
    with tenant(organization):
        person = ReferenceRequest.objects.order_by("pk")[0].uid
        reference = Reference.objects.order_by("pk")[0].uid
    pages = {
        "privacy:person": f"people/{person}/",
        "privacy:export_ask": f"people/{person}/export/",
        "privacy:correct": f"people/{person}/correct/",
        "privacy:erase": f"people/{person}/erase/",
        "privacy:erase_reference": f"references/{reference}/erase/",
    }
    counts = {}
    for name, path in pages.items():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(desk(organization) + path).status_code == 200
        counts[name] = len(queries(captured))
    with CaptureQueriesContext(connection) as captured:
        assert len(people_pages(searched(client, organization, "maya osei"))) == 1
    return counts | {"privacy:desk": len(queries(captured))}


def hold(organization: Organization, *emails: str) -> None:
    with tenant(organization):
        LegalHold.objects.all().delete()
        for email in emails:
            LegalHold.objects.create(organization=organization, reason="A case", email=email)


@pytest.mark.slow
def test_the_pages_need_as_many_queries_for_many_rows_addresses_and_holds_as_for_one() -> None:
    one, many = with_rows(1), with_rows(len(ADDRESSES))
    others = [f"{number}@elsewhere.example" for number in range(3)]
    for of_one, of_many in (((), ()), (ADDRESSES[:1], ADDRESSES), (others[:1], others)):
        hold(one, *of_one)
        hold(many, *of_many)
        asked = queries_of_pages(one)
        assert queries_of_pages(many) == asked
        assert {name: most for name, most in OF_ALL_TABLES.items() if asked.get(name, 0) > most} == {}
