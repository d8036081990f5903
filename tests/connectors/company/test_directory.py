"""The company's users are stored with few statements, and users removed from the ATS are removed here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connectors import ats
from connectors.ats import AtsUser
from connectors.calls.gateway import open_ats
from connectors.company import directory
from connectors.models import Connection, DirectoryUser
from connectors.smartrecruiters import oauth
from crosschq.core import clock
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from tests.connected import already_connected, member_made_once
from tests.factories import make_connection, make_organization
from tests.vendor import Vendor, connected


def people(count: int, *, active: bool = True) -> list[AtsUser]:
    return [AtsUser(f"u-{n}", f"AtsUser {n}", f"p{n}@acme.example", active) for n in range(count)]


@pytest.mark.django_db
def test_a_thousand_people_are_stored_with_one_statement() -> None:
    connection = make_connection(make_organization())
    with tenant(connection.organization):
        for active in (True, False):
            with CaptureQueriesContext(
                database,
            ) as asked:
                directory.store(connection, people(1000, active=active))
            writes = [query for query in asked if "SAVEPOINT" not in query["sql"]]
            assert len(writes) == 1
        assert DirectoryUser.objects.filter(active=False).count() == 1000


@pytest.mark.django_db
def test_a_user_listed_twice_is_stored_once_as_listed_last() -> None:
    connection = make_connection(make_organization())
    with tenant(connection.organization):
        directory.store(
            connection, [AtsUser("u-1", "Ada", "", True), AtsUser("u-1", "Ada Lovelace", "a@b.example", True)]
        )
        assert DirectoryUser.objects.get().name == "Ada Lovelace"


@pytest.mark.django_db
def test_a_hiring_team_of_thousands_costs_a_bounded_number_of_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """More would take longer than a worker may keep the move, which would then be read again from the start."""
    connection, ids, asked = (
        make_connection(make_organization()),
        [f"u-{number}" for number in range(5000)],
        list[str](),
    )

    def hidden(_ats: ats.Ats, user_id: str) -> AtsUser:
        asked.append(user_id)
        raise ats.NotVisible("hidden")

    opened = open_ats(connection)
    monkeypatch.setattr(type(opened), "user", hidden)
    assert directory.look_up(connection, opened, ids) == {}
    assert asked == ids[: directory.MOST_LOOKED_UP]


@pytest.fixture
def live(vendor: Vendor, transactional_db: None) -> Connection:
    return already_connected(vendor, member_made_once(Role.ADMIN))


def add_somebody_who_is_gone(live: Connection) -> None:
    with tenant(live.organization):
        directory.store(live, [AtsUser("gone", "Gone Long Ago", "gone@acme.example", True)])
        DirectoryUser.objects.filter(ats_id="gone").update(read_at=clock.now() - timedelta(days=1))


def test_a_user_no_longer_listed_is_removed(vendor: Vendor, live: Connection) -> None:
    add_somebody_who_is_gone(live)
    directory.read(live, open_ats(live))
    with tenant(live.organization):
        ids = set(DirectoryUser.objects.values_list("ats_id", flat=True))
    assert ids == {user["id"] for user in vendor.ask("state")["users"]}


def test_a_grant_that_cannot_list_users_removes_nobody(
    vendor: Vendor, live: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = [scope for scope in oauth.SCOPES if scope != "users_read"]
    monkeypatch.setattr(oauth, "SCOPES", (*fewer, "company_read"))
    with tenant(live.organization):
        user = live.connected_by
    assert user
    connected(vendor, live.organization, user)
    add_somebody_who_is_gone(live)
    directory.read(live, open_ats(live))
    with tenant(live.organization):
        assert DirectoryUser.objects.filter(ats_id="gone").exists()
