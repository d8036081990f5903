"""The setup list of a new organization, and the page after sign-in."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from connectors.models import Connection, SetupCheck
from connectors.setup.checks import FieldSnapshot, JobSnapshot, ProcessSnapshot, SetupSnapshot
from crosschq.console.home import setup_list
from crosschq.core import clock
from crosschq.tenancy.models import Organization, Role, User
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest
from requests_app.start.test_request import erase_test_request, send_test_request
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.requests_app.factories import sent_request
from tests.requests_app.pages import links, text
from tests.templates_app.factories import make_template

pytestmark = pytest.mark.django_db
TITLES = [
    "Connect SmartRecruiters",
    "Create a template",
    "Put its tag on a job",
    "Send a test request to yourself",
    "Invite a colleague",
]


@pytest.fixture
def acme() -> Organization:
    return make_organization(slug="acme")


@pytest.fixture
def owner(acme: Organization) -> User:
    return make_member(acme, Role.OWNER)


@pytest.fixture
def desk(owner: User) -> Client:
    return signed_in(Client(), owner)


def states(organization: Organization) -> list[str]:
    with tenant(organization):
        return [item.state for item in setup_list.build(organization).items]


def tagged(connection: Connection, tag: str) -> None:
    """The result of a check in which one job has this tag."""
    seen = SetupSnapshot(user="Ada", webhook="active", open_jobs=1, jobs=[JobSnapshot("j1", "Backend Engineer", tag)])
    seen.job_field = FieldSnapshot("Crosschq tag", for_jobs=True, active=True, public=False, is_list=False)
    seen.processes = [ProcessSnapshot("Standard", has_step=True, closest="")]
    with tenant(connection.organization):
        SetupCheck.objects.create(
            organization=connection.organization, connection=connection, checked_at=clock.now(), snapshot=_plain(seen)
        )


def _plain(seen: SetupSnapshot) -> dict[str, Any]:
    return asdict(seen)


def test_an_admin_of_a_new_organization_lands_on_the_list(acme: Organization, desk: Client) -> None:
    page = desk.get("/", follow=True)
    assert page.redirect_chain == [("/o/acme/setup/", 302)]
    assert "0 of 4 done" in text(page)
    assert [title for title in TITLES if title in text(page)] == TITLES
    assert "Optional" in text(page)
    for link in ("Connect SmartRecruiters", "Create a template", "Send test request", "Invite people"):
        assert desk.get(links(page)[link]).status_code == 200
    assert "See how" not in links(page), "there is no job to tag before the connection"


def test_each_item_checks_itself_off(acme: Organization, owner: User, desk: Client) -> None:
    assert states(acme) == ["todo", "todo", "cannot", "todo", "todo"]
    connection = make_connection(acme)
    assert states(acme) == ["done", "todo", "todo", "todo", "todo"]
    template = make_template(acme, ats_tag="eng")
    assert states(acme) == ["done", "done", "todo", "todo", "todo"]
    tagged(connection, "Eng ")
    assert states(acme) == ["done", "done", "done", "todo", "todo"]
    assert desk.get("/")["Location"] == "/o/acme/setup/"
    with tenant(acme):
        test = send_test_request(organization=acme, version=template.current, to=owner)
    assert states(acme) == ["done", "done", "done", "done", "todo"]
    assert desk.get("/")["Location"] == "/o/acme/requests/", "a colleague is optional"
    assert "Everything is set up." in text(desk.get("/o/acme/setup/"))
    with tenant(acme):
        erase_test_request(test, actor=owner)
    assert states(acme)[3] == "done", "what was erased was sent all the same"
    make_member(acme)
    assert states(acme)[4] == "done"


def test_a_real_request_completes_the_setup_whatever_is_missing(acme: Organization, desk: Client) -> None:
    assert desk.get("/")["Location"] == "/o/acme/setup/"
    sent_request(acme)
    assert desk.get("/")["Location"] == "/o/acme/requests/", "it needs no connection"


@pytest.mark.parametrize("role", [Role.RECRUITER, Role.VIEWER])
def test_members_who_cannot_set_up_land_on_the_requests(acme: Organization, role: Role) -> None:
    person = signed_in(Client(), make_member(acme, role))
    assert person.get("/")["Location"] == "/o/acme/requests/"


def test_an_empty_list_of_requests_links_back_to_it(acme: Organization, desk: Client) -> None:
    assert links(desk.get("/o/acme/requests/"))["See what is left to set up"] == "/o/acme/setup/"
    recruiter = signed_in(Client(), make_member(acme, Role.RECRUITER))
    assert "See what is left to set up" not in links(recruiter.get("/o/acme/requests/"))


def test_the_number_of_queries_does_not_depend_on_the_amount_of_data(
    acme: Organization, desk: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    connection = make_connection(acme)
    for _ in range(5):
        make_template(acme)
        sent_request(acme)
    tagged(connection, "nobody's")
    with tenant(acme):
        ReferenceRequest.objects.update(created_at=clock.now() - timedelta(days=1))
    with django_assert_max_num_queries(16) as queries:
        assert desk.get("/o/acme/setup/").status_code == 200
    shown = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"] and "set_config" not in query["sql"]]
    assert len(shown) <= 12, shown


def test_it_links_to_the_requests_that_need_a_person(acme: Organization, desk: Client) -> None:
    assert "View requests" in links(desk.get("/o/acme/setup/"))
    scenario = sent_request(acme)
    with tenant(acme):
        late = ReferenceRequest.objects.filter(pk=scenario.reference_request.pk)
        late.update(due_at=clock.now() - timedelta(days=1))
    shown = links(desk.get("/o/acme/setup/"))
    assert shown["View the request that needs you"] == "/o/acme/requests/?view=all&state=needs"
