"""The connection page shows the latest events."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connectors.models import Connection, ConnectionState
from crosschq.core import clock
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest
from templates_app.request_templates.edit import delete_template
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.templates_app.factories import make_request, make_template
from webhooks.models import InboundEvent


@pytest.fixture
def connection(db: None) -> Connection:
    return make_connection(make_organization(), requests_on_since=clock.now() - timedelta(days=2))


@pytest.fixture
def browser(connection: Connection, client: Client) -> Client:
    return signed_in(client, make_member(connection.organization, Role.ADMIN))


def make_events(connection: Connection, count: int, outcome: str = "no.tag_empty") -> None:
    with tenant(connection.organization):
        InboundEvent.objects.bulk_create(
            InboundEvent(
                organization=connection.organization,
                connection=connection,
                event_id=f"{outcome}-{number}",
                candidate_name=f"Candidate {number}",
                job_title="Sales Lead",
                body=b"",
                state="done",
                outcome=outcome,
                values={"job": "Sales Lead", "field": "Crosschq tag", "step": "Onsite", "our_step": "Crosschq"},
                created_at=clock.now() - timedelta(minutes=number),
            )
            for number in range(count)
        )


def page(browser: Client, connection: Connection) -> str:
    where = [connection.organization.slug, "smartrecruiters"]
    return browser.get(reverse("connectors:manage", args=where)).content.decode()


def test_the_last_three_moves_to_the_step_show_their_outcome_and_link_to_the_event(
    connection: Connection, browser: Client
) -> None:
    make_events(connection, 7)
    make_events(connection, 7, "no.other_step")
    text = page(browser, connection)
    assert re.findall(r'class="about"><span>([^<]*)', text) == [f"Candidate {n}" for n in range(3)]
    assert text.count("The job “Sales Lead” has an empty Crosschq tag.") == 3
    with tenant(connection.organization):
        newest = InboundEvent.objects.get(candidate_name="Candidate 0", outcome="no.tag_empty")
    assert reverse("events:detail", args=[connection.organization.slug, "smartrecruiters", newest.uid]) in text


def test_before_the_first_event_the_page_says_what_will_appear(connection: Connection, browser: Client) -> None:
    assert "No candidate has been moved to “Crosschq” yet." in page(browser, connection)


@pytest.mark.parametrize("state", [ConnectionState.CONNECTED, ConnectionState.NEEDS_SIGN_IN])
def test_the_number_of_queries_does_not_depend_on_the_number_of_events(
    connection: Connection, browser: Client, state: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    template = make_template(connection.organization)
    make_events(connection, 60)
    make_events(connection, 20, "no.stood_there")
    with tenant(connection.organization):
        Connection.objects.update(state=state, default_template=template.uid)
        InboundEvent.objects.filter(outcome="no.stood_there").update(outcome_at=clock.now())
        delete_template(template=template, actor=make_member(connection.organization, Role.ADMIN))
    with django_assert_max_num_queries(12):
        page(browser, connection)


def test_after_the_first_request_the_page_loads_no_template(
    connection: Connection, browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    reference_request = make_request(make_template(connection.organization))
    make_events(connection, 5)
    with tenant(connection.organization):
        ReferenceRequest.objects.filter(pk=reference_request.pk).update(connection=connection)
    with django_assert_max_num_queries(11) as captured:
        page(browser, connection)
    assert not [query for query in captured.captured_queries if "templates_app_" in query["sql"]]
