"""The database shows an organization's rows only inside `tenant()`, even if a query has no filter."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import ScopeError, scopes_disabled

from crosschq.core.database import rls
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import cross_tenant, tenant
from tests.core.jobs import make_work, reread
from tests.factories import make_organization

pytestmark = pytest.mark.django_db


def visible() -> list[str]:
    """The rows that an unfiltered query sees."""
    with connection.cursor() as sql:
        sql.execute("SELECT subject FROM messaging_message ORDER BY subject")
        return [subject for (subject,) in sql.fetchall()]


@pytest.fixture
def ours() -> Organization:
    organization = make_organization("Ours")
    make_work(organization, "ours")
    return organization


@pytest.fixture
def theirs(ours: Organization) -> Organization:
    organization = make_organization("Theirs")
    make_work(organization, "theirs")
    return organization


def test_nothing_is_visible_outside_a_tenant(theirs: Organization) -> None:
    assert visible() == []
    with scopes_disabled():
        assert not Message.objects.exists()


def test_a_model_query_outside_a_tenant_raises(theirs: Organization) -> None:
    with pytest.raises(ScopeError):
        Message.objects.count()


def test_nothing_can_be_written_outside_a_tenant(ours: Organization) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Message(organization=ours, kind="test", to_email="a@example.com").save()


def test_both_layers_show_one_organization_inside_a_tenant(ours: Organization, theirs: Organization) -> None:
    with tenant(ours):
        assert visible() == ["ours"]
        assert [message.subject for message in Message.objects.all()] == ["ours"]
    with tenant(theirs):
        assert visible() == ["theirs"]


def test_rows_of_another_organization_can_be_neither_created_nor_changed(
    ours: Organization, theirs: Organization
) -> None:
    with cross_tenant("a test needs a foreign row"):
        foreign = Message.objects.get(subject="theirs")
    with tenant(ours):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Message(organization=theirs, kind="test", to_email="a@example.com").save()
        assert not Message._base_manager.filter(pk=foreign.pk).update(subject="changed")
        assert not Message._base_manager.filter(pk=foreign.pk).delete()[0]
        mine = Message.objects.get()
        mine.organization = theirs
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            mine.save(update_fields=["organization"])
    assert reread(foreign).subject == "theirs"


def test_a_row_without_an_organization_is_visible_only_to_the_kernel(ours: Organization) -> None:
    with cross_tenant("a sign-in email"):
        Message.objects.create(organization=None, kind="code", to_email="a@example.com", subject="code")
        assert visible() == ["code", "ours"]
    with tenant(ours):
        assert visible() == ["ours"]
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Message(organization=None, kind="code", to_email="a@example.com").save()


def test_an_exception_ends_the_scope(ours: Organization) -> None:
    def fail_after_a_change() -> None:
        with tenant(ours):
            Message.objects.update(subject="changed")
            raise LookupError

    with pytest.raises(LookupError):
        fail_after_a_change()
    assert visible() == []
    assert not rls.in_scope()
    with tenant(ours):
        assert visible() == ["ours"]


def test_a_scope_can_be_nested_in_itself_and_stays_active_afterwards(ours: Organization, theirs: Organization) -> None:
    with tenant(ours):
        with tenant(ours):
            assert visible() == ["ours"]
        assert visible() == ["ours"]


def test_a_failed_inner_block_leaves_the_outer_scope_unchanged(ours: Organization) -> None:
    with tenant(ours):
        with pytest.raises(IntegrityError), tenant(ours):
            Message.objects.update(to_email=None)
        assert visible() == ["ours"]


def test_a_tenant_scope_can_be_neither_switched_nor_widened(ours: Organization, theirs: Organization) -> None:
    with tenant(ours):
        with pytest.raises(RuntimeError, match="can't be opened inside it"), tenant(theirs):
            pass
        with pytest.raises(RuntimeError, match="can't be opened inside it"), cross_tenant("a reason"):
            pass
        assert visible() == ["ours"]


def test_a_scope_over_all_organizations_narrows_to_one_and_widens_again(
    ours: Organization, theirs: Organization
) -> None:
    with cross_tenant("a test looks at everything"):
        assert visible() == ["ours", "theirs"]
        with tenant(ours):
            assert visible() == ["ours"]
            assert Message.objects.count() == 1
        assert visible() == ["ours", "theirs"]


def test_a_scope_over_all_organizations_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="say why"), cross_tenant(""):
        pass


def test_a_scope_applies_only_to_its_thread(ours: Organization) -> None:
    seen: list[bool] = []
    with tenant(ours):
        other = threading.Thread(target=lambda: seen.append(rls.in_scope()))
        other.start()
        other.join()
    assert seen == [False]


@pytest.mark.django_db(transaction=True)
def test_the_next_user_of_a_pooled_connection_sees_nothing(ours: Organization) -> None:
    with tenant(ours):
        assert visible() == ["ours"]
    assert visible() == []
    with pytest.raises(LookupError), tenant(ours):
        raise LookupError
    assert visible() == []


@pytest.mark.django_db(transaction=True)
def test_on_commit_callbacks_run_outside_the_scope(ours: Organization) -> None:
    seen: list[bool] = []
    with tenant(ours):
        transaction.on_commit(lambda: seen.append(rls.in_scope() or rls.in_transaction()))
    assert seen == [False]


def test_claims_see_every_organization_and_leave_no_scope_open(ours: Organization, theirs: Organization) -> None:
    assert work_item.claim(Message)
    assert work_item.claim(Message)
    assert visible() == []
    with cross_tenant("a test counts rows"):
        assert Message.objects.filter(state=WorkState.WORKING).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_statement_alone_sees_every_organization_and_leaves_no_scope_open(
    ours: Organization, theirs: Organization
) -> None:
    assert len(rls.run("SELECT id FROM messaging_message", [])) == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM messaging_message")
        assert cursor.fetchall() == []


def test_a_statement_in_a_scope_sees_one_organization(ours: Organization, theirs: Organization) -> None:
    with tenant(ours):
        assert rls.run("SELECT organization_id FROM messaging_message", []) == [(ours.pk,)]


RENAME = "UPDATE messaging_message SET subject = 'changed'"


@pytest.mark.django_db(transaction=True)
def test_a_change_alone_is_one_round_trip_and_reaches_one_organization(
    ours: Organization, theirs: Organization
) -> None:
    with CaptureQueriesContext(connection) as seen:
        assert rls.change(RENAME, [], str(ours.pk)) == 1
    assert len(seen) == 1
    assert visible() == []
    with cross_tenant("a test looks at everything"):
        assert visible() == ["changed", "theirs"]


@pytest.mark.django_db(transaction=True)
def test_a_change_alone_that_fails_leaves_no_scope_open(ours: Organization) -> None:
    for broken in ("UPDATE messaging_message SET to_email = NULL", "UPDATE nowhere SET subject = ''"):
        with pytest.raises((IntegrityError, ProgrammingError)):
            rls.change(broken, [], str(ours.pk))
        assert visible() == []
    with tenant(ours):
        assert visible() == ["ours"]


def test_a_change_in_a_scope_ends_with_its_transaction(ours: Organization, theirs: Organization) -> None:
    def fail_after_a_change() -> None:
        with tenant(ours):
            assert rls.change(RENAME, [], str(ours.pk)) == 1
            raise LookupError

    with pytest.raises(LookupError):
        fail_after_a_change()
    with cross_tenant("a test looks at everything"):
        assert visible() == ["ours", "theirs"]


def test_a_statement_in_a_transaction_needs_a_scope(ours: Organization) -> None:
    with pytest.raises(RuntimeError, match="scope"), transaction.atomic():
        rls.run("SELECT 1", [])
