"""A legal hold on a person or a request overrides the nightly task and prevents an erasure."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connectors.models import Connection
from crosschq.core import clock
from crosschq.privacy.erase.everywhere import held_reasons
from crosschq.privacy.holdings import search
from crosschq.privacy.retention import nightly, sweep
from crosschq.privacy.retention.holds import current, in_force, is_held
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy.models import Organization
from crosschq.tenancy.person import Person, Sought, email_keys
from crosschq.tenancy.scope import tenant
from prospects.export.runs import add_items
from prospects.models import ExportItem, ExportSettings, Prospect, Removal
from prospects.opt_in import removal
from prospects.opt_in.retention import end_consents
from tests.factories import make_connection, make_organization
from tests.privacy.desk_pages import admin_of
from tests.privacy.retention.factories import ended_request, lives, old_event, old_message, old_prospect
from tests.prospects.factories import make_prospect, reread

LONG_AGO = timedelta(days=2000)
MAYA = "maya@candidates.example"


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH")


def hold(organization: Organization, **fields: object) -> LegalHold:
    with tenant(organization):
        row: LegalHold = LegalHold.objects.create(organization=organization, reason="Case 12", **fields)
        return row


def person(organization: Organization, email: str) -> Person:
    return Person(tuple(search(Sought(keys=email_keys(email)))))


def reference_email(organization: Organization, scenario: object) -> str:
    return str(scenario.reference(1).email)  # type: ignore[attr-defined]


def test_a_held_request_outlives_its_period_with_its_messages_and_moves(acme: Organization) -> None:
    at = clock.now() - LONG_AGO
    held, other = ended_request(acme, at), ended_request(acme, at)
    hold(acme, reference_request_uid=held.reference_request.uid)
    messages = [old_message(acme, at, about_uid=each.reference_request.uid) for each in (held, other)]
    events = [old_event(acme, at, reference_request_uid=each.reference_request.uid) for each in (held, other)]
    nightly.run(now=clock.now())
    assert [lives(acme, each) for each in (held, other)] == [True, False]
    assert [lives(acme, each) for each in messages] == [True, False]
    assert [lives(acme, each) for each in events] == [True, False]


@pytest.mark.parametrize("as_reference", [False, True])
def test_every_request_of_a_held_person_stays(acme: Organization, as_reference: bool) -> None:
    scenario = ended_request(acme, clock.now() - LONG_AGO)
    hold(acme, email=reference_email(acme, scenario) if as_reference else MAYA.upper())
    nightly.run(now=clock.now())
    assert lives(acme, scenario)


def test_a_held_prospect_and_their_messages_stay(acme: Organization) -> None:
    at = clock.now() - LONG_AGO
    held, other = old_prospect(acme, at), old_prospect(acme, at)
    message = old_message(acme, at, to_email=held.email)
    hold(acme, email=held.email)
    nightly.run(now=clock.now())
    assert (lives(acme, held), lives(acme, other), lives(acme, message)) == (True, False, True)


def test_the_moves_of_a_held_candidate_stay(acme: Organization) -> None:
    at = clock.now() - LONG_AGO
    event = old_event(acme, at, candidate_id="candidate-7")
    other = old_event(acme, at, candidate_id="candidate-8")
    with tenant(acme):
        connection = Connection.objects.get()
    scenario = ended_request(acme, at)
    with tenant(acme):
        row = scenario.reference_request
        row.connection, row.ats_candidate_id, row.ats_job_id = connection, "candidate-7", "job-9"
        row.save()
    hold(acme, email=MAYA)
    nightly.run(now=clock.now())
    assert (lives(acme, event), lives(acme, other)) == (True, False)


def test_everything_is_deleted_once_the_hold_is_released(acme: Organization) -> None:
    scenario = ended_request(acme, clock.now() - LONG_AGO)
    hold(acme, reference_request_uid=scenario.reference_request.uid, released_at=clock.now())
    nightly.run(now=clock.now())
    assert not lives(acme, scenario)


def test_a_hold_of_another_organization_protects_nothing_here(acme: Organization) -> None:
    scenario = ended_request(acme, clock.now() - LONG_AGO)
    hold(make_organization("Globex"), reference_request_uid=scenario.reference_request.uid)
    nightly.run(now=clock.now())
    assert not lives(acme, scenario)


def test_a_held_person_cannot_be_erased_and_neither_can_those_in_a_held_request(acme: Organization) -> None:
    scenario = ended_request(acme, clock.now())
    with tenant(acme):
        assert not is_held(person(acme, MAYA))
        assert held_reasons(person(acme, MAYA)) == []
    placed = hold(acme, reference_request_uid=scenario.reference_request.uid)
    with tenant(acme):
        assert scenario.reference_request.uid in in_force().requests
        for email in (MAYA, reference_email(acme, scenario)):
            assert is_held(person(acme, email))
            assert held_reasons(person(acme, email)) == [
                "They are under a legal hold, or appear in a request that is. Release the hold first."
            ]
        placed.released_at = clock.now()
        placed.save()
        assert not is_held(person(acme, MAYA))


def test_the_holds_are_looked_up_once_for_all_consents_that_end(acme: Organization) -> None:
    make_prospect(acme, email=MAYA, email_key=MAYA, ends_at=clock.now())
    hold(acme, email=MAYA)
    looked_up = []
    for prospects in (1, 3):
        others = [make_prospect(acme, ends_at=clock.now()) for _ in range(prospects)]
        with CaptureQueriesContext(database) as counted:
            end_consents(now=clock.now())
        assert all(reread(each).is_removed for each in others)
        # The removal of a prospect asks in its own statement whether another hold was placed.
        looked_up.append(sum('FROM "retention_legalhold"' in query["sql"] for query in counted) - prospects)
    assert looked_up[0] == looked_up[1]


def test_a_hold_that_is_placed_while_consents_end_protects(acme: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (make_prospect(acme, ends_at=clock.now()) for _ in range(2))
    remove = removal.remove

    def remove_while_a_hold_is_placed(prospect: Prospect, *, why: Removal) -> bool:
        hold(acme, email=second.email)
        return remove(prospect, why=why)

    monkeypatch.setattr(removal, "remove", remove_while_a_hold_is_placed)
    assert end_consents(now=clock.now()) == 1
    assert [reread(each).is_removed for each in (first, second)] == [True, False]


def test_a_held_prospect_outlives_their_consent_and_cannot_be_removed_or_exported(acme: Organization) -> None:
    held, other = (
        make_prospect(acme, email=MAYA, email_key=MAYA, ends_at=clock.now()),
        make_prospect(acme, ends_at=clock.now()),
    )
    hold(acme, email=MAYA)
    end_consents(now=clock.now())
    assert [reread(each).is_removed for each in (held, other)] == [False, True]
    answer = admin_of(acme).post(f"/o/{acme.slug}/prospects/{held.uid}/remove/", follow=True)
    assert "under a legal hold" in answer.content.decode()
    assert not reread(held).is_removed
    with tenant(acme):
        connection = make_connection(acme)
        settings = ExportSettings.objects.create(organization=acme, connection=connection)
        add_items(settings, Prospect.objects.all(), job_id="", job_title="", run=None)
        assert not ExportItem.objects.exists()


def test_a_hold_placed_during_the_night_protects_what_is_left(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = [ended_request(acme, clock.now() - LONG_AGO) for _ in range(2)]

    def place(_point: str) -> None:
        if not current().exists():
            for scenario in two:
                hold(acme, reference_request_uid=scenario.reference_request.uid)

    monkeypatch.setattr(sweep, "fault", place)
    nightly.run(now=clock.now())
    assert sorted(lives(acme, each) for each in two) == [False, True]
