"""The layout of staff pages: the organization switcher, with a constant number of queries."""

from __future__ import annotations

import pytest
from django.db import connection
from django.template import engines
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from crosschq.tenancy.models import Role, User
from tests.accounts.pages import text_of
from tests.factories import make_member, make_organization, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> User:
    return make_member(make_organization("Acme", slug="acme"), Role.VIEWER)


def join(user: User, count: int) -> None:
    for number in range(count):
        make_member(make_organization(f"Company {number}"), Role.VIEWER, user)


def test_the_switcher_lists_only_the_users_organizations(client: Client, member: User) -> None:
    make_member(make_organization("Ours too", slug="ours-too"), Role.VIEWER, member)
    make_organization("Not ours")
    page = signed_in(client, member).get("/o/acme/requests/")
    assert "Ours too" in text_of(page)
    assert "/o/ours-too/requests/" in page.content.decode()
    assert "Not ours" not in text_of(page)


def test_a_template_can_use_the_organizations_twice_for_one_query(rf: RequestFactory, member: User) -> None:
    request = rf.get("/")
    request.user = member
    twice = engines["django"].from_string("{{ organizations|length }}, {{ organizations|length }}")
    with CaptureQueriesContext(connection) as captured:
        assert twice.render({}, request) == "1, 1"
    assert len(captured) == 1


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code in (200, 302)
    return len(captured)


def test_the_number_of_queries_does_not_depend_on_the_number_of_organizations(client: Client, member: User) -> None:
    signed_in(client, member)
    before = queries(client, "/o/acme/requests/")
    join(member, 20)
    assert queries(client, "/o/acme/requests/") == before


def test_home_takes_three_queries_regardless_of_the_number_of_organizations(client: Client, member: User) -> None:
    """The session, the user, the organization."""
    signed_in(client, member)
    assert queries(client, "/") == 3
    join(member, 20)
    assert queries(client, "/") == 3
