"""All rows of a person are found in one search, however long the chain of addresses and ids that links them."""

import uuid
from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from connectors.models import Connection
from crosschq.core import clock
from crosschq.privacy.desk.search import find_person
from crosschq.privacy.holdings import everything_about, search
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy.models import Organization
from crosschq.tenancy.person import Match, Person, PersonKind, Sought, email_keys
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest
from requests_app.start.start import CandidateInfo
from tests.extent import in_full
from tests.factories import make_connection, make_organization
from tests.kept import kept_rows
from tests.prospects.factories import make_prospect
from tests.requests_app.factories import Maker, sent_request, waiting_request
from webhooks.models import InboundEvent


def searched_again_and_again(sought: Sought) -> list[Match]:
    """What a search finds that is repeated with everything that the one before found, until it finds nothing new."""
    found, before = search(sought), None
    while found and found != before:
        before, found = found, search(Person(tuple(found)).sought)
    return found


@pytest.fixture(scope="module")
def chained(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Organization]:
    with kept_rows(django_db_blocker):
        yield _chained()


def _chained() -> Organization:
    """Addresses and ids of one candidate, each linked with the next by one row, and someone with the same name.

    maya@ and id 1, id 1 and m.osei@, m.osei@ and id 2, id 2 and mo@, mo@ and id 4, whose move was of id 3 before the
    profiles were merged, and id 3 and an address that a member chose.
    """
    organization = make_organization()
    ats = make_connection(organization)
    _request(organization, ats, "maya@candidates.example", "1", make=waiting_request)
    _request(organization, ats, "m.osei@candidates.example", "1")
    _move(ats, "2", "M.Osei+jobs@candidates.example")
    _request(organization, ats, "MO@candidates.example", "2", make=waiting_request)
    merged = _move(ats, "3")
    _move(ats, "3", "osei@candidates.example")
    _request(organization, ats, "mo+2@candidates.example", "4", origin_event=merged.uid)
    make_prospect(organization, email="Osei+x@candidates.example", email_key="osei@candidates.example")
    _request(organization, ats, "maya@elsewhere.example", "5")
    _move(ats, "5")
    with tenant(organization):
        LegalHold.objects.create(organization=organization, reason="A case", email="osei@candidates.example")
    return organization


def _request(
    organization: Organization,
    ats: Connection,
    email: str,
    candidate: str,
    *,
    origin_event: uuid.UUID | None = None,
    make: Maker = sent_request,
) -> None:
    scenario = make(
        organization, connection=ats, candidate=CandidateInfo("Maya", "Osei", email), ats_job=uuid.uuid4().hex
    )
    with tenant(organization):
        ReferenceRequest.objects.filter(pk=scenario.reference_request.pk).update(
            ats_candidate_id=candidate, origin_event=origin_event
        )


def _move(ats: Connection, candidate: str, chosen_email: str = "") -> InboundEvent:
    with tenant(ats.organization):
        event: InboundEvent = InboundEvent.objects.create(
            organization=ats.organization,
            connection=ats,
            event_id=uuid.uuid4().hex,
            candidate_id=candidate,
            candidate_name="Maya Osei",
            chosen_email=chosen_email,
            created_at=clock.now(),
        )
    return event


def test_a_chain_is_followed_to_its_end_from_each_of_its_rows(chained: Organization) -> None:
    with tenant(chained):
        whole = everything_about(Sought(keys=email_keys("maya@candidates.example")))
        assert len(Person(tuple(whole)).uids(PersonKind.CANDIDATE)) == 4
        assert {"osei@candidates.example", "Osei+x@candidates.example"} <= set(Person(tuple(whole)).emails)
        assert not email_keys("maya@elsewhere.example") & Person(tuple(whole)).keys
        for match in whole:
            if match.kind in (PersonKind.CANDIDATE, PersonKind.RECIPIENT):
                found = find_person(match.uid)
                assert found is not None
                assert list(found.matches) == whole, match


@pytest.mark.in_full
def test_the_rows_and_their_order_are_those_of_a_repeated_search(chained: Organization) -> None:
    """In `make test` from a row of each kind, in `make test-slow` from each row."""
    with tenant(chained):
        found_by_name = search(Sought(words=("e",)))
        by_kind = {(match.kind, match.uid if in_full() else ""): match.uid for match in found_by_name}
        assert len({match.uid for match in found_by_name}) > 15
        for uid in set(by_kind.values()):
            found = find_person(uid)
            assert found is not None
            assert list(found.matches) == searched_again_and_again(Sought(uids=frozenset({uid}))), uid
        keys = email_keys("osei@candidates.example", "maya@elsewhere.example", "nobody@candidates.example")
        assert everything_about(Sought(keys=keys)) == searched_again_and_again(Sought(keys=keys))
        named = Person(tuple(search(Sought(words=("maya",), most=5)))).sought
        assert everything_about(named) == searched_again_and_again(named)


def test_a_link_by_an_oddly_spelled_address_is_found_too() -> None:
    organization = make_organization()
    ats = make_connection(organization)
    _request(organization, ats, "maya@bücher.example", "1")
    _request(organization, ats, "Maya@xn--bcher-kva.example", "2")
    _request(organization, ats, '"lee"@candidates.example', "2")
    _request(organization, ats, "lee@candidates.example", "3")
    with tenant(organization):
        for row in ReferenceRequest.objects.all():
            person = find_person(row.uid)
            assert person is not None
            assert len(person.uids(PersonKind.CANDIDATE)) == 4
            assert list(person.matches) == searched_again_and_again(Sought(uids=frozenset({row.uid})))


def test_an_erased_move_leads_to_no_one() -> None:
    organization = make_organization()
    ats = make_connection(organization)
    _request(organization, ats, "maya@candidates.example", "1")
    event = _move(ats, "1")
    with tenant(organization):
        InboundEvent.objects.filter(pk=event.pk).update(candidate_name="", outcome="no.erased")
        assert find_person(event.uid) is None
        assert searched_again_and_again(Sought(uids=frozenset({event.uid}))) == []


def test_a_test_request_is_about_no_one() -> None:
    scenario = waiting_request()
    with tenant(scenario.organization):
        ReferenceRequest.objects.update(is_test=True)
        assert find_person(scenario.reference_request.uid) is None
