"""Everything that people type loses the name of an erased person, or is listed here with the reason why not."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from crosschq.core import clock
from crosschq.core.security.encryption import EncryptedTextField
from crosschq.core.text.lengths import fitted
from crosschq.privacy.holdings import HOLDINGS, columns, search
from crosschq.privacy.models import Erasure
from crosschq.privacy.proof.search import prove
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy.models import Organization
from crosschq.tenancy.person import Person, Sought, email_keys
from crosschq.tenancy.scope import tenant
from requests_app.models import Answer, Reader, ReferenceRequest, Reminder, TimelineEntry
from tests.factories import make_organization
from tests.requests_app.factories import RequestScenario, ready_request

NAME, EMAIL, DANA = "Priya Nair", "priya@ledgerly.example", "dana@acme.example"
SAID = f"{NAME} ({EMAIL})"
OWN = "the person's own detail: their row is found by it, and goes"
IDS = "ids, keys, and hashes"
ACCOUNT = "an account, which its owner closes"
EMPTIED = "copies and results, which are deleted whole"
# What isn't a text that people type about others.
NOT_TYPED = {
    "requests_app.ReferenceRequest.candidate_first_name": OWN,
    "requests_app.ReferenceRequest.candidate_last_name": OWN,
    "requests_app.ReferenceRequest.candidate_email": OWN,
    "requests_app.ReferenceRequest.candidate_phone": OWN,
    "requests_app.ReferenceRequest.ats_candidate_id": IDS,
    "requests_app.ReferenceRequest.ats_application_id": IDS,
    "requests_app.ReferenceRequest.owner_name": OWN,
    "requests_app.ReferenceRequest.owner_email": OWN,
    "requests_app.ReferenceRequest.search_text": "made from the names",
    "requests_app.SearchWord.word": "made from the names",
    "requests_app.Reference.name": OWN,
    "requests_app.Reference.email": OWN,
    "requests_app.Reference.email_key": IDS,
    "requests_app.Reference.phone": OWN,
    "requests_app.Reader.name": OWN,
    "requests_app.Reader.email": OWN,
    "requests_app.Reader.email_key": IDS,
    "requests_app.Reminder.reason": "a fixed sentence with the actor's name",
    "messaging.Message.to_email": OWN,
    "messaging.Message.to_phone": OWN,
    "messaging.Message.to_name": OWN,
    "messaging.Message.reply_to": "an address and no name",
    "messaging.Message.reason": "a fixed sentence with the recipient's address",
    "organizations.User.email": ACCOUNT,
    "organizations.User.name": ACCOUNT,
    "organizations.Organization.reply_to": "refuses the erasure",
    "organizations.Invitation.email": OWN,
    "account.EmailAddress.email": ACCOUNT,
    "usersessions.UserSession.user_agent": ACCOUNT,
    "sessions.Session.session_data": ACCOUNT,
    "prospects.ProspectWord.word": "made from the names",
    **dict.fromkeys(
        (
            "prospects.Prospect.first_name",
            "prospects.Prospect.last_name",
            "prospects.Prospect.email",
            "prospects.Prospect.phone",
            "prospects.Prospect.employer",
            "prospects.Prospect.title",
            "prospects.Prospect.area_of_interest",
        ),
        OWN,
    ),
    "prospects.Prospect.email_key": IDS,
    "prospects.Prospect.ats_candidate_id": IDS,
    "prospects.ExportItem.candidate_id": IDS,
    "connectors.Connection.ats_user": OWN,
    "connectors.Connection.ats_user_id": IDS,
    "connectors.Connection.fallback_owner_name": "refuses the erasure",
    "connectors.Connection.fallback_owner_email": "refuses the erasure",
    "connectors.DirectoryUser.ats_id": IDS,
    "connectors.DirectoryUser.name": OWN,
    "connectors.DirectoryUser.email": OWN,
    "connectors.Attachment.candidate_id": IDS,
    "connectors.Attachment.ats_id": IDS,
    "connectors.Writeback.candidate_id": IDS,
    "connectors.Writeback.ats_id": IDS,
    "connectors.BackgroundTask.page": EMPTIED,
    "templates_app.TemplateVersion.hiring_manager_name": OWN,
    "templates_app.TemplateVersion.hiring_manager_email": OWN,
    "webhooks.InboundEvent.reason": "a fixed sentence",
    "webhooks.InboundEvent.candidate_name": OWN,
    "webhooks.InboundEvent.chosen_email": OWN,
    "webhooks.InboundEvent.event_id": IDS,
    "webhooks.InboundEvent.candidate_id": IDS,
    "webhooks.InboundEvent.asked_by": OWN,
    "webhooks.Replay.by_name": OWN,
    "webhooks.MutedJob.by_name": OWN,
    "webhooks.Notice.key": IDS,
    "webhooks.Notice.to_email": OWN,
    "webhooks.Notice.to_name": OWN,
    "requests_app.NetworkTrace.network_hash": IDS,
}


def typed() -> dict[str, list[str]]:
    """The columns of text about people that someone types, by table."""
    found: dict[str, list[str]] = {}
    for column in columns():
        field = apps.get_model(column.model)._meta.get_field(column.name)
        is_text = isinstance(field, models.CharField | models.TextField) and not isinstance(field, EncryptedTextField)
        if column.of and is_text and not field.choices and f"{column.model}.{column.name}" not in NOT_TYPED:
            found.setdefault(column.model, []).append(column.name)
    return found


def test_the_columns_that_are_left_out_exist() -> None:
    declared = {f"{column.model}.{column.name}" for column in columns()}
    assert sorted(set(NOT_TYPED) - declared) == []


@pytest.fixture
def planted() -> RequestScenario:
    """A finished request in which every typed text names one of its references, in a row of each table."""
    organization = make_organization()
    scenario = ready_request(organization)
    own = {"organization": organization}
    with tenant(organization):
        LegalHold.objects.create(**own, reason="x", released_at=clock.now())
        Erasure.objects.create(**own, person_uid=organization.uid, state="dead", reason="x")
        Reminder.objects.create(
            **own, reference_request=scenario.reference_request, planned_for=clock.now(), state="done"
        )
        for table, names in typed().items():
            model = apps.get_model(table)
            rows = model._base_manager.filter(**own)
            if table == "requests_app.Reference":
                rows = rows.exclude(email=EMAIL)
            assert rows.exists(), f"{table} has no row: make one above"
            for name in names:
                most = model._meta.get_field(name).max_length
                rows.update(**{name: fitted(SAID if not most or most >= len(SAID) else NAME, most or len(SAID))})
    return scenario


def erase(organization: Organization, email: str) -> None:
    with tenant(organization):
        person = Person(tuple(search(Sought(keys=email_keys(email)))))
        for holding in HOLDINGS:
            holding.erase(person)


def test_no_typed_text_names_an_erased_reference(planted: RequestScenario) -> None:
    with tenant(planted.organization):
        assert NAME in LegalHold.objects.get().reason
        exported = [row for section in _export(EMAIL) for row in section]
    assert any(NAME in str(row.get("reason", "")) for row in exported)
    erase(planted.organization, EMAIL)
    proof = prove([EMAIL], [NAME], organization=planted.organization)
    assert (proof.found, proof.names) == ({}, {})
    with tenant(planted.organization):
        # What else was typed stays.
        assert "()" not in LegalHold.objects.get().reason
        assert LegalHold.objects.get().reason == "an erased person (an erased person)"
        for rows, name in ((Answer.objects, "text"), (Reader.objects, "reason"), (TimelineEntry.objects, "sentence")):
            assert "an erased" in str(list(rows.values_list(name, flat=True)))
        assert ReferenceRequest.objects.get().personal_message


def _export(email: str) -> list[list[dict[str, object]]]:
    person = Person(tuple(search(Sought(keys=email_keys(email)))))
    return [list(section.rows) for holding in HOLDINGS for section in holding.export(person)]
