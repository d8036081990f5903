"""The connector pages for an admin."""

import html
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connectors.models import Connection, ConnectionState, Writeback
from connectors.smartrecruiters import oauth
from connectors.smartrecruiters.permissions import PERMISSIONS
from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy import audit
from crosschq.tenancy.models import AuditEntry, Organization, Role
from crosschq.tenancy.scope import tenant
from prospects.models import ExportSettings
from requests_app.models import ReferenceRequest, RequestState
from tests.accounts.confirming import asked
from tests.background import press, visit
from tests.connected import already_connected, member_made_once
from tests.factories import PASSWORD, make_connection, make_member, make_organization, make_user, signed_in
from tests.templates_app.factories import make_request, make_template
from tests.vendor import CALLBACK, Vendor, connected
from webhooks.models import InboundEvent


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
    back = visit(client, CALLBACK, answer)
    text = back.content.decode()
    assert "Connected" in text
    assert "Acme GmbH (acme-gmbh)" in text
    assert client.get(CALLBACK, answer).status_code == 400, "a state is good once"


def test_a_denied_consent_says_that_nothing_was_connected(vendor: Vendor, client: Client) -> None:
    acme = make_organization()
    signed_in(client, make_member(acme, Role.ADMIN))
    answer = vendor.consent(client.post(url("connect", acme))["Location"], decision="deny")
    assert "nothing has changed" in client.get(CALLBACK, answer, follow=True).content.decode()
    with tenant(acme):
        assert not Connection.objects.exists()


def test_the_banner_offers_another_sign_in_if_the_connecting_user_lacks_permissions(
    vendor: Vendor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = make_organization()
    signed_in(client, make_member(acme, Role.ADMIN))
    fewer = [scope for scope in oauth.SCOPES if scope != "webhooks_manage"]
    monkeypatch.setattr(oauth, "SCOPES", (*fewer, "company_read"))
    answer = vendor.consent(client.post(url("connect", acme))["Location"])
    page = visit(client, CALLBACK, answer).content.decode()
    with tenant(acme):
        assert Connection.objects.get().problem, "the set-up failed"
    banner = page.partition('class="banner problem"')[2].partition("</form>")[0]
    assert "let us read what requests need" in banner
    assert "Reconnect" in banner
    assert "Try again" not in banner


def test_the_callback_rejects_responses_it_did_not_request(acme: Organization, client: Client) -> None:
    signed_in(client, make_member(acme, Role.ADMIN))
    for query in ({}, {"state": "x"}, {"code": "x"}, {"state": "é" * 3000, "code": "\x00"}):
        answer = client.get(CALLBACK, query)
        assert answer.status_code == 400
        assert "Start again here" in answer.content.decode()
    assert client.get("/connect/workday/callback").status_code == 404


def test_the_switch_takes_effect_immediately_and_is_audited(acme: Organization, client: Client) -> None:
    make_connection(acme, requests_on=False)
    signed_in(client, make_member(acme, Role.ADMIN))
    for wanted in ("1", "1", "0"):
        answer = client.post(url("switch_requests", acme), {"on": wanted})
        assert answer["Location"].endswith("#switch-requests")
        with tenant(acme):
            assert Connection.objects.get().requests_on is (wanted == "1")
    with tenant(acme):
        entries = AuditEntry.objects.filter(action="connector.switch.requests").order_by("pk")
        assert [entry.after for entry in entries] == [{"on": True}, {"on": False}]


def test_an_incomplete_form_changes_no_switch(acme: Organization, client: Client) -> None:
    connection = make_connection(acme, requests_on=True)
    signed_in(client, make_member(acme, Role.ADMIN))
    switches = [url("switch_requests", acme)]
    for name in ("export_existing", "export_new"):
        switches.append(reverse(f"prospects:{name}", args=[acme.slug, "smartrecruiters"]))
        client.post(switches[-1], {"on": "1"})
    for switch in switches:
        for sent in ({}, {"on": "zz"}, {"on": ""}, {"on": "01"}):
            answer = client.post(switch, sent)
            assert answer.status_code == 400
            assert "Nothing was changed" in answer.content.decode()
    with tenant(acme):
        assert Connection.objects.get(pk=connection.pk).requests_on
        settings = ExportSettings.objects.get()
    assert settings.existing_on
    assert settings.new_on


def test_the_switch_stays_off_without_a_connection(acme: Organization, client: Client) -> None:
    make_connection(acme, requests_on=False, state=ConnectionState.NOT_CONNECTED)
    signed_in(client, make_member(acme, Role.ADMIN))
    answer = client.post(url("switch_requests", acme), {"on": "1"}, follow=True)
    assert "Connect first" in answer.content.decode()
    with tenant(acme):
        assert not Connection.objects.get().requests_on


def test_a_lost_grant_is_shown_at_the_top_of_the_page(acme: Organization, client: Client) -> None:
    make_connection(acme, state=ConnectionState.NEEDS_SIGN_IN)
    signed_in(client, make_member(acme, Role.ADMIN))
    text = client.get(url("manage", acme)).content.decode()
    assert "SmartRecruiters no longer accepts our sign-in" in text
    assert "Reconnect" in text


def test_an_admin_disconnects_after_seeing_the_consequences(vendor: Vendor, client: Client) -> None:
    acme = make_organization()
    signed_in(client, make_member(acme, Role.ADMIN))
    visit(client, CALLBACK, vendor.consent(client.post(url("connect", acme))["Location"]))
    text = client.get(url("disconnect", acme)).content.decode()
    assert "There are no open requests" in text
    assert "wait" not in text
    assert vendor.ask("state")["subscriptions"]
    press(client, url("disconnect", acme))
    assert vendor.ask("state")["subscriptions"] == []
    text = client.get(url("manage", acme)).content.decode()
    assert "Add to SmartRecruiters" in text
    log = reverse("events:list", args=[acme.slug, "smartrecruiters"])
    assert f'href="{log}"' in text
    assert client.get(log).status_code == 200


def test_disconnecting_shows_how_many_requests_continue_and_what_waits(acme: Organization, client: Client) -> None:
    connection = make_connection(acme)
    reference_request, closed = (
        make_request(make_template(acme)),
        make_request(make_template(acme), state=RequestState.READY),
    )
    with tenant(acme):
        ReferenceRequest.objects.filter(pk__in=[reference_request.pk, closed.pk]).update(connection=connection)
        held = {"organization": acme, "connection": connection, "state": WorkState.HELD}
        for number in range(2):
            InboundEvent.objects.create(**held, event_id=str(number))
        Writeback.objects.create(**held, candidate_id="c", text="Report", mark="r", about_uid=reference_request.uid)
    signed_in(client, make_member(acme, Role.ADMIN))
    text = client.get(url("disconnect", acme)).content.decode()
    for said in ("1 open request continues", "2 moves are waiting", "1 note is waiting"):
        assert said in text


def test_an_unknown_connector_is_not_found(acme: Organization, client: Client) -> None:
    signed_in(client, make_member(acme, Role.OWNER))
    assert client.get(reverse("connectors:manage", args=[acme.slug, "workday"])).status_code == 404
    assert client.post(url("switch_requests", acme), {"on": "1"}).status_code == 404


def test_the_list_takes_a_fixed_number_of_queries(
    acme: Organization, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_connection(acme)
    signed_in(client, make_member(acme, Role.VIEWER))
    with django_assert_max_num_queries(12):
        assert "SmartRecruiters" in client.get(url("list", acme)).content.decode()


def test_a_sandbox_company_is_a_separate_connector(vendor: Vendor, client: Client) -> None:
    acme = make_organization()
    signed_in(client, make_member(acme, Role.ADMIN))
    assert "SmartRecruiters sandbox" in client.get(url("list", acme)).content.decode()
    leaving = client.post(reverse("connectors:connect", args=[acme.slug, "smartrecruiters-sandbox"]))
    assert "smartrecruiters-sandbox%2Fcallback" in leaving["Location"]


def test_a_connector_without_settings_is_not_offered(acme: Organization, client: Client) -> None:
    signed_in(client, make_member(acme, Role.ADMIN))
    assert "SmartRecruiters sandbox" not in client.get(url("list", acme)).content.decode()
    assert client.get(reverse("connectors:manage", args=[acme.slug, "smartrecruiters-sandbox"])).status_code == 404


def test_setup_progress_is_shown_until_the_first_request(acme: Organization, client: Client) -> None:
    connection = make_connection(acme)
    signed_in(client, make_member(acme, Role.VIEWER))
    assert "Setup 1 of 9" in client.get(url("list", acme)).content.decode()
    template = make_template(acme)
    assert "Setup 2 of 9" in client.get(url("list", acme)).content.decode()
    reference_request = make_request(template)
    with tenant(acme):
        ReferenceRequest.objects.filter(pk=reference_request.pk).update(connection=connection)
    text = client.get(url("list", acme)).content.decode()
    assert "Setup" not in text
    assert "Not checked yet" in text


def test_a_needed_sign_in_is_shown_before_anything_else(acme: Organization, client: Client) -> None:
    make_connection(acme, state=ConnectionState.NEEDS_SIGN_IN, paused_at=clock.now(), problem="No longer accepted.")
    signed_in(client, make_member(acme, Role.ADMIN))
    assert "Needs sign-in" in client.get(url("list", acme)).content.decode()
    text = client.get(url("manage", acme)).content.decode()
    assert text.count('class="banner-title"') == 1
    assert "No moves are waiting yet" in text


def test_a_pause_is_audited_and_ends_with_a_click(acme: Organization, client: Client) -> None:
    make_connection(acme, requests_on_since=clock.now() - timedelta(days=3))
    signed_in(client, make_member(acme, Role.ADMIN))
    for _press in range(2):
        client.post(url("pause", acme))
    text = client.get(url("manage", acme)).content.decode()
    assert "The connector is paused" in text
    assert "Paused since" in client.get(url("pause", acme)).content.decode()
    with tenant(acme):
        assert Connection.objects.get().paused_at
    for _press in range(2):
        client.post(url("resume", acme))
    with tenant(acme):
        row = Connection.objects.get()
        assert row.paused_at is None
        assert row.requests_on_since
        assert row.requests_on_since > clock.now() - timedelta(minutes=1), "who came meanwhile is not written to"
        actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["connector.pause", "connector.resume"]


SETTINGS = {
    "step_name": "Crosschq",
    "field_name": "Crosschq tag",
    "fallback_owner_name": "Dana Whitfield",
    "fallback_owner_email": "dana@acme.example",
}


def test_settings_are_saved_and_audited(acme: Organization, client: Client) -> None:
    make_connection(acme)
    signed_in(client, make_member(acme, Role.ADMIN, make_user(password=PASSWORD)))
    there = asked(client, url("settings", acme), SETTINGS)
    assert "Send requests and reports without an owner to dana@acme.example" in client.get(there).content.decode()
    with tenant(acme):
        assert not AuditEntry.objects.exists()
    answer = client.post(there, {"password": PASSWORD})
    assert answer["Location"] == url("settings", acme)
    with tenant(acme):
        row, entry = Connection.objects.get(), AuditEntry.objects.get()
    assert (row.fallback_owner_name, row.fallback_owner_email) == ("Dana Whitfield", "dana@acme.example")
    assert entry.action == "connector.settings"
    assert entry.after == {
        "fallback_owner_email": audit.address("dana@acme.example"),
        "also_changed": ["fallback_owner_name"],
    }
    client.post(url("settings", acme), SETTINGS)
    with tenant(acme):
        assert AuditEntry.objects.count() == 1, "nothing changed"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("step_name", " ", "Fill in “Hiring step”"),
        ("field_name", "x" * 101, "100"),
        ("field_name", "tag\u202eged", "an invisible character (right-to-left override) after “tag”"),
        ("fallback_owner_email", "dana", "Fallback owner"),
        ("fallback_owner_name", "", "Fill in “Fallback owner"),
    ],
)
def test_invalid_settings_show_an_error_at_their_field(
    acme: Organization, client: Client, name: str, value: str, said: str
) -> None:
    make_connection(acme)
    signed_in(client, make_member(acme, Role.ADMIN))
    answer = client.post(url("settings", acme), SETTINGS | {name: value})
    text = html.unescape(answer.content.decode())
    assert said in text
    assert "Error: Settings " in text
    with tenant(acme):
        assert not AuditEntry.objects.exists()


def test_a_new_field_name_is_looked_up_immediately(vendor: Vendor, client: Client) -> None:
    admin = member_made_once(Role.ADMIN)
    live = already_connected(vendor, admin)
    signed_in(client, admin)
    vendor.tell("job-field", label="Template code", make=True)
    typed = SETTINGS | {"field_name": "template code", "fallback_owner_email": admin.email}
    press(client, url("settings", live.organization), typed)
    with tenant(live.organization):
        first = Connection.objects.get().field_id
        assert first
        assert first != live.field_id
    text = client.get(url("checklist", live.organization)).content.decode()
    assert "Job field “template code” exists and is active" in text
    assert "free text · job" in text
    press(client, url("settings", live.organization), typed | {"field_name": "Nothing like it"})
    with tenant(live.organization):
        assert Connection.objects.get().field_id == ""


def test_changing_the_step_emails_nobody_already_at_it(acme: Organization, client: Client) -> None:
    long_ago = clock.now() - timedelta(days=30)
    same = {"fallback_owner_email": SETTINGS["fallback_owner_email"]}
    make_connection(acme, requests_on_since=long_ago, state=ConnectionState.NEEDS_SIGN_IN, **same)
    signed_in(client, make_member(acme, Role.ADMIN))
    client.post(url("settings", acme), SETTINGS | {"step_name": " CROSSCHQ "})
    with tenant(acme):
        assert Connection.objects.get().requests_on_since == long_ago
    client.post(url("settings", acme), SETTINGS | {"step_name": "Phone screen"})
    with tenant(acme):
        since = Connection.objects.get().requests_on_since
    assert since
    assert since > clock.now() - timedelta(minutes=1)


def test_before_connecting_the_page_says_who_should_connect_and_which_access_is_requested(
    acme: Organization, client: Client
) -> None:
    signed_in(client, make_member(acme, Role.ADMIN))
    text = html.unescape(client.get(url("manage", acme)).content.decode())
    assert text.index("Who should connect") < text.index("Add to SmartRecruiters")
    assert "Copy a message for your admin" in text
    assert f"open http://testserver{url('manage', acme)}" in text
    assert url("access", acme) in text
    text = html.unescape(client.get(url("access", acme)).content.decode())
    for permission in PERMISSIONS:
        assert permission.scope in text
        assert str(permission.label) in text


def test_each_page_has_one_check_button_and_permissions_have_their_own_page(
    vendor: Vendor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = member_made_once(Role.ADMIN)
    live = already_connected(vendor, admin)
    signed_in(client, admin)
    vendor.tell("job-field", label="Crosschq tag", active=False)

    def page(name: str) -> str:
        press(client, url("check", live.organization))
        return client.get(url(name, live.organization)).content.decode()

    for name in ("manage", "checklist"):
        assert page(name).count(f'action="{url("check", live.organization)}"') == 1
    assert page("access").count("Works") == 6
    assert '<details class="more prose"><summary>Who owns a request</summary>' in page("settings")
    fewer = [scope for scope in oauth.SCOPES if scope != "jobs_read"]
    monkeypatch.setattr(oauth, "SCOPES", (*fewer, "company_read"))
    connected(vendor, live.organization, admin)
    assert "Sign-in and permissions" in page("manage")
    assert page("access").count("Refused") == 1


def test_a_switch_that_is_on_without_effect_is_reported(vendor: Vendor, client: Client) -> None:
    admin = member_made_once(Role.ADMIN)
    live = already_connected(vendor, admin)
    signed_in(client, admin)
    client.post(url("switch_requests", live.organization), {"on": "1"})
    vendor.tell("job-field", label="Crosschq tag", active=False)
    press(client, url("check", live.organization))
    text = client.get(url("manage", live.organization)).content.decode()
    assert "No request can start now" in text
    assert "How to activate the field" in text
    vendor.tell("job-field", label="Crosschq tag", active=True)
    answer = press(client, url("check", live.organization)).content.decode()
    assert "No request can start now" not in answer
    assert "steps are done" in answer
