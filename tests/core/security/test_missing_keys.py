"""While an encryption key is missing, everything waits and says so. Nothing is called invalid or returns a 500."""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from connectors.background_tasks import lifecycle
from connectors.models import Connection, ConnectionState, SigningKey
from crosschq.core.database import rls
from crosschq.core.security import encryption, secret_links
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from tests.accounts.pages import make_verified_user, sign_in
from tests.accounts.sign_in.test_mfa import AUTHENTICATE, code_of, set_up
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.webhooks.deliveries import BODY, Endpoint, make_endpoint, post, signed
from webhooks.explain.background_tasks import EXPLAIN
from webhooks.models import InboundEvent, RefusedDeliveries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _alarms_are_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encryption, "_alarmed", {})


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def endpoint() -> Endpoint:
    return make_endpoint(make_connection(make_organization(), access_token="access", refresh_token="refresh"))


def new_key(name: str) -> str:
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


def lose_keys(settings: Settings) -> str:
    """Continue with only another key. Returns the lost one."""
    lost: str = settings.FIELD_KEYS
    settings.FIELD_KEYS = new_key("k9")
    return lost


def assert_told(answer: Any) -> None:
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")


def counts(endpoint: Endpoint) -> tuple[int, int]:
    """The numbers of stored and refused deliveries."""
    with tenant(endpoint.connection.organization):
        return InboundEvent.objects.count(), RefusedDeliveries.objects.count()


def test_a_delivery_waits_and_is_neither_stored_nor_called_forged(endpoint: Endpoint, settings: Settings) -> None:
    lost = lose_keys(settings)
    assert_told(endpoint.deliver())
    assert counts(endpoint) == (0, 0)
    settings.FIELD_KEYS += f",{lost}"
    assert endpoint.deliver().status_code == 202


def test_a_damaged_signing_key_is_reported_the_same_way(endpoint: Endpoint) -> None:
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as sql:
        sql.execute("UPDATE connectors_signingkey SET key = %s", [f"{encryption.primary_key_id()}.AAAA"])
    assert_told(endpoint.deliver())
    assert counts(endpoint) == (0, 0)


def test_one_readable_signing_key_is_enough(endpoint: Endpoint, settings: Settings) -> None:
    """SmartRecruiters signs with each live key."""
    lose_keys(settings)
    with tenant(endpoint.connection.organization):
        SigningKey.objects.create(
            organization=endpoint.connection.organization, subscription=endpoint.subscription, key="newer"
        )
    assert endpoint.deliver(key="newer").status_code == 202
    assert_told(endpoint.deliver(event_id="e-2"))
    assert_told(post(endpoint.path, BODY, signed(BODY, key="of nobody")))
    assert counts(endpoint) == (1, 0)


def test_accepting_deliveries_reads_only_the_keys_it_needs(endpoint: Endpoint) -> None:
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as sql:
        sql.execute("UPDATE connectors_connection SET access_token = 'gone.AAAA', refresh_token = 'gone.AAAA'")
    assert endpoint.deliver().status_code == 202


def test_a_handshake_needs_no_key(endpoint: Endpoint, settings: Settings) -> None:
    lose_keys(settings)
    assert post(endpoint.path, b"{}", {"X-Hook-Secret": "test"}).status_code == 200


def test_a_staff_page_says_that_it_will_be_back(visitor: Client, endpoint: Endpoint, settings: Settings) -> None:
    organization = endpoint.connection.organization
    dana = make_member(organization, Role.ADMIN)
    signed_in(visitor, dana)
    page = reverse("events:explain", args=[organization.slug, "smartrecruiters"])
    with tenant(organization):
        asked = lifecycle.begin(
            EXPLAIN,
            organization=organization,
            vendor="smartrecruiters",
            asked_by=dana,
            page=page,
            arguments={"text": "Maya"},
        )
    assert visitor.get(asked.url).status_code == 200
    lose_keys(settings)
    answer = visitor.get(asked.url)
    assert_told(answer)
    assert "isn't fully available" in answer.content.decode()


def test_a_page_that_shows_no_secret_needs_no_key(visitor: Client, endpoint: Endpoint, settings: Settings) -> None:
    organization = endpoint.connection.organization
    signed_in(visitor, make_member(organization, Role.ADMIN))
    lose_keys(settings)
    assert visitor.get(reverse("connectors:manage", args=[organization.slug, "smartrecruiters"])).status_code == 200


def test_a_value_copied_from_another_row_is_reported_the_same_way(visitor: Client, endpoint: Endpoint) -> None:
    organization = endpoint.connection.organization
    dana = make_member(organization, Role.ADMIN)
    signed_in(visitor, dana)
    page = reverse("events:explain", args=[organization.slug, "smartrecruiters"])
    with tenant(organization):
        ours, other = (
            lifecycle.begin(
                EXPLAIN,
                organization=organization,
                vendor="smartrecruiters",
                asked_by=dana,
                page=page,
                arguments={"text": name},
            )
            for name in ("Maya", "Noor")
        )
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as sql:
        sql.execute(
            "UPDATE connectors_backgroundtask SET arguments = "
            "(SELECT arguments FROM connectors_backgroundtask WHERE id = %s) WHERE id = %s",
            [other.pk, ours.pk],
        )
    assert visitor.get(other.url).status_code == 200
    assert_told(visitor.get(ours.url))


@pytest.mark.parametrize(
    "path", ["/c/token/", "/c/token/start/", "/r/token/", "/r/token/start/", "/invitations/token/"]
)
def test_a_secret_link_is_not_called_invalid(visitor: Client, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    def unreadable(*_: object, **__: object) -> None:
        raise encryption.MissingKey("a column")

    for name in ("find", "find_with_scope"):
        monkeypatch.setattr(secret_links, name, unreadable)
    answer = visitor.get(path)
    assert_told(answer)
    assert "isn't fully available" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_correct_code_of_the_second_step_is_not_called_wrong(visitor: Client, settings: Settings) -> None:
    dana = make_member(make_organization(), Role.OWNER, make_verified_user())
    secret, codes = set_up(Client())
    lost = lose_keys(settings)
    assert sign_in(visitor, dana.email)["Location"] == AUTHENTICATE
    assert_told(visitor.post(AUTHENTICATE, {"code": code_of(secret)}))
    assert_told(visitor.post(AUTHENTICATE, {"code": codes[0]}))
    settings.FIELD_KEYS = lost
    assert visitor.post(AUTHENTICATE, {"code": codes[0]}).status_code == 302


def test_the_log_names_the_missing_key_once_a_minute(
    endpoint: Endpoint, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    lost = lose_keys(settings).partition(":")[0]
    for _ in range(3):
        endpoint.deliver()
    (alarm,) = [record.msg for record in caplog.records if "cannot_decrypt" in str(record.msg)]
    assert isinstance(alarm, dict)
    assert (alarm["level"], alarm["key"], alarm["held"]) == ("error", lost, ["k9"])
    assert alarm["place"] == "connectors_signingkey.key"


def test_an_unreadable_token_does_not_end_the_connection(endpoint: Endpoint, settings: Settings) -> None:
    lose_keys(settings)
    with tenant(endpoint.connection.organization):
        row = Connection.objects.get(pk=endpoint.connection.pk)
        with pytest.raises(encryption.MissingKey):
            _ = row.access_token
        assert row.state == ConnectionState.CONNECTED


def test_the_keys_of_two_organizations_cannot_be_swapped(endpoint: Endpoint) -> None:
    """Otherwise anyone who can write one table could sign deliveries for another organization."""
    theirs = make_endpoint(make_connection(make_organization()), path="another path")
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as sql:
        sql.execute(
            "UPDATE connectors_signingkey AS k SET key = o.key FROM connectors_signingkey AS o WHERE k.id <> o.id"
        )
    assert_told(endpoint.deliver())
    assert_told(theirs.deliver())
    assert counts(endpoint) == counts(theirs) == (0, 0)
