"""Admins set periods within limits, see what would be deleted, and place and release legal holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crosschq.core import clock
from crosschq.privacy.retention import nightly
from crosschq.privacy.retention.models import LegalHold, RemovedRows
from crosschq.privacy.retention.outlook import dry_run, next_night
from crosschq.tenancy.models import AuditEntry, Organization
from crosschq.tenancy.retention import RetentionKind, period_of
from crosschq.tenancy.scope import tenant
from tests.accounts.confirming import CONFIRM, asked, press
from tests.factories import PASSWORD, make_organization
from tests.privacy.desk_pages import admin_of
from tests.privacy.retention.factories import MAKERS, MODELS, ended_request, lives, old_event
from tests.requests_app.factories import ready_request
from tests.requests_app.pages import text

DEFAULTS = {
    "requests": "24",
    "prospects": "12",
    "events": "90",
    "messages": "12",
    "audit": "24",
    "candidate_deleted": "tell",
}


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH")


@pytest.fixture
def admin(acme: Organization) -> Client:
    return admin_of(acme)


def path(organization: Organization, page: str = "") -> str:
    return f"/o/{organization.slug}/privacy/retention/{page}"


def save(client: Client, organization: Organization, **given: str) -> Any:
    return press(client, path(organization), {**DEFAULTS, **given})


def test_the_page_shows_the_defaults_and_that_nothing_is_due(admin: Client, acme: Organization) -> None:
    page = text(admin.get(path(acme)))
    for part in ("Requests and reports", "24 months", "90 days", "No holds are in force", "Nothing yet"):
        assert part in page


def test_a_saved_period_counts_from_the_next_night(admin: Client, acme: Organization) -> None:
    scenario = ended_request(acme, clock.now() - timedelta(days=40))
    answer = save(admin, acme, requests="1")
    assert "They apply starting tonight." in text(answer)
    acme.refresh_from_db()
    assert acme.retention == {"requests": 1}
    nightly.run(now=clock.now())
    assert not lives(acme, scenario)
    page = text(admin.get(path(acme)))
    assert "Requests with their reports1" in page
    with tenant(acme):
        entry = AuditEntry.objects.get(action="privacy.retention")
    assert (entry.before, entry.after) == ({"retention": {}}, {"retention": {"requests": 1}})


@pytest.mark.parametrize(
    ("kind", "typed", "limits"),
    [
        ("requests", "0", "1 to 84 months"),
        ("requests", "85", "1 to 84 months"),
        ("prospects", "13", "1 to 12 months"),
        ("events", "34", "35 to 400 days"),
        ("messages", "2", "3 to 84 months"),
        ("audit", "11", "12 to 84 months"),
        ("requests", "", "1 to 84 months"),
        ("requests", "two years", "1 to 84 months"),
        ("requests", "1.5", "1 to 84 months"),
        ("requests", "9" * 500, "1 to 84 months"),
    ],
)
def test_a_period_outside_its_limits_changes_nothing_and_the_input_stays(
    admin: Client, acme: Organization, kind: str, typed: str, limits: str
) -> None:
    answer = save(admin, acme, **{kind: typed, "events": typed if kind == "events" else "120"})
    assert limits in text(answer)
    assert f'value="{typed}"' in answer.content.decode() or not typed
    if kind != "events":
        assert 'value="120"' in answer.content.decode()
    acme.refresh_from_db()
    assert acme.retention == {}


def test_what_happens_when_the_ats_deletes_a_candidate_is_chosen_here(admin: Client, acme: Organization) -> None:
    assert "When a candidate is deleted in the ATS" in text(admin.get(path(acme)))
    save(admin, acme, candidate_deleted="erase")
    acme.refresh_from_db()
    assert acme.candidate_deleted == "erase"
    save(admin, acme, candidate_deleted="anything")
    acme.refresh_from_db()
    assert acme.candidate_deleted == "erase"
    with tenant(acme):
        entry = AuditEntry.objects.get(action="privacy.retention")
    assert (entry.before, entry.after) == ({"candidate_deleted": "tell"}, {"candidate_deleted": "erase"})


def test_a_shorter_period_asks_for_a_proof_of_identity_that_names_it_and_a_longer_one_does_not(
    admin: Client, acme: Organization
) -> None:
    longer = admin.post(path(acme), {**DEFAULTS, "requests": "30", "events": "120"})
    assert longer["Location"] == path(acme)
    there = asked(admin, path(acme), {**DEFAULTS, "requests": "12", "events": "100", "prospects": "12"})
    said = text(admin.get(there))
    assert "Keep data of Acme GmbH for a shorter time" in said
    assert "Requests and reports: 12 months instead of 30 months" in said
    assert "Events from the ATS: 100 days instead of 120 days" in said
    assert "Prospects:" not in said
    acme.refresh_from_db()
    assert acme.retention == {"requests": 30, "events": 120}
    admin.post(there, {"password": PASSWORD})
    acme.refresh_from_db()
    assert acme.retention == {"requests": 12, "events": 100}


def test_erasing_people_that_the_ats_deletes_and_releasing_a_hold_each_ask_for_a_proof(
    admin: Client, acme: Organization
) -> None:
    there = asked(admin, path(acme), {**DEFAULTS, "candidate_deleted": "erase"})
    assert "Erase people from Acme GmbH when they are deleted in" in text(admin.get(there))
    # Stopping the erasures needs no proof, and neither proof counts for another action.
    assert admin.post(path(acme), {**DEFAULTS, "candidate_deleted": "nothing"})["Location"] == path(acme)
    admin.post(path(acme, "holds/"), {"subject": "maya@candidates.example", "reason": "Case 12"})
    with tenant(acme):
        hold = LegalHold.objects.get()
    admin.post(there, {"password": PASSWORD})
    acme.refresh_from_db()
    assert acme.candidate_deleted == "erase"
    assert admin.post(path(acme, f"holds/{hold.uid}/release/"))["Location"].startswith(CONFIRM)
    with tenant(acme):
        assert LegalHold.objects.get().released_at is None


def test_unsaved_periods_are_previewed_and_change_nothing(admin: Client, acme: Organization) -> None:
    ended_request(acme, clock.now() - timedelta(days=70))
    answer = save(admin, acme, requests="1", preview="1")
    assert "These periods aren't saved yet" in text(answer)
    assert "Requests and reports1 month1" in text(answer)
    assert "Requests and reports24 months0" in text(admin.get(path(acme)))
    acme.refresh_from_db()
    assert acme.retention == {}


def test_the_nightly_task_deletes_exactly_what_the_dry_run_says(acme: Organization) -> None:
    """Rows around the limits, one under a hold, and one that expires between the dry run and the nightly task."""
    night = next_night(clock.now())
    for number, kind in enumerate(RetentionKind, start=1):
        limit = period_of(acme, kind).before(night)
        for hours in range(number):
            MAKERS[kind](acme, limit - timedelta(hours=hours, minutes=1))
        MAKERS[kind](acme, limit + timedelta(minutes=1))
    held = ended_request(acme, night - timedelta(days=3000))
    with tenant(acme):
        LegalHold.objects.create(organization=acme, reason="A case", reference_request_uid=held.reference_request.uid)
        said = {MODELS[each.kind]._meta.label: each.found for each in dry_run(acme, at=night)}
    with time_machine.travel(night, tick=False):
        nightly.run(now=night)
    with tenant(acme):
        went = {row.table: row.count for row in RemovedRows.objects.all()}
    assert {label: found.count for label, found in said.items()} == {label: went.get(label, 0) for label in said}
    assert all(found.count for found in said.values())
    assert all(found.oldest and found.newest and found.oldest <= found.newest for found in said.values())
    with tenant(acme):
        assert [each.found.count for each in dry_run(acme, at=night)] == [0] * len(RetentionKind)


@pytest.mark.parametrize("by_page", [False, True])
def test_a_hold_is_placed_listed_and_released(admin: Client, acme: Organization, by_page: bool) -> None:
    scenario = ready_request(acme)
    uid = scenario.reference_request.uid
    subject = f"https://x.example/o/acme/requests/{uid}/" if by_page else "maya@candidates.example"
    answer = admin.post(path(acme, "holds/"), {"subject": subject, "reason": "Case 12"}, follow=True)
    assert "Nothing about it is deleted until you release the hold" in text(answer)
    assert ("One request" if by_page else "maya@candidates.example") in text(answer)
    with tenant(acme):
        hold = LegalHold.objects.get()
    assert hold.reference_request_uid == (uid if by_page else None)
    released = press(admin, path(acme, f"holds/{hold.uid}/release/"))
    assert "No holds are in force" in text(released)
    assert "Case 12" in text(released)
    assert "maya@candidates.example" not in released.content.decode()
    with tenant(acme):
        assert LegalHold.objects.get().email == ""
        entries = AuditEntry.objects.filter(action__contains="hold").order_by("id")
        assert [entry.action for entry in entries] == ["privacy.hold", "privacy.release_hold"]
        assert "maya" not in str(list(AuditEntry.objects.values("before", "after")))


@pytest.mark.parametrize(
    ("subject", "reason", "words"),
    [
        ("", "Case 12", "Enter an email address or the address of a request's page"),
        ("maya@", "Case 12", "Enter a complete email address"),
        ("Maya Osei", "Case 12", "No request has this address"),
        ("/requests/11111111-1111-4111-8111-111111111111/", "Case 12", "No request has this address"),
        ("maya@candidates.example", "", "Enter a reason"),
        ("maya@candidates.example", "x" * 201, "200 characters"),
    ],
)
def test_a_hold_on_nothing_is_refused_and_the_input_stays(
    admin: Client, acme: Organization, subject: str, reason: str, words: str
) -> None:
    answer = admin.post(path(acme, "holds/"), {"subject": subject, "reason": reason})
    assert words in text(answer)
    assert not subject or subject in answer.content.decode()
    with tenant(acme):
        assert not LegalHold.objects.exists()


def test_a_request_of_another_organization_cannot_be_held(admin: Client, acme: Organization) -> None:
    theirs = ready_request(make_organization("Globex"))
    subject = str(theirs.reference_request.uid)
    assert "No request has this address" in text(
        admin.post(path(acme, "holds/"), {"subject": subject, "reason": "Case"})
    )


def test_the_number_of_queries_does_not_depend_on_the_number_of_holds_and_nights(
    admin: Client, acme: Organization
) -> None:
    counts = []
    for number in range(2):
        with tenant(acme):
            for each in range(number * 5):
                LegalHold.objects.create(organization=acme, reason=f"Case {each}", email=f"p{each}@x.example")
                RemovedRows.objects.create(
                    organization=acme, night=clock.now() - timedelta(days=each), table="messaging.Message", count=1
                )
        admin.get(path(acme))
        with CaptureQueriesContext(connection) as queries:
            admin.get(path(acme))
        counts.append(len(queries))
    assert counts[1] - counts[0] < 40  # the search for held people, whatever their number
    with tenant(acme):
        for each in range(5, 15):
            LegalHold.objects.create(organization=acme, reason=f"Case {each}", email=f"p{each}@x.example")
    with CaptureQueriesContext(connection) as queries:
        admin.get(path(acme))
    assert len(queries) == counts[1]


def test_the_event_log_says_how_long_its_events_are_kept(admin: Client, acme: Organization) -> None:
    old_event(acme, clock.now())
    acme.retention = {"events": 120}
    acme.save()
    log = admin.get(f"/o/{acme.slug}/connectors/smartrecruiters/events/")
    assert "Kept for 120 days" in text(log)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("MAYA+x@candidates.example", "Requests it protects now: 1. Prospects: 0."),
        ("mayaa@candidates.example", "We store no request of this person now. Check the spelling of the address."),
    ],
)
def test_placing_a_hold_says_what_it_protects_now(admin: Client, acme: Organization, typed: str, said: str) -> None:
    ready_request(acme)
    assert said in text(admin.post(path(acme, "holds/"), {"subject": typed, "reason": "Case 12"}, follow=True))
