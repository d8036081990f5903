"""The database shows an organization's rows only inside `tenant()`, whatever the query forgot."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
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
    """What a query that forgot its organization gets to see."""
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


def test_outside_nothing_can_be_seen(theirs: Organization) -> None:
    assert visible() == []
    with scopes_disabled():
        assert not Message.objects.exists()


def test_outside_a_query_of_a_model_raises(theirs: Organization) -> None:
    with pytest.raises(ScopeError):
        Message.objects.count()


def test_outside_nothing_can_be_written(ours: Organization) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Message(organization=ours, kind="test", to_email="a@example.com").save()


def test_inside_there_is_one_organization_in_both_walls(ours: Organization, theirs: Organization) -> None:
    with tenant(ours):
        assert visible() == ["ours"]
        assert [message.subject for message in Message.objects.all()] == ["ours"]
    with tenant(theirs):
        assert visible() == ["theirs"]


def test_rows_of_another_organization_can_be_neither_made_nor_changed(ours: Organization, theirs: Organization) -> None:
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
            mine.save()
    assert reread(foreign).subject == "theirs"


def test_a_row_of_no_organization_is_seen_by_the_kernel_alone(ours: Organization) -> None:
    with cross_tenant("a mail of sign-in"):
        Message.objects.create(organization=None, kind="code", to_email="a@example.com", subject="code")
        assert visible() == ["code", "ours"]
    with tenant(ours):
        assert visible() == ["ours"]
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Message(organization=None, kind="code", to_email="a@example.com").save()


def test_the_wall_closes_behind_an_exception(ours: Organization) -> None:
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


def test_the_same_wall_opens_inside_itself_and_stays_open_after(ours: Organization, theirs: Organization) -> None:
    with tenant(ours):
        with tenant(ours):
            assert visible() == ["ours"]
        assert visible() == ["ours"]


def test_an_inner_block_that_fails_leaves_the_outer_one_as_it_was(ours: Organization) -> None:
    with tenant(ours):
        with pytest.raises(IntegrityError), tenant(ours):
            Message.objects.update(to_email=None)
        assert visible() == ["ours"]


def test_one_organizations_wall_neither_changes_nor_widens(ours: Organization, theirs: Organization) -> None:
    with tenant(ours):
        with pytest.raises(RuntimeError, match="can't be opened inside it"), tenant(theirs):
            pass
        with pytest.raises(RuntimeError, match="can't be opened inside it"), cross_tenant("a reason"):
            pass
        assert visible() == ["ours"]


def test_the_view_over_all_organizations_narrows_to_one_and_widens_again(
    ours: Organization, theirs: Organization
) -> None:
    with cross_tenant("a test looks at everything"):
        assert visible() == ["ours", "theirs"]
        with tenant(ours):
            assert visible() == ["ours"]
            assert Message.objects.count() == 1
        assert visible() == ["ours", "theirs"]


def test_seeing_all_organizations_takes_a_reason() -> None:
    with pytest.raises(ValueError, match="say why"), cross_tenant(""):
        pass


def test_a_wall_is_open_in_its_own_thread_alone(ours: Organization) -> None:
    seen: list[bool] = []
    with tenant(ours):
        other = threading.Thread(target=lambda: seen.append(rls.in_scope()))
        other.start()
        other.join()
    assert seen == [False]


@pytest.mark.django_db(transaction=True)
def test_the_next_user_of_the_same_connection_sees_nothing(ours: Organization) -> None:
    with tenant(ours):
        assert visible() == ["ours"]
    assert visible() == []
    with pytest.raises(LookupError), tenant(ours):
        raise LookupError
    assert visible() == []


@pytest.mark.django_db(transaction=True)
def test_what_runs_after_the_commit_stands_outside(ours: Organization) -> None:
    seen: list[bool] = []
    with tenant(ours):
        transaction.on_commit(lambda: seen.append(rls.in_scope() or rls.in_transaction()))
    assert seen == [False]


def test_claims_see_every_organization_and_leave_no_wall_open(ours: Organization, theirs: Organization) -> None:
    assert work_item.claim(Message)
    assert work_item.claim(Message)
    assert visible() == []
    with cross_tenant("a test counts rows"):
        assert Message.objects.filter(state=WorkState.WORKING).count() == 2
