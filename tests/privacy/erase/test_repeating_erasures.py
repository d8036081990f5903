"""After a backup was restored, the ledger's erasures are repeated, and nothing else is touched."""

from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from connectors.models import Writeback
from crosschq.core import clock
from crosschq.core.models import Installation
from crosschq.core.outbox import work_item
from crosschq.core.restore import mode
from crosschq.privacy.desk.search import find_person
from crosschq.privacy.erase.request import ask_to_erase
from crosschq.privacy.models import Erasure
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.models import Reference
from tests.factories import make_connection, make_organization, make_user
from tests.requests_app.factories import RequestScenario, ready_request


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
    with tenant(scenario.organization):
        person = find_person(uid)
        assert person
        actor = make_user()
        ask_to_erase(person, organization=scenario.organization, actor=actor, uid=uid, only_reference=only_reference)
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
