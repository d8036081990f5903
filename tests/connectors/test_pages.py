"""The connectors' pages: what an admin sees and presses."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connectors.models import Connection, ConnectionState
from crosschq.organizations.models import AuditEntry, Organization, Role
from crosschq.organizations.tenancy import tenant
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.vendor import CALLBACK, Vendor


@pytest.fixture
def acme(db: None) -> Organization:
    return make_organization()


def url(name: str, organization: Organization) -> str:
    return reverse(f"connectors:{name}", args=[organization.slug, *(["smartrecruiters"] if name != "list" else [])])


def test_an_admin_connects_through_the_consent_page(vendor: Vendor, client: Client) -> None:
    acme = make_organization()
    signed_in(client, make_member(acme, Role.ADMIN))
    page = client.get(url("manage", acme))
    assert "Add to SmartRecruiters" in page.content.decode()
    assert f"form-action 'self' {vendor.url}" in page["Content-Security-Policy"]
    leaving = client.post(url("connect", acme))
    answer = vendor.consent(leaving["Location"])
    back = client.get(CALLBACK, answer, follow=True)
    assert back.redirect_chain == [(url("manage", acme), 302)]
    text = back.content.decode()
    assert "Connected" in text
    assert "Acme GmbH (acme-gmbh)" in text
    assert client.get(CALLBACK, answer).status_code == 400, "a state is good once"


def test_a_denied_consent_says_that_nothing_was_connected(vendor: Vendor, client: Client) -> None:
    acme = make_organization()
    signed_in(client, make_member(acme, Role.ADMIN))
    answer = vendor.consent(client.post(url("connect", acme))["Location"], decision="deny")
    assert "nothing was connected" in client.get(CALLBACK, answer, follow=True).content.decode()
    with tenant(acme):
        assert not Connection.objects.exists()


def test_the_callback_turns_away_what_it_did_not_ask_for(acme: Organization, client: Client) -> None:
    signed_in(client, make_member(acme, Role.ADMIN))
    for query in ({}, {"state": "x"}, {"code": "x"}, {"state": "é" * 3000, "code": "\x00"}):
        answer = client.get(CALLBACK, query)
        assert answer.status_code == 400
        assert "Begin again here" in answer.content.decode()
    assert client.get("/connect/workday/callback").status_code == 404


def test_the_switch_acts_at_once_and_is_written_down(acme: Organization, client: Client) -> None:
    make_connection(acme, requests_on=False)
    signed_in(client, make_member(acme, Role.ADMIN))
    for wanted in ("1", "1", "0"):
        answer = client.post(url("switch_requests", acme), {"on": wanted})
        assert answer["Location"].endswith("#switch-requests")
        with tenant(acme):
            assert Connection.objects.get().requests_on is (wanted == "1")
    with tenant(acme):
        entries = AuditEntry.objects.filter(action="connector.switch.requests").order_by("at")
        assert [entry.after for entry in entries] == [{"on": True}, {"on": False}]


def test_the_switch_stays_off_where_nothing_is_connected(acme: Organization, client: Client) -> None:
    make_connection(acme, requests_on=False, state=ConnectionState.NOT_CONNECTED)
    signed_in(client, make_member(acme, Role.ADMIN))
    answer = client.post(url("switch_requests", acme), {"on": "1"}, follow=True)
    assert "Connect first" in answer.content.decode()
    with tenant(acme):
        assert not Connection.objects.get().requests_on


def test_a_lost_grant_is_the_first_thing_on_the_page(acme: Organization, client: Client) -> None:
    make_connection(acme, state=ConnectionState.NEEDS_SIGN_IN)
    signed_in(client, make_member(acme, Role.ADMIN))
    text = client.get(url("manage", acme)).content.decode()
    assert "SmartRecruiters no longer accepts our sign-in" in text
    assert "Reconnect" in text


def test_an_admin_disconnects_after_reading_what_it_means(vendor: Vendor, client: Client) -> None:
    acme = make_organization()
    signed_in(client, make_member(acme, Role.ADMIN))
    client.get(CALLBACK, vendor.consent(client.post(url("connect", acme))["Location"]))
    assert "Open requests go on" in client.get(url("disconnect", acme)).content.decode()
    assert vendor.ask("state")["subscriptions"]
    client.post(url("disconnect", acme))
    assert vendor.ask("state")["subscriptions"] == []
    assert "Add to SmartRecruiters" in client.get(url("manage", acme)).content.decode()


def test_a_connector_that_nobody_wrote_is_not_there(acme: Organization, client: Client) -> None:
    signed_in(client, make_member(acme, Role.OWNER))
    assert client.get(reverse("connectors:manage", args=[acme.slug, "workday"])).status_code == 404
    assert client.post(url("switch_requests", acme), {"on": "1"}).status_code == 404


def test_the_list_costs_a_fixed_number_of_queries(
    acme: Organization, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_connection(acme)
    signed_in(client, make_member(acme, Role.VIEWER))
    with django_assert_max_num_queries(12):
        assert "Manage" in client.get(url("list", acme)).content.decode()


def test_a_sandbox_company_is_a_connector_of_its_own(vendor: Vendor, client: Client) -> None:
    acme = make_organization()
    signed_in(client, make_member(acme, Role.ADMIN))
    assert "SmartRecruiters sandbox" in client.get(url("list", acme)).content.decode()
    leaving = client.post(reverse("connectors:connect", args=[acme.slug, "smartrecruiters-sandbox"]))
    assert "smartrecruiters-sandbox%2Fcallback" in leaving["Location"]


def test_a_connector_that_is_not_set_up_is_not_offered(acme: Organization, client: Client) -> None:
    signed_in(client, make_member(acme, Role.ADMIN))
    assert "SmartRecruiters sandbox" not in client.get(url("list", acme)).content.decode()
    assert client.get(reverse("connectors:manage", args=[acme.slug, "smartrecruiters-sandbox"])).status_code == 404
