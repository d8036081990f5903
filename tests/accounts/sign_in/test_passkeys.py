"""Passkeys on the server: each belongs to one user, and no device response breaks a page."""

from __future__ import annotations

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from crosschq.tenancy.models import Role, User
from tests.accounts.pages import make_verified_user, sign_in, text_of
from tests.extent import whole_forms
from tests.factories import PASSWORD, make_member, make_organization

pytestmark = pytest.mark.django_db
ADD = "/accounts/2fa/webauthn/add/"
SIGN_IN = "/accounts/2fa/webauthn/login/"
CONFIRM = "/accounts/2fa/webauthn/reauthenticate/"

PARTS = ["id", "rawId", "type", "response", "clientExtensionResults", "attestationObject", "clientDataJSON"]
PARTS += ["authenticatorData", "signature", "userHandle", "public-key", "AAAA", "oA", "MQ", "\x00", "\ud800"]
texts = st.sampled_from(PARTS) | st.text(max_size=8)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=12,
)
WHOLE = {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "clientExtensionResults": {}}
shaped = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("attestationObject", "clientDataJSON", "authenticatorData", "userHandle"), texts | anything)
    | {"signature": texts},
).map(lambda response: {**WHOLE, "response": response})


@pytest.fixture
def dana() -> User:
    return make_member(make_organization("Acme GmbH", slug="acme"), Role.OWNER, make_verified_user())


def confirmed(client: Client) -> Client:
    sign_in(client, "dana@acme.example")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def options(client: Client) -> dict[str, object]:
    """The options that the page passes to the browser."""
    (found,) = re.findall(
        r'id="passkey_options" type="application/json">(.*?)</script>', client.get(ADD).content.decode()
    )
    return dict(json.loads(found)["creation_options"]["publicKey"])


def test_a_passkey_is_bound_to_our_host_whatever_host_the_visitor_sends(
    client: Client, dana: User, settings: Settings
) -> None:
    settings.BASE_URL, settings.ALLOWED_HOSTS = "https://app.crosschq.example:8443", ["*"]
    confirmed(client)
    client.defaults["HTTP_HOST"] = "elsewhere.example"
    assert options(client)["rp"] == {"id": "app.crosschq.example", "name": "Crosschq"}


@pytest.mark.parametrize("path", [ADD, SIGN_IN, CONFIRM])
def test_no_device_response_breaks_a_page(client: Client, dana: User, path: str) -> None:
    if path != SIGN_IN:
        confirmed(client)
    written = ("", "[]", "null", "0", "false", "{", "[" * 100_000, "9" * 10_000, '"text"', '{"id": "\\u0000"}')
    for credential in written:
        cache.clear()
        client.get(path, headers={"accept": "application/json"})
        assert client.post(path, {"credential": credential}).status_code in (200, 302), credential[:20]
        assert not Authenticator.objects.exists(), credential[:20]


@whole_forms(60)
@given(credential=anything | shaped)
def test_every_invalid_response_is_refused_with_a_message(client: Client, dana: User, credential: object) -> None:
    if "_auth_user_id" not in client.session:
        confirmed(client)
    client.get(ADD)
    page = client.post(ADD, {"name": "x", "passwordless": "on", "credential": json.dumps(credential)})
    said = text_of(page)
    assert "This passkey wasn't accepted" in said or "Your passkey didn't respond" in said
    visitor = Client()
    visitor.get(SIGN_IN, headers={"accept": "application/json"})
    assert visitor.post(SIGN_IN, {"credential": json.dumps(credential)}).status_code in (302, 429)
    assert not Authenticator.objects.exists()


def test_a_refused_passkey_shows_an_error_on_the_sign_in_page(client: Client) -> None:
    page = client.post(SIGN_IN, {"credential": json.dumps(WHOLE)}, follow=True)
    assert "This passkey wasn't accepted. Try again, or sign in another way" in text_of(page)


def test_another_users_passkey_is_not_found(client: Client, dana: User) -> None:
    other = make_verified_user("eve@beta.example")
    theirs = Authenticator.objects.create(
        user=other, type=Authenticator.Type.WEBAUTHN, data={"name": "Eve's key", "credential": {}}
    )
    confirmed(client)
    for act in ("edit", "remove"):
        for pk in (theirs.pk, 2**70):
            assert client.get(f"/accounts/2fa/webauthn/keys/{pk}/{act}/").status_code == 404
            assert client.post(f"/accounts/2fa/webauthn/keys/{pk}/{act}/", {"name": "mine"}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.wrap().name == "Eve's key"
