"""The database only lets the audit log grow, so an entry holds ids and settings, and no person's name or address."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from crosschq.core import clock
from crosschq.tenancy import audit
from crosschq.tenancy.models import AuditEntry, Organization, User
from crosschq.tenancy.scope import cross_tenant, tenant
from scripts.stack import databases
from scripts.stack.stack import Stack
from tests.audit import sentence_of
from tests.factories import make_member, make_organization

pytestmark = pytest.mark.django_db


def record(organization: Organization, actor: User | None, **after: Any) -> AuditEntry:
    with tenant(organization):
        return audit.record(
            organization=organization,
            actor=actor,
            action="template.create",
            after={"name": "Engineering", "ats_tag": "eng", **after},
        )


def entries(organization: Organization) -> list[AuditEntry]:
    with tenant(organization):
        return list(AuditEntry.objects.order_by("id"))


def test_an_entry_says_who_did_what_by_their_current_name() -> None:
    organization = make_organization()
    dana = make_member(organization)
    record(organization, dana)
    (line,) = entries(organization)
    assert (line.actor, line.action, line.before) == (dana, "template.create", {})
    assert line.after == {"name": "Engineering", "ats_tag": "eng"}
    assert sentence_of(line) == "Dana Whitfield created the template Engineering with the tag eng"
    User.objects.filter(pk=dana.pk).update(name="Dana Ruiz")
    assert sentence_of(entries(organization)[0]).startswith("Dana Ruiz created")


def test_automatic_actions_are_attributed_to_crosschq() -> None:
    organization = make_organization()
    record(organization, None)
    assert sentence_of(entries(organization)[0]).startswith("Crosschq created")


@pytest.mark.parametrize(
    "detail",
    [
        {"candidate_name": "Maya Osei"},
        {"email": "maya@example.com"},
        {"candidate_id": "c-1"},
        {"event": "Maya Osei"},
        {"request": str(uuid4())},
        {"member": "dana@acme.example"},
        {"reply_to": "dana@acme.example"},
        {"count": "3"},
        {"on": "yes"},
        {"day": "2026-11-22"},
        {"color": 7},
    ],
)
def test_a_detail_that_could_name_a_person_is_refused(detail: dict[str, Any]) -> None:
    organization = make_organization()
    with pytest.raises(audit.NotAllowed):
        record(organization, None, **detail)
    assert entries(organization) == []


def test_ids_pseudonyms_numbers_and_days_are_stored_as_json() -> None:
    organization, uid, now = make_organization(), uuid4(), clock.now()
    record(organization, None, event=uid, member=7, reply_to=audit.address("Dana@acme.example"), since=now, on=True)
    (line,) = entries(organization)
    assert (line.after["event"], line.after["member"], line.after["on"]) == (str(uid), 7, True)
    assert line.after["since"] == now.isoformat()
    assert line.after["reply_to"] == audit.address("dana@acme.example"), "however it is written"
    assert "dana" not in line.after["reply_to"]


@pytest.mark.parametrize("statement", ["UPDATE {} SET action = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_or_remove_an_entry(statement: str) -> None:
    organization = make_organization()
    line = record(organization, None)
    with cross_tenant("a test tries to cheat"), connection.cursor() as sql:
        sql.execute(statement.format("organizations_auditentry"))
        assert sql.rowcount == 0
    assert entries(organization)[0].action == line.action


def test_saving_an_entry_again_is_refused() -> None:
    organization = make_organization()
    line = record(organization, None)
    line.action = "x"
    with pytest.raises(IntegrityError), tenant(organization):
        line.save()


def test_the_products_database_role_cannot_lift_the_rule(stack: Stack) -> None:
    with databases.cursor(stack.app_url("test_crosschq")) as sql:
        for statement in ("DISABLE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY"):
            with pytest.raises(Exception, match="must be owner"):
                sql.execute(f"ALTER TABLE organizations_auditentry {statement}")


def test_an_entry_is_rolled_back_with_its_change() -> None:
    organization = make_organization()
    with transaction.atomic():
        record(organization, None)
        transaction.set_rollback(True)
    assert entries(organization) == []


def test_a_user_in_the_log_cannot_be_deleted() -> None:
    organization = make_organization()
    dana = make_member(organization)
    record(organization, dana)
    with pytest.raises(ProtectedError), cross_tenant("a test deletes a user"):
        dana.delete()


def test_an_entry_is_visible_only_in_its_own_organization() -> None:
    organization = make_organization()
    record(organization, None)
    assert entries(make_organization("Another")) == []
