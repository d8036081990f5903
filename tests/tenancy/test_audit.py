"""The database only lets the audit log grow."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from crosschq.tenancy import audit
from crosschq.tenancy.models import AuditEntry, Organization, User
from crosschq.tenancy.scope import cross_tenant, tenant
from scripts.stack import databases
from scripts.stack.stack import Stack
from tests.factories import make_member, make_organization

pytestmark = pytest.mark.django_db


def record(organization: Organization, actor: User | None) -> AuditEntry:
    with tenant(organization):
        return audit.record(
            organization=organization,
            actor=actor,
            action="template.create",
            sentence=f"{actor or 'Crosschq'} created the template Engineering",
            after={"name": "Engineering"},
        )


def entries(organization: Organization) -> list[AuditEntry]:
    with tenant(organization):
        return list(AuditEntry.objects.order_by("id"))


def test_an_entry_says_who_did_what() -> None:
    organization = make_organization()
    dana = make_member(organization)
    record(organization, dana)
    (line,) = entries(organization)
    assert (line.actor, line.actor_name, line.action) == (dana, "Dana Whitfield", "template.create")
    assert (line.before, line.after) == ({}, {"name": "Engineering"})
    assert str(line) == "Dana Whitfield created the template Engineering"


def test_automatic_actions_are_attributed_to_crosschq() -> None:
    organization = make_organization()
    record(organization, None)
    assert entries(organization)[0].actor_name == "Crosschq"


@pytest.mark.parametrize("statement", ["UPDATE {} SET sentence = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_or_remove_an_entry(statement: str) -> None:
    organization = make_organization()
    line = record(organization, None)
    with cross_tenant("a test tries to cheat"), connection.cursor() as sql:
        sql.execute(statement.format("organizations_auditentry"))
        assert sql.rowcount == 0
    assert entries(organization)[0].sentence == line.sentence


def test_saving_an_entry_again_is_refused() -> None:
    organization = make_organization()
    line = record(organization, None)
    line.sentence = "x"
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
