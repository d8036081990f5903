"""SmartRecruiters deletes a candidate: nothing happens, we email the admins, or the person is erased, as chosen."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from pytest_django import Settings

from connectors import ats
from connectors.models import Connection
from connectors.smartrecruiters.adapter import SmartRecruitersAts
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.privacy.models import Erasure
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy.models import AuditEntry, CandidateDeleted, Organization, User
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest
from tests.extent import first_of
from tests.vendor import Vendor
from tests.webhooks.moves import deliver_event, event_of, first_moved, ids_of
from webhooks.models import InboundEvent

MAYA = ("Maya Osei", "Backend Engineer")


@pytest.fixture(autouse=True)
def _ledger(settings: Settings, tmp_path: Path) -> None:
    settings.ERASURE_LEDGER = str(tmp_path / "ledger")


def choose(connection: Connection, choice: CandidateDeleted) -> None:
    Organization.objects.filter(pk=connection.organization_id).update(candidate_deleted=choice)


def maya(vendor: Vendor) -> str:
    return str(json.loads(ids_of(vendor, *MAYA))["candidate_id"])


def hear(live: Connection, candidate_id: str, *, event_id: str = "deleted-1") -> None:
    """The event of a deletion two minutes ago, so that reads no longer lag behind it."""
    body = json.dumps({"id": candidate_id}).encode()
    at = clock.now() - timedelta(minutes=2)
    event = deliver_event(live, body, event_id=event_id, event_name="candidate.deleted", happened_at=at)
    assert (event.outcome, event.candidate_id) == ("no.other_event", candidate_id)


def emails_to_admins(live: Connection) -> list[Message]:
    with tenant(live.organization):
        return list(Message.objects.filter(kind="candidate_deleted"))


def requests_left(live: Connection) -> int:
    with tenant(live.organization):
        return ReferenceRequest.objects.count()


def erasures(live: Connection) -> list[Erasure]:
    with tenant(live.organization):
        return list(Erasure.objects.all())


@pytest.mark.parametrize("choice", CandidateDeleted)
def test_what_the_organization_chose_happens_once(vendor: Vendor, live: Connection, choice: CandidateDeleted) -> None:
    first_moved(live, vendor, *MAYA)
    choose(live, choice)
    candidate_id = maya(vendor)
    vendor.tell("delete", candidate_id=candidate_id)
    for _ in range(2):
        hear(live, candidate_id)
    work_item.drain(Erasure)
    is_erased = choice == CandidateDeleted.ERASE
    assert len(emails_to_admins(live)) == (choice == CandidateDeleted.TELL)
    assert [bool(each.erased_at) for each in erasures(live)] == [True] * is_erased
    assert requests_left(live) == (not is_erased)


def test_the_default_is_an_email_that_names_no_one(vendor: Vendor, live: Connection) -> None:
    first_moved(live, vendor, *MAYA)
    candidate_id = maya(vendor)
    vendor.tell("delete", candidate_id=candidate_id)
    hear(live, candidate_id)
    (email,) = emails_to_admins(live)
    assert email.subject == "SmartRecruiters deleted a candidate"
    assert f"/o/{live.organization.slug}/privacy/people/" in email.text
    assert "Maya" not in email.text + email.subject


def test_an_unknown_candidate_causes_nothing(vendor: Vendor, live: Connection) -> None:
    choose(live, CandidateDeleted.ERASE)
    hear(live, "unknown")
    assert (emails_to_admins(live), erasures(live)) == ([], [])


def test_a_profile_that_still_exists_is_never_erased(vendor: Vendor, live: Connection) -> None:
    """The event may be about another profile, or wrong because of a bug in the ATS."""
    first_moved(live, vendor, *MAYA)
    choose(live, CandidateDeleted.ERASE)
    hear(live, maya(vendor))
    assert (len(emails_to_admins(live)), erasures(live), requests_left(live)) == (1, [], 1)


def test_a_person_under_a_legal_hold_is_never_erased(vendor: Vendor, live: Connection) -> None:
    first_moved(live, vendor, *MAYA)
    choose(live, CandidateDeleted.ERASE)
    with tenant(live.organization):
        uid = ReferenceRequest.objects.get().uid
        LegalHold.objects.create(organization=live.organization, reason="A case", reference_request_uid=uid)
    candidate_id = maya(vendor)
    vendor.tell("delete", candidate_id=candidate_id)
    hear(live, candidate_id)
    assert (len(emails_to_admins(live)), erasures(live), requests_left(live)) == (1, [], 1)


def test_the_audit_log_says_that_nobody_pressed_a_button(vendor: Vendor, live: Connection, admin: User) -> None:
    first_moved(live, vendor, *MAYA)
    choose(live, CandidateDeleted.ERASE)
    candidate_id = maya(vendor)
    vendor.tell("delete", candidate_id=candidate_id)
    hear(live, candidate_id)
    with tenant(live.organization):
        assert AuditEntry.objects.get(action="privacy.erase").actor is None


@pytest.mark.parametrize(
    "twin", [{"last_name": "Osei", "email": "maya.osei@work.example"}, {"last_name": "Osei-Mensah", "email": ""}]
)
def test_a_profile_merged_into_another_is_never_erased(vendor: Vendor, live: Connection, twin: dict[str, str]) -> None:
    """The event is the same. The profile that remains has the person's name or address."""
    first_moved(live, vendor, *MAYA)
    choose(live, CandidateDeleted.ERASE)
    candidate_id = maya(vendor)
    details = {**twin, "email": twin["email"] or vendor.candidate(MAYA[0])["email"]}
    (master,) = vendor.tell("seed", jobs=[], candidates=[{"first_name": "Maya", **details}])["candidates"]
    vendor.tell("merge", candidate_id=master, other_id=candidate_id)
    hear(live, candidate_id)
    assert (len(emails_to_admins(live)), erasures(live), requests_left(live)) == (1, [], 1)


def test_a_profile_that_a_late_read_still_shows_is_read_again_and_then_erased(vendor: Vendor, live: Connection) -> None:
    first_moved(live, vendor, *MAYA)
    choose(live, CandidateDeleted.ERASE)
    candidate_id = maya(vendor)
    vendor.tell("advance", seconds=3600)
    vendor.tell("switches", read_lag=20)
    with time_machine.travel(timedelta(hours=1)):
        vendor.tell("delete", candidate_id=candidate_id)
        body = json.dumps({"id": candidate_id}).encode()
        event = deliver_event(live, body, event_id="deleted-1", event_name="candidate.deleted")
        assert (event.state, event.outcome) == (WorkState.PENDING, "")
    for seconds in (16, 60):
        vendor.tell("advance", seconds=seconds)
        with time_machine.travel(timedelta(hours=1, seconds=seconds + 16)):
            work_item.drain(InboundEvent)
    assert event_of(live, "deleted-1").outcome == "no.other_event"
    assert (emails_to_admins(live), len(erasures(live))) == ([], 1)


def test_a_search_that_still_finds_the_deleted_profile_itself_keeps_nobody(
    vendor: Vendor, live: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_moved(live, vendor, *MAYA)
    choose(live, CandidateDeleted.ERASE)
    candidate_id = maya(vendor)
    vendor.tell("delete", candidate_id=candidate_id)
    late = [ats.CandidateSummary(candidate_id, "Maya", "Osei", "maya.osei@example.com", ())]
    monkeypatch.setattr(SmartRecruitersAts, "search", lambda *_args, **_more: late)
    hear(live, candidate_id)
    assert (emails_to_admins(live), len(erasures(live))) == ([], 1)


@pytest.mark.parametrize(
    ("first_name", "last_name"),
    first_of([("\uff2d\uff41\uff59\uff41", "Osei"), ("OSEI,", "maya"), ("Osei", "Maya")], 2),
)
def test_a_profile_with_the_name_in_another_spelling_may_be_the_same_person(
    vendor: Vendor, live: Connection, monkeypatch: pytest.MonkeyPatch, first_name: str, last_name: str
) -> None:
    first_moved(live, vendor, *MAYA)
    choose(live, CandidateDeleted.ERASE)
    candidate_id = maya(vendor)
    vendor.tell("delete", candidate_id=candidate_id)
    other = [ats.CandidateSummary("another", first_name, last_name, "other@work.example", ())]
    monkeypatch.setattr(SmartRecruitersAts, "search", lambda *_args, **_more: other)
    hear(live, candidate_id)
    assert (len(emails_to_admins(live)), erasures(live)) == (1, [])
