"""Removal leaves a tombstone and nothing else anywhere in the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from connectors.models import Connection
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import AuditEntry, Role, TenantModel
from crosschq.tenancy.scope import cross_tenant, tenant
from prospects.models import Consent, ExportItem, ExportSettings, Prospect, Removal
from prospects.opt_in import removal
from prospects.opt_in.opt_in import Details
from tests.factories import make_connection, make_member
from tests.prospects.factories import emails_to, make_tombstone, opted_in, reread

pytestmark = pytest.mark.django_db
SOMEBODY = Details(
    first_name="Zsófia",
    last_name="Quastenflosser",
    email="zq@private.example",
    phone="+36 1 7654321",
    employer="Xylograph Kft",
    title="Kerning engineer",
    area_of_interest="Letterpress",
)


def columns() -> Iterator[tuple[str, str]]:
    """Every column of our tables that can hold text, including JSON."""
    for model in apps.get_models():
        if issubclass(model, TenantModel) or model._meta.app_label in ("core", "organizations"):
            for field in model._meta.local_concrete_fields:
                if isinstance(field, models.CharField | models.TextField | models.JSONField):
                    yield model._meta.db_table, field.column or field.name


def places_of(words: tuple[str, ...]) -> list[str]:
    """Where one of the words occurs. Email bodies are encrypted, so they are checked separately."""
    found = []
    with cross_tenant("a test looks everywhere"), connection.cursor() as sql:
        for table, column in columns():
            sql.execute(f'SELECT "{column}"::text FROM "{table}"')
            if any(word.casefold() in (value or "").casefold() for (value,) in sql.fetchall() for word in words):
                found.append(f"{table}.{column}")
        emails = [(email.kind, email.text + email.html + email.list_unsubscribe) for email in Message.objects.all()]
    return found + [f"the text of an email: {kind}" for kind, text in emails if any(word in text for word in words)]


def exported(prospect: Prospect, connection: Connection, **fields: Any) -> ExportItem:
    with tenant(prospect.organization):
        settings = ExportSettings.objects.create(organization=prospect.organization, connection=connection)
        Prospect.objects.filter(pk=prospect.pk).update(ats_candidate_id="candidate-77")
        item: ExportItem = ExportItem.objects.create(
            organization=prospect.organization,
            prospect=prospect,
            settings=settings,
            state=WorkState.DONE,
            outcome="created",
            candidate_id="candidate-77",
            **fields,
        )
        return item


def test_after_removal_no_table_holds_personal_data() -> None:
    prospect = opted_in(details=SOMEBODY)
    exported(prospect, make_connection(prospect.organization, fallback_owner_email="dana@acme.example"))
    words = tuple(vars(SOMEBODY).values())
    there = places_of(words)
    # The basis of this test: it finds what is there.
    assert "prospects_prospect.email_key" in there
    assert "messaging_message.to_email" in there
    assert "messaging_message.to_name" in there
    assert "the text of an email: prospect_receipt" in there
    actor = make_member(prospect.organization, Role.ADMIN)
    with tenant(prospect.organization):
        assert removal.remove(prospect, why=Removal.BY_STAFF, actor=actor)
    assert places_of(words) == []
    with tenant(prospect.organization):
        assert AuditEntry.objects.filter(action="prospect.remove").count() == 1


def test_the_tombstone_holds_dates_and_the_candidate_id() -> None:
    prospect = opted_in(details=SOMEBODY)
    exported(prospect, make_connection(prospect.organization))
    with tenant(prospect.organization):
        removal.remove(prospect, why=Removal.LEFT)
        assert not Consent.objects.filter(prospect=prospect).exists()
    gone = reread(prospect)
    assert gone.uid == prospect.uid
    assert gone.created_at == prospect.created_at
    assert gone.removed_at is not None
    assert (gone.removal, gone.ats_candidate_id) == (Removal.LEFT, "candidate-77")


def test_the_database_rejects_a_tombstone_with_a_name() -> None:
    tombstone = make_tombstone()
    with tenant(tombstone.organization), pytest.raises(IntegrityError), transaction.atomic():
        Prospect.objects.filter(pk=tombstone.pk).update(first_name="Zsófia")


def test_the_fallback_owner_learns_what_to_delete() -> None:
    prospect = opted_in(details=SOMEBODY)
    exported(prospect, make_connection(prospect.organization, fallback_owner_email="dana@acme.example"))
    with tenant(prospect.organization):
        removal.remove(prospect, why=Removal.LEFT)
        (email,) = Message.objects.filter(kind="prospect_to_delete")
    assert email.to_email == "dana@acme.example"
    assert "candidate-77" in email.text
    assert f"/o/{prospect.organization.slug}/prospects/removed/" in email.text


def test_no_email_is_sent_if_nothing_was_exported() -> None:
    prospect = opted_in()
    make_connection(prospect.organization, fallback_owner_email="dana@acme.example")
    with tenant(prospect.organization):
        removal.remove(prospect, why=Removal.LEFT)
        assert not Message.objects.filter(kind="prospect_to_delete").exists()


def test_removing_twice_has_no_further_effect() -> None:
    prospect = opted_in()
    with tenant(prospect.organization):
        assert removal.remove(prospect, why=Removal.LEFT)
        first = reread(prospect).removed_at
        assert not removal.remove(prospect, why=Removal.BY_STAFF)
    assert (reread(prospect).removed_at, reread(prospect).removal) == (first, Removal.LEFT)


def test_an_email_being_sent_is_not_retried() -> None:
    prospect = opted_in()
    with tenant(prospect.organization):
        removal.remove(prospect, why=Removal.LEFT)
    assert emails_to(prospect) == []
    work_item.drain(Message)
