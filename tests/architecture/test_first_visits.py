"""A first visit needs few queries too, in each role: the first visit to a report is logged.

test_policy.py opens each page as an owner of the organization, and counts queries, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.pages.multiply import multiply
from crosschq.core import clock
from crosschq.tenancy import passes
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import cross_tenant, tenant
from requests_app.models import Reader, ReaderRole
from requests_app.report.versions.record import record
from requests_app.start.start import ReportReader
from tests.architecture.pages import asks_too_much, queries
from tests.architecture.policy import POLICY
from tests.architecture.world import Route, World, all_routes, make_world, weaker_than
from tests.extent import first_of, in_full
from tests.factories import make_member, make_user, signed_in
from tests.requests_app.factories import RequestScenario, answer, ready_request

pytestmark = pytest.mark.django_db
ROWS = 60
HAL, SAM, TIM = "hal@acme.example", "sam@acme.example", "tim@acme.example"


@dataclass(frozen=True)
class Visitor:
    """Who opens pages: a member with a role, or someone with an address that they proved with a code.

    is_owner: they own the request. is_usual: whether `make test` opens pages as them, too.
    """

    title: str
    browser: Client
    role: Role | None = None
    is_owner: bool = False
    is_usual: bool = True

    def may_open(self, route: Route) -> bool:
        """Whether there is a page for them at this route."""
        line = POLICY[route.name]
        is_of_request = line.names == "request"
        if line.only_post or not (is_of_request or in_full()):
            return False
        if line.kind == "member":
            is_allowed = self.role is not None and self.role not in weaker_than(line.needed)
            return is_allowed or (self.is_owner and line.owners and is_of_request)
        return line.kind == "public" and is_of_request


def ready(world: World) -> RequestScenario:
    """A request with two versions of its report, a hiring manager, an invited reader, and a hiring team."""
    role = ReaderRole.HIRING_MANAGER
    team = ReportReader("Tim", TIM, ReaderRole.HIRING_TEAM)
    readers = (ReportReader("Hal", HAL, role), ReportReader("Sam", SAM, role), team)
    scenario = ready_request(world.organization, connection=world.connection, readers=readers, ats_job="ready")
    with tenant(world.organization):
        record(scenario.reference_request)
        shared = Reader.objects.filter(reference_request=scenario.reference_request, email=SAM)
        shared.update(role=ReaderRole.SHARED, expires_at=clock.now() + timedelta(days=7))
    return scenario


def with_pass(organization: Organization, email: str) -> Client:
    browser = Client()
    with tenant(organization):
        browser.cookies[passes.cookie_name(organization.slug)] = passes.grant(organization, email)
    return browser


def visitors(world: World, owner: str) -> Iterator[Visitor]:
    organization = world.organization
    for role in Role:
        yield Visitor(role.value, world.member(role), role, is_usual=False)
    for email in (HAL, SAM, TIM):
        yield Visitor(f"{email} by code", with_pass(organization, email), is_usual=email == SAM)
    yield Visitor("owner of the request by code", with_pass(organization, owner), is_owner=True)
    # From here on, they are members.
    for title, email in (("hiring manager", HAL), ("owner of the request", owner)):
        member = make_member(organization, Role.VIEWER, make_user(email, name="Someone"))
        yield Visitor(f"{title} as viewer", signed_in(Client(), member), Role.VIEWER, is_owner=email == owner)


def too_many(visitor: Visitor, world: World, about: RequestScenario, routes: Iterable[Route]) -> Iterator[str]:
    """The pages that take the visitor more queries than they may, each opened for the first time."""
    for route in filter(visitor.may_open, routes):
        arguments: dict[str, Any] = (
            {"uid": about.reference_request.uid} if POLICY[route.name].names == "request" else {}
        )
        before = transaction.savepoint()
        with CaptureQueriesContext(connection) as captured:
            response = visitor.browser.get(world.url(route, **arguments))
        transaction.savepoint_rollback(before)
        assert response.status_code not in (403, 500), (visitor.title, route.name)
        if asks_too_much(route.name, captured):
            yield f"{visitor.title}: {len(queries(captured))} queries for {route.name}, {about.reference_request.state}"


@pytest.mark.timeout(900)
@pytest.mark.in_full
@pytest.mark.parametrize("is_private", first_of([True, False]))
def test_a_first_visit_needs_few_queries_in_each_role(is_private: bool) -> None:
    """In `make test`, the pages of a request that are private, as those with the longest way in."""
    world = make_world()
    Organization.objects.filter(pk=world.organization.pk).update(reports_private=is_private)
    answer(world.job, 1)
    scenarios = (ready(world), world.job)
    with cross_tenant("requests, events and prospects are copied"), connection.cursor() as sql:
        multiply(sql, ROWS, world.organization.pk)
    routes, found = list(all_routes()), list[str]()
    for visitor in visitors(world, world.job.reference_request.owner_email):
        for about in scenarios if visitor.is_usual or in_full() else ():
            found += too_many(visitor, world, about, routes)
    assert found == []
