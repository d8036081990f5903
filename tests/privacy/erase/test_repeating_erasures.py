"""After a backup was restored, the ledger's erasures are repeated, and nothing else is touched."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import Settings

from connectors.models import Writeback
from crosschq.core import clock
from crosschq.core.models import Installation
from crosschq.core.outbox import work_item
from crosschq.core.restore import mode
from crosschq.privacy.desk.search import find_people, find_person
from crosschq.privacy.erase.ledger import entries as ledger_entries
from crosschq.privacy.erase.request import ask_to_erase
from crosschq.privacy.models import Erasure
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy.models import Invitation, Organization, Role, User
from crosschq.tenancy.scope import tenant
from requests_app.models import Reference
from tests.factories import make_connection, make_member, make_organization, make_user
from tests.requests_app.factories import RequestScenario, ready_request, waiting_request

OWNER = "dana@acme.example"


@pytest.fixture(autouse=True)
def ledger(settings: Settings, tmp_path: Path) -> Path:
    settings.ERASURE_LEDGER = str(tmp_path / "erasures.jsonl")
    return tmp_path / "erasures.jsonl"


class Backup:
    """The rows of the database, to restore them later."""

    def __enter__(self) -> "Backup":
        with connection.cursor() as sql:
            sql.execute("SAVEPOINT backup")
        return self

    def restore(self) -> None:
        with connection.cursor() as sql:
            sql.execute("ROLLBACK TO SAVEPOINT backup")

    def __exit__(self, *_: object) -> None:
        pass


def erase(scenario: RequestScenario, *, only_reference: bool = False) -> None:
    uid = scenario.reference().uid if only_reference else scenario.reference_request.uid
    _erase(scenario, uid, only_reference=only_reference)


def erase_owner(scenario: RequestScenario, heir: User) -> None:
    with tenant(scenario.organization):
        (person,) = find_people(OWNER).people
    _erase(scenario, person.matches[0].uid, heir=heir)
    assert scenario.reread().owner_email == heir.email


def _erase(scenario: RequestScenario, uid: UUID, **how: Any) -> None:
    with tenant(scenario.organization):
        person = find_person(uid)
        assert person
        ask_to_erase(person, organization=scenario.organization, actor=make_user(), uid=uid, **how)
    work_item.drain(Erasure)


def is_held(organization: Organization, scenario: RequestScenario) -> bool:
    with tenant(organization):
        return find_person(scenario.reference_request.uid) is not None


def test_a_person_that_a_backup_brings_back_is_erased_again() -> None:
    scenario, other = ready_request(), ready_request()
    with Backup() as backup:
        erase(scenario)
        assert not is_held(scenario.organization, scenario)
        backup.restore()
    assert is_held(scenario.organization, scenario)
    Installation.objects.update_or_create(
        pk=1, defaults={"uid": scenario.organization.uid, "system_identifier": "", "restored_at": clock.now()}
    )
    assert mode.catch_up()
    assert Installation.objects.get().erasures == 1
    assert not is_held(scenario.organization, scenario)
    assert is_held(other.organization, other)
    with tenant(scenario.organization):
        assert Erasure.objects.get().is_repeated


def test_what_staff_may_still_have_to_delete_in_the_ats_is_listed_again() -> None:
    organization = make_organization()
    scenario = ready_request(organization, connection=make_connection(organization))
    with tenant(organization):
        Writeback.objects.update(asked_at=clock.now())
    with Backup() as backup:
        erase(scenario)
        backup.restore()
    assert mode.replay_erasures() == 1
    with tenant(organization):
        assert Erasure.objects.get().ats_list == [{"what": "note", "candidate": "candidate-1"}]


def test_repeating_an_erasure_twice_changes_nothing_more() -> None:
    scenario = ready_request()
    with Backup() as backup:
        erase(scenario)
        backup.restore()
    assert mode.replay_erasures() == 1
    again = ready_request(scenario.organization)
    assert mode.replay_erasures() == 0
    assert is_held(scenario.organization, again)


def test_an_erased_reference_is_erased_again_and_the_rest_of_the_request_stays() -> None:
    scenario = ready_request()
    with Backup() as backup:
        erase(scenario, only_reference=True)
        backup.restore()
    assert mode.replay_erasures() == 1
    with tenant(scenario.organization):
        assert list(Reference.objects.values_list("name", flat=True)) == ["Tom Beck"]
    assert scenario.reread().erased_references == 1


def test_a_line_that_was_cut_off_is_left_out_and_the_next_one_counts(ledger: Path) -> None:
    scenario = ready_request()
    cut_off = '{"erasure":"cut o'
    ledger.write_text(cut_off)
    with Backup() as backup:
        erase(scenario)
        backup.restore()
    with ledger.open("a") as file:
        file.write(cut_off)
    assert mode.replay_erasures() == 1


def heirs(organization: Organization) -> tuple[User, User]:
    """The longest member, who owns the organization, and the member who got the requests."""
    owner = make_member(organization, Role.OWNER, make_user("olga@acme.example", name="Olga Owner"))
    return owner, make_member(organization, Role.RECRUITER, make_user("sam@acme.example", name="Sam Heir"))


@pytest.mark.parametrize("is_member", [True, False], ids=["the same heir", "the heir has left"])
def test_open_requests_of_an_erased_owner_get_an_owner_again(is_member: bool) -> None:
    scenario = waiting_request()
    olga, sam = heirs(scenario.organization)
    with Backup() as backup:
        erase_owner(scenario, sam)
        backup.restore()
    assert scenario.reread().owner_email == OWNER
    if not is_member:
        sam.memberships.all().delete()
    assert mode.replay_erasures() == 1
    request = scenario.reread()
    assert (request.owner_email, request.is_open) == ((sam if is_member else olga).email, True)
    with tenant(scenario.organization):
        assert request.readers.filter(email=request.owner_email).exists()
    assert not [sentence for sentence in scenario.timeline() if "Dana" in sentence]


def test_a_hold_released_before_the_erasure_does_not_come_back_with_the_backup() -> None:
    scenario = ready_request()
    email, uid = scenario.reference_request.candidate_email, scenario.reference_request.uid
    own = {"organization": scenario.organization, "reason": "Case 12", "placed_at": clock.now() - timedelta(days=9)}
    with tenant(scenario.organization):
        LegalHold.objects.create(**own, email=email)
        LegalHold.objects.create(**own, reference_request_uid=uid)
        LegalHold.objects.create(**own, email="someone@else.example")
    with Backup() as backup:
        with tenant(scenario.organization):
            LegalHold.objects.update(released_at=clock.now(), email="")
        erase(scenario)
        backup.restore()
    assert mode.replay_erasures() == 1
    assert not is_held(scenario.organization, scenario)
    with tenant(scenario.organization):
        (left,) = LegalHold.objects.filter(released_at=None)
        assert left.email == "someone@else.example"
        assert not [hold for hold in LegalHold.objects.all() if hold.email == email]


def test_a_person_stays_under_a_hold_placed_since_and_the_erasure_can_be_tried_again() -> None:
    scenario = ready_request()
    with Backup() as backup:
        erase(scenario)
        backup.restore()
    with tenant(scenario.organization):
        uid = scenario.reference_request.uid
        placed = LegalHold.objects.create(
            organization=scenario.organization, reason="Case 12", reference_request_uid=uid
        )
    assert mode.replay_erasures() == 0
    assert is_held(scenario.organization, scenario)
    with tenant(scenario.organization):
        failed = Erasure.objects.get()
        assert failed.has_failed
        assert "legal hold" in failed.reason
        LegalHold.objects.filter(pk=placed.pk).update(released_at=clock.now())
        work_item.try_again(failed)
    work_item.drain(Erasure)
    assert not is_held(scenario.organization, scenario)


def test_an_older_invitation_of_an_erased_person_goes_and_a_newer_one_stays() -> None:
    scenario = ready_request()
    admin = make_member(scenario.organization, Role.ADMIN)
    email = scenario.reference_request.candidate_email
    own = {"organization": scenario.organization, "role": "viewer", "invited_by": admin, "email": email}
    day = timedelta(days=1)
    with tenant(scenario.organization):
        old = Invitation.objects.create(**own, created_at=clock.now() - day, expires_at=clock.now() + day)
    with Backup() as backup:
        with tenant(scenario.organization):
            Invitation.objects.update(cancelled_at=clock.now())
        erase(scenario)
        backup.restore()
    with tenant(scenario.organization):
        Invitation.objects.filter(pk=old.pk).update(cancelled_at=clock.now())
        new = Invitation.objects.create(**own, created_at=clock.now() + day, expires_at=clock.now() + 2 * day)
    assert mode.replay_erasures() == 1
    with tenant(scenario.organization):
        assert list(Invitation.objects.all()) == [new]


def test_an_erasure_that_failed_after_its_line_was_written_is_not_repeated() -> None:
    scenario = ready_request()
    with Backup() as backup:
        erase(scenario)
        backup.restore()
    # As if the commit had failed, and a hold had then ended the attempts.
    uid = UUID(next(iter(ledger_entries())).erasure)
    with tenant(scenario.organization):
        Erasure.objects.create(
            organization=scenario.organization, uid=uid, person_uid=uid, state="dead", finished_at=clock.now()
        )
    assert mode.replay_erasures() == 0
    assert is_held(scenario.organization, scenario)


def test_an_erasure_with_two_lines_is_repeated_once_and_lines_with_wrong_values_are_left_out(ledger: Path) -> None:
    scenario = ready_request()
    with Backup() as backup:
        erase(scenario)
    good = json.loads(ledger.read_text())
    for bad in ('{"uids":["x"]}', '{"organization":"x"}', '{"erasure":7}', "[]", '"x"', "7"):
        backup.restore()
        wrong = json.loads(bad)
        line = json.dumps(good | wrong) if isinstance(wrong, dict) else bad
        ledger.write_text(f"{line}\n{json.dumps(good)}\n")
        assert mode.replay_erasures() == 1, bad
    backup.restore()
    ledger.write_text(f"{json.dumps(good)}\n" * 2)
    assert mode.replay_erasures() == 1
    with tenant(scenario.organization):
        assert Erasure.objects.get().rows > 0
