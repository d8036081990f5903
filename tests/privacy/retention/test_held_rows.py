"""Every kind of row that expires is kept under a legal hold, or its line says why a hold doesn't keep it."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from crosschq.core import clock
from crosschq.messaging.models import Channel, DeliveryEvent
from crosschq.privacy.erase.everywhere import held_reasons
from crosschq.privacy.holdings import search
from crosschq.privacy.retention import nightly
from crosschq.privacy.retention.held_rows import UNPROTECTED
from crosschq.privacy.retention.lifetimes import LIFETIMES, DeletedBy, Expires, GoesWith, expiring
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy import audit
from crosschq.tenancy.models import AuditEntry, Invitation, Organization
from crosschq.tenancy.person import Person, Sought, email_keys
from crosschq.tenancy.scope import cross_tenant, tenant
from prospects.opt_in.retention import end_consents
from requests_app.models import BulkAction, BulkItem, ReferenceRequest, ReportFile, ReportVersion
from tests.factories import make_member, make_organization
from tests.privacy.retention.factories import ended_request, lives, old_event, old_message, old_prospect
from tests.requests_app.factories import RequestScenario

MAYA = "maya@candidates.example"
_number = itertools.count(1)


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH")


def long_ago() -> datetime:
    return clock.now() - timedelta(days=4000)


def delivery_event(organization: Organization, message_uid: uuid.UUID) -> DeliveryEvent:
    own = {"organization": organization, "message_uid": message_uid, "event_id": f"report-{next(_number)}"}
    with tenant(organization):
        event: DeliveryEvent = DeliveryEvent.objects.create(
            **own, provider="smtp", event_type="delivered", happened_at=long_ago(), received_at=long_ago()
        )
        return event


def report_file(scenario: RequestScenario) -> ReportFile:
    with tenant(scenario.organization):
        version = ReportVersion.objects.get(reference_request=scenario.reference_request)
        file: ReportFile = ReportFile.objects.create(
            organization=scenario.organization, version=version, fingerprint="x", state="done", created_at=long_ago()
        )
        return file


def bulk_action(scenario: RequestScenario) -> BulkAction:
    own = {"organization": scenario.organization}
    with tenant(scenario.organization):
        action: BulkAction = BulkAction.objects.create(
            **own, act="remind", selected=1, expected=1, state="done", created_at=long_ago()
        )
        BulkItem.objects.create(**own, bulk_action=action, reference_request=scenario.reference_request)
        return action


def invitation(scenario: RequestScenario) -> Invitation:
    own = {"organization": scenario.organization, "invited_by": make_member(scenario.organization)}
    with tenant(scenario.organization):
        invited: Invitation = Invitation.objects.create(
            **own, email=scenario.reference_request.candidate_email, role="viewer", expires_at=long_ago()
        )
        return invited


def audit_entry(scenario: RequestScenario, **after: Any) -> AuditEntry:
    said = after or {"request": str(scenario.reference_request.uid)}
    with tenant(scenario.organization):
        entry: AuditEntry = AuditEntry.objects.create(
            organization=scenario.organization, action="report.open", at=long_ago(), after=said
        )
        return entry


def message(scenario: RequestScenario) -> Any:
    return old_message(scenario.organization, long_ago(), about_uid=scenario.reference().uid)


# One row of each kind that belongs to a request or its candidate.
MAKERS: dict[str, Callable[[RequestScenario], Any]] = {
    "requests_app.ReferenceRequest": lambda scenario: scenario,
    "requests_app.ReportFile": report_file,
    "requests_app.BulkAction": bulk_action,
    "prospects.Prospect": lambda scenario: old_prospect(scenario.organization, long_ago()),
    "webhooks.InboundEvent": lambda scenario: old_event(
        scenario.organization, long_ago(), reference_request_uid=scenario.reference_request.uid
    ),
    "messaging.Message": message,
    "messaging.DeliveryEvent": lambda scenario: delivery_event(scenario.organization, message(scenario).uid),
    "organizations.Invitation": invitation,
    "organizations.AuditEntry": audit_entry,
}


def hold(organization: Organization, **fields: object) -> LegalHold:
    with tenant(organization):
        row: LegalHold = LegalHold.objects.create(organization=organization, reason="Case 12", **fields)
        return row


def counts() -> dict[str, int]:
    """The number of rows of each table that holds keep, and of all that are deleted with them."""
    kept = {line.table for line in LIFETIMES if line.table in UNPROTECTED}
    kept |= {line.table for line in LIFETIMES if isinstance(line, GoesWith)}
    models = {line.table: line.model for line in LIFETIMES if line.table in kept}
    with cross_tenant("a test counts every table"):
        return {table: model._base_manager.count() for table, model in models.items()}


def test_each_line_is_kept_under_a_hold_or_says_why_not() -> None:
    silent = [
        line.table
        for line in LIFETIMES
        if isinstance(line, Expires | DeletedBy) and not line.under_hold and line.table not in UNPROTECTED
    ]
    assert silent == []
    assert set(UNPROTECTED) == {line.table for line in expiring() if not line.under_hold}


def test_a_held_request_loses_no_row_of_any_table_and_an_unheld_one_loses_all(acme: Organization) -> None:
    assert set(MAKERS) == set(UNPROTECTED)
    scenario = ended_request(acme, long_ago())
    rows = {table: make(scenario) for table, make in MAKERS.items()}
    placed = hold(acme, email=MAYA)
    with tenant(acme):
        # The prospect is the candidate.
        type(rows["prospects.Prospect"]).objects.update(email=MAYA, email_key=MAYA, ends_at=clock.now())
    before = counts()
    nightly.run(now=clock.now())
    end_consents(now=clock.now())
    assert counts() == before
    with tenant(acme):
        LegalHold.objects.filter(pk=placed.pk).update(released_at=clock.now())
    nightly.run(now=clock.now())
    assert [table for table, row in rows.items() if lives(acme, row)] == []


def test_a_hold_on_one_request_keeps_no_row_of_another(acme: Organization) -> None:
    held, other = ended_request(acme, long_ago()), ended_request(acme, long_ago())
    with tenant(acme):
        ReferenceRequest.objects.filter(pk=other.reference_request.pk).update(candidate_email="ana@lima.example")
    other.reread()
    rows = {
        table: [make(each) for each in (held, other)] for table, make in MAKERS.items() if table != "prospects.Prospect"
    }
    hold(acme, reference_request_uid=held.reference_request.uid)
    hold(acme, email=MAYA)
    nightly.run(now=clock.now())
    lived = {table: [lives(acme, row) for row in both] for table, both in rows.items()}
    assert lived == {table: [True, False] for table in rows}


def test_messages_to_any_spelling_of_a_held_address_or_to_their_number_stay(acme: Organization) -> None:
    scenario = ended_request(acme, long_ago())
    with tenant(acme):
        ReferenceRequest.objects.update(candidate_phone="+1 202 555 0143")
    written = [
        old_message(acme, long_ago(), to_email="Maya+jobs@candidates.example"),
        old_message(acme, long_ago(), to_email="", to_phone="+12025550143", channel=Channel.TEXT),
    ]
    reports = [delivery_event(acme, each.uid) for each in written]
    other = old_message(acme, long_ago(), to_email="", to_phone="+12025550199", channel=Channel.TEXT)
    hold(acme, email=scenario.reference_request.candidate_email)
    nightly.run(now=clock.now())
    assert [lives(acme, each) for each in (*written, *reports, other)] == [True] * 4 + [False]


def test_audit_entries_that_name_a_held_address_or_reader_stay(acme: Organization) -> None:
    scenario = ended_request(acme, long_ago())
    with tenant(acme):
        reader = scenario.reference_request.readers.get()
    kept = [audit_entry(scenario, reader=str(reader.uid)), audit_entry(scenario, reply_to=str(audit.address(MAYA)))]
    other = audit_entry(scenario, reader=str(uuid.uuid4()))
    hold(acme, email=MAYA)
    nightly.run(now=clock.now())
    assert [lives(acme, each) for each in (*kept, other)] == [True, True, False]


def test_someone_written_to_about_a_held_request_cannot_be_erased(acme: Organization) -> None:
    scenario = ended_request(acme, clock.now())
    former = "lee@acme.example"
    old_message(acme, clock.now(), to_email=former, about_uid=scenario.reference_request.uid)
    placed = hold(acme, reference_request_uid=scenario.reference_request.uid)
    with tenant(acme):
        person = Person(tuple(search(Sought(keys=email_keys(former)))))
        assert held_reasons(person)
        LegalHold.objects.filter(pk=placed.pk).update(released_at=clock.now())
        assert held_reasons(person) == []


def test_requests_of_a_held_person_under_an_address_that_only_the_ats_connects_stay(acme: Organization) -> None:
    event = old_event(acme, long_ago(), candidate_id="candidate-7", chosen_email=MAYA)
    other = ended_request(acme, long_ago())
    with tenant(acme):
        ReferenceRequest.objects.update(
            candidate_email="m.osei@work.example", connection=event.connection, ats_candidate_id="candidate-7"
        )
    third = ended_request(acme, long_ago())
    with tenant(acme):
        ReferenceRequest.objects.filter(pk=third.reference_request.pk).update(candidate_email="M.Osei@work.example")
    hold(acme, email=MAYA)
    nightly.run(now=clock.now())
    assert [lives(acme, each) for each in (event, other, third)] == [True] * 3
