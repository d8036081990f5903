"""A candidate whose data was erased isn't asked again under another address, until an admin allows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from connectors.models import Connection
from crosschq.core.outbox import work_item
from crosschq.messaging.models import Message, SuppressionReason
from crosschq.messaging.sending.suppression import reason_for_email
from crosschq.privacy.desk.search import find_person
from crosschq.privacy.erase.request import ask_to_erase
from crosschq.privacy.models import Erasure
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest
from tests.connected import made_once_in_both
from tests.factories import make_organization
from tests.privacy.desk_pages import admin_of, desk, searched, words
from tests.vendor import Vendor
from tests.webhooks.moves import deliver_event, first_moved, ids_of, move_and_decide, requests_of
from webhooks.decision import erased_candidates
from webhooks.models import ErasedCandidate

MAYA = ("Maya Osei", "Backend Engineer")
OLD_ADDRESS = "maya.before@candidates.example"


@pytest.fixture(autouse=True)
def _ledger(settings: Settings, tmp_path: Path) -> None:
    settings.ERASURE_LEDGER = str(tmp_path / "ledger")


def erase_at_old_address(live: Connection, vendor: Vendor) -> None:
    """Ask a candidate at an address that they have changed in the ATS since, and erase them."""

    def make() -> None:
        move_and_decide(live, vendor, *MAYA)
        with tenant(live.organization):
            Message.objects.all().delete()
            ReferenceRequest.objects.update(candidate_email=OLD_ADDRESS)
            uid = ReferenceRequest.objects.get().uid
            person = find_person(uid)
            assert person
            ask_to_erase(person, organization=live.organization, actor=None, uid=uid)
        work_item.drain(Erasure)

    made_once_in_both(vendor, ("erased at an old address", live.pk), make)


def test_an_erased_candidate_with_a_new_address_gets_no_request_and_stays_unnamed(
    vendor: Vendor, live: Connection
) -> None:
    erase_at_old_address(live, vendor)
    event = move_and_decide(live, vendor, *MAYA)
    assert (event.outcome, event.candidate_name) == ("no.erased", "")
    assert requests_of(live) == []
    assert move_and_decide(live, vendor, "Inês Duarte", MAYA[1]).outcome == "sent.matched"


def test_a_profile_that_an_erased_one_was_merged_into_gets_no_request(vendor: Vendor, live: Connection) -> None:
    erase_at_old_address(live, vendor)
    ids = ids_of(vendor, *MAYA)
    new = {"first_name": "Maya", "last_name": "Osei-Mensah", "email": "m@new.example"}
    (master,) = vendor.tell("seed", jobs=[], candidates=[new])["candidates"]
    vendor.tell("merge", candidate_id=master, other_id=vendor.candidate_id(MAYA[0]))
    assert deliver_event(live, ids, event_id="after-the-merge").outcome != "sent.matched"
    assert requests_of(live) == []


@pytest.mark.parametrize("by_id", [True, False])
def test_an_admin_allows_requests_again_after_searching_for_the_id_or_the_old_address(
    vendor: Vendor, live: Connection, by_id: bool
) -> None:
    erase_at_old_address(live, vendor)
    candidate_id = vendor.candidate_id(MAYA[0])
    client, typed = admin_of(live.organization), candidate_id if by_id else OLD_ADDRESS
    assert "was erased" in words(searched(client, live.organization, typed))
    field = {"candidate": candidate_id} if by_id else {"email": OLD_ADDRESS}
    answer = client.post(f"{desk(live.organization)}write-again/", field, follow=True)
    assert "We can email and ask this person again" in words(answer)
    with tenant(live.organization):
        assert reason_for_email(live.organization, address=OLD_ADDRESS) is None
    assert move_and_decide(live, vendor, *MAYA).outcome == "sent.matched"


def test_a_block_is_of_one_organization_and_names_no_one(vendor: Vendor, live: Connection) -> None:
    erase_at_old_address(live, vendor)
    candidate_id = vendor.candidate_id(MAYA[0])
    with tenant(live.organization):
        block = ErasedCandidate.objects.get()
        assert candidate_id.encode() not in bytes(block.candidate_hash)
    other = make_organization("Globex")
    client: Client = admin_of(other)
    assert "was erased" not in words(searched(client, other, candidate_id))
    client.post(f"{desk(other)}write-again/", {"candidate": candidate_id})
    with tenant(live.organization):
        assert erased_candidates.is_id_blocked(candidate_id)


def test_erasing_a_person_twice_keeps_both_addresses_in_the_block(vendor: Vendor, live: Connection) -> None:
    erase_at_old_address(live, vendor)
    with tenant(live.organization):
        ids = [(live.pk, vendor.candidate_id(MAYA[0]))]
        erased_candidates.block(ids, emails=["new@candidates.example"])
        assert len(ErasedCandidate.objects.get().address_hashes) == 2
        assert reason_for_email(live.organization, address=OLD_ADDRESS) == SuppressionReason.ERASED
        assert erased_candidates.allow_address(OLD_ADDRESS.upper())
        assert not ErasedCandidate.objects.exists()


def test_a_person_is_found_by_their_id_in_the_ats(vendor: Vendor, live: Connection) -> None:
    first_moved(live, vendor, *MAYA)
    client = admin_of(live.organization)
    found = searched(client, live.organization, vendor.candidate_id(MAYA[0]))
    assert "Maya Osei" in words(found)
