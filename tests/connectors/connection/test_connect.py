"""Connecting an organization to SmartRecruiters, and disconnecting it."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection as database

from connectors import ats
from connectors.ats import NeedsSignIn
from connectors.calls.gateway import open_ats
from connectors.connection import connect
from connectors.models import Connection, ConnectionState, DirectoryUser, SigningKey, Subscription
from connectors.smartrecruiters.adapter import SmartRecruitersAts
from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.tenancy.models import AuditEntry, Organization, Role, User
from crosschq.tenancy.scope import tenant
from tests.factories import make_member, make_organization
from tests.vendor import Vendor, connected


@pytest.fixture
def acme(transactional_db: None) -> Organization:
    return make_organization()


@pytest.fixture
def admin(acme: Organization) -> User:
    return make_member(acme, Role.ADMIN)


def begin(organization: Organization, user: User) -> str:
    with tenant(organization):
        return connect.begin(organization=organization, user=user, vendor="smartrecruiters", session_key="browser")


def test_connecting_subscribes_and_stores_the_company(vendor: Vendor, acme: Organization, admin: User) -> None:
    made = connected(vendor, acme, admin)
    with tenant(acme):
        row = Connection.objects.get()
        assert (row.state, row.company_name, row.ats_user) == (
            ConnectionState.CONNECTED,
            "Acme GmbH",
            "Ada Integration",
        )
        assert row.field_id == vendor.ask("state")["tag_property_id"]
        assert (row.fallback_owner_name, row.fallback_owner_email) == (admin.name, admin.email)
        assert Subscription.objects.get().state == "active"
        assert SigningKey.objects.count() == 1
        assert DirectoryUser.objects.count() == len(vendor.ask("state")["users"])
        assert AuditEntry.objects.filter(action="connector.connect", actor=admin).count() == 1
    (subscription,) = vendor.ask("state")["subscriptions"]
    assert (subscription["status"], subscription["live_keys"]) == ("active", 1)
    assert open_ats(made).me().name == "Ada Integration"


def test_tokens_and_keys_are_encrypted_at_rest(vendor: Vendor, acme: Organization, admin: User) -> None:
    connected(vendor, acme, admin)
    with tenant(acme):
        row, key = Connection.objects.get(), SigningKey.objects.get().key
    with rls.scope(rls.ALL_TENANTS), database.cursor() as cursor:
        cursor.execute("SELECT access_token || refresh_token FROM connectors_connection")
        stored = cursor.fetchone()[0]
        cursor.execute("SELECT key FROM connectors_signingkey")
        stored += cursor.fetchone()[0]
    for secret in (row.access_token, row.refresh_token, key):
        assert secret
        assert secret not in stored


def test_a_denied_consent_connects_nothing(vendor: Vendor, acme: Organization, admin: User) -> None:
    answer = vendor.consent(begin(acme, admin), decision="deny")
    assert "code" not in answer
    assert answer["error"] == "access_denied"


@pytest.mark.parametrize("abuse", ["other browser", "other person", "spent", "too old", "made up"])
def test_a_state_works_once_in_the_browser_that_started(
    vendor: Vendor, acme: Organization, admin: User, abuse: str
) -> None:
    state = vendor.consent(begin(acme, admin))["state"]
    person, browser = admin, "browser"
    if abuse == "other person":
        person = make_member(acme, Role.ADMIN)
    if abuse == "other browser":
        browser = "another"
    if abuse == "made up":
        state = "x" * len(state)
    if abuse == "spent":
        connect.redeem_state(state=state, user=admin, vendor="smartrecruiters", session_key="browser")
    with time_machine.travel(time_machine_target(abuse), tick=True), pytest.raises(connect.ConnectRefused):
        connect.redeem_state(state=state, user=person, vendor="smartrecruiters", session_key=browser)


def time_machine_target(abuse: str) -> float:
    import time

    return time.time() + (11 * 60 if abuse == "too old" else 0)


def test_an_admin_demoted_to_recruiter_meanwhile_cannot_finish(vendor: Vendor, acme: Organization, admin: User) -> None:
    state = vendor.consent(begin(acme, admin))["state"]
    admin.memberships.update(role=Role.RECRUITER)
    with pytest.raises(connect.ConnectRefused):
        connect.redeem_state(state=state, user=admin, vendor="smartrecruiters", session_key="browser")


def test_a_company_can_be_connected_to_only_one_organization(vendor: Vendor, acme: Organization, admin: User) -> None:
    connected(vendor, acme, admin)
    other = make_organization(name="Other")
    with pytest.raises(connect.ConnectRefused, match="Acme GmbH is linked to another organization"):
        connected(vendor, other, make_member(other, Role.ADMIN))
    with tenant(other):
        assert not Connection.objects.exclude(state=ConnectionState.NOT_CONNECTED).exists()


def test_reconnecting_keeps_the_settings_and_the_subscription(vendor: Vendor, acme: Organization, admin: User) -> None:
    made = connected(vendor, acme, admin)
    with tenant(acme):
        connect.switch_requests(connection=made, on=True, actor=admin)
    connected(vendor, acme, admin)
    with tenant(acme):
        assert Connection.objects.get().requests_on
        assert Subscription.objects.count() == 1
    assert len(vendor.ask("state")["subscriptions"]) == 1


def test_signing_in_to_another_company_changes_nothing(
    vendor: Vendor, acme: Organization, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = connected(vendor, acme, admin)
    monkeypatch.setattr(SmartRecruitersAts, "company", lambda _self: ats.Company("other", "Other Inc"))
    with pytest.raises(connect.ConnectRefused, match="is linked to Acme GmbH, and you signed in to Other Inc"):
        connected(vendor, acme, admin)
    with tenant(acme):
        kept = Connection.objects.get()
    assert (kept.company_id, kept.access_token) == (made.company_id, made.access_token)


def test_disconnecting_deletes_the_tokens_and_the_subscription(vendor: Vendor, acme: Organization, admin: User) -> None:
    made = connected(vendor, acme, admin)
    assert connect.disconnect(connection=made, actor=admin)
    with tenant(acme):
        row = Connection.objects.get()
        assert (row.state, row.access_token, row.refresh_token) == (ConnectionState.NOT_CONNECTED, "", "")
        assert AuditEntry.objects.filter(action="connector.disconnect").exists()
    assert vendor.ask("state")["subscriptions"] == []
    with pytest.raises(NeedsSignIn):
        open_ats(made).me()


def test_disconnecting_is_refused_while_a_worker_subscribes(
    vendor: Vendor, acme: Organization, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, refused = SmartRecruitersAts.create_webhook, []

    def create_while_someone_disconnects(opened: SmartRecruitersAts, url: str) -> str:
        vendor_id = create(opened, url)
        with tenant(acme):
            connection = Connection.objects.select_related("organization").get()
        with pytest.raises(ats.Unavailable, match="is being set up right now") as raised:
            connect.disconnect(connection=connection, actor=admin)
        refused.append(raised)
        return vendor_id

    monkeypatch.setattr(SmartRecruitersAts, "create_webhook", create_while_someone_disconnects)
    made = connected(vendor, acme, admin)
    assert refused
    assert connect.disconnect(connection=made, actor=admin)
    assert vendor.ask("state")["subscriptions"] == []


def test_nothing_subscribes_after_a_disconnection_that_came_in_between(
    vendor: Vendor, acme: Organization, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = connected(vendor, acme, admin)
    (subscription,) = vendor.ask("state")["subscriptions"]
    open_ats(made).delete_webhook(subscription["id"])
    listed = SmartRecruitersAts.webhooks

    def list_and_disconnect(opened: SmartRecruitersAts) -> list[ats.WebhookSubscription]:
        found = listed(opened)
        connect.disconnect(connection=made, actor=admin)
        return found

    monkeypatch.setattr(SmartRecruitersAts, "webhooks", list_and_disconnect)
    connect.set_up(made)
    assert "needs a new sign-in" in made.problem
    assert vendor.ask("state")["subscriptions"] == []


def test_a_subscription_that_was_given_up_meanwhile_is_deleted_once_its_id_arrives(
    vendor: Vendor, acme: Organization, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = SmartRecruitersAts.create_webhook

    def create_too_late(opened: SmartRecruitersAts, url: str) -> str:
        vendor_id = create(opened, url)
        with tenant(acme):
            Subscription.objects.update(state="removed")
        return vendor_id

    monkeypatch.setattr(SmartRecruitersAts, "create_webhook", create_too_late)
    answer = vendor.consent(begin(acme, admin))
    made = connect.complete(organization=acme, user=admin, vendor="smartrecruiters", code=answer["code"])
    assert "was removed in the meantime" in made.problem
    assert vendor.ask("state")["subscriptions"] == []


def test_disconnecting_deletes_a_subscription_whose_response_was_lost(
    vendor: Vendor, acme: Organization, admin: User
) -> None:
    vendor.tell("faults", route="POST /webhooks-api/v201907/subscriptions", kind="reset", when="after", times=1)
    answer = vendor.consent(begin(acme, admin))
    made = connect.complete(organization=acme, user=admin, vendor="smartrecruiters", code=answer["code"])
    assert len(vendor.ask("state")["subscriptions"]) == 1
    with tenant(acme):
        Subscription.objects.update(created_at=clock.now() - timedelta(minutes=4))
    assert connect.disconnect(connection=made, actor=admin)
    assert vendor.ask("state")["subscriptions"] == []


def test_a_setup_that_failed_halfway_can_be_completed(vendor: Vendor, acme: Organization, admin: User) -> None:
    vendor.tell("faults", route="PUT /webhooks-api/v201907/subscriptions/{id}/activation", kind="status", status=503)
    answer = vendor.consent(begin(acme, admin))
    made = connect.complete(organization=acme, user=admin, vendor="smartrecruiters", code=answer["code"])
    assert "busy or down" in made.problem
    vendor.tell("faults/clear")
    connect.set_up(made)
    assert made.problem == ""
    (subscription,) = vendor.ask("state")["subscriptions"]
    assert subscription["status"] == "active"


def test_a_subscription_whose_response_was_lost_is_cleaned_up(vendor: Vendor, acme: Organization, admin: User) -> None:
    vendor.tell("faults", route="POST /webhooks-api/v201907/subscriptions", kind="reset", when="after", times=1)
    answer = vendor.consent(begin(acme, admin))
    made = connect.complete(organization=acme, user=admin, vendor="smartrecruiters", code=answer["code"])
    assert made.problem
    connect.set_up(made)
    assert [s["status"] for s in vendor.ask("state")["subscriptions"]] == ["active"]
