"""An authenticator app as the second step of signing in, recovery codes, and their profile page."""

from __future__ import annotations

import base64
import os
import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from crosschq.core import clock
from crosschq.core.security import encryption_keys
from crosschq.tenancy.models import Role, User
from tests.accounts.confirming import press
from tests.accounts.invited import link_in_newest_email
from tests.accounts.pages import code_for, emails, make_verified_user, sign_in, text_of
from tests.factories import PASSWORD, make_member, make_organization, make_user, signed_in
from tests.ui.markup import parse

pytestmark = pytest.mark.django_db(transaction=True)
ACTIVATE = "/accounts/2fa/totp/activate/"
AUTHENTICATE = "/accounts/2fa/authenticate/"
CODES = "/accounts/2fa/recovery-codes/"


@pytest.fixture
def dana() -> User:
    return make_member(make_organization("Acme GmbH", slug="acme"), Role.OWNER, make_verified_user())


def code_of(secret: str) -> str:
    """The code that an authenticator app shows now (RFC 6238)."""
    return str(format_hotp_value(hotp_value(secret, int(clock.now().timestamp()) // 30)))


def confirm(client: Client, email: str = "dana@acme.example") -> None:
    """Sign in and reauthenticate, as changes to account security require."""
    sign_in(client, email)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def set_up(client: Client, email: str = "dana@acme.example") -> tuple[str, list[str]]:
    """Turn on two-step sign-in on its pages. Returns the app's key and the recovery codes."""
    confirm(client, email)
    secret = re.findall(r"<code[^>]*>([A-Z2-7]{32})<", client.get(ACTIVATE).content.decode())[0]
    answer = client.post(ACTIVATE, {"code": code_of(secret)}, follow=True)
    return secret, re.findall(r"<li>(\d{8})</li>", answer.content.decode())


def is_in(client: Client) -> bool:
    return client.get("/o/acme/requests/").status_code == 200


def test_with_an_app_the_password_alone_does_not_sign_in(client: Client, dana: User) -> None:
    secret, codes = set_up(client)
    assert len(codes) == 10
    later = Client()
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        assert sign_in(later, dana.email)["Location"] == AUTHENTICATE
        assert not is_in(later)
        assert "That isn't the code your app shows now" in text_of(later.post(AUTHENTICATE, {"code": "000000"}))
        later.post(AUTHENTICATE, {"code": code_of(secret)})
        assert is_in(later)


def test_a_code_from_the_app_works_once(client: Client, dana: User) -> None:
    secret, _codes = set_up(client)
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=False):
        first, second = Client(), Client()
        for browser in (first, second):
            sign_in(browser, dana.email)
            browser.post(AUTHENTICATE, {"code": code_of(secret)})
        assert is_in(first)
        assert not is_in(second)


def test_a_recovery_code_signs_in_once(client: Client, dana: User) -> None:
    _secret, codes = set_up(client)
    for expected in (True, False):
        browser = Client()
        sign_in(browser, dana.email)
        browser.post(AUTHENTICATE, {"code": codes[0]})
        assert is_in(browser) is expected


def test_recovery_codes_are_shown_until_they_are_saved(client: Client, dana: User) -> None:
    _secret, codes = set_up(client)
    for _look in range(2):
        assert all(code in client.get(CODES).content.decode() for code in codes)
    file = client.get(f"{CODES}download/")
    assert file["Content-Type"].startswith("text/plain")
    assert file["Content-Disposition"].startswith("attachment")
    assert file["Cache-Control"].count("no-store") == 1
    assert file.content.decode().splitlines() == ["Crosschq recovery codes for dana@acme.example", *codes]

    assert "You saved your recovery codes" in text_of(client.post(CODES, follow=True))
    page = client.get(CODES)
    assert not any(code in page.content.decode() for code in codes)
    assert "You have 10 unused codes. We won't show them again." in text_of(page)
    assert client.get(f"{CODES}download/").status_code == 404

    answer = client.post(f"{CODES}generate/", follow=True)
    new = re.findall(r"<li>(\d{8})</li>", answer.content.decode())
    assert len(new) == 10
    assert not set(new) & set(codes)


def test_opening_the_recovery_codes_changes_nothing(client: Client, dana: User) -> None:
    set_up(client)
    before = list(Authenticator.objects.order_by("pk").values())
    for path in (CODES, f"{CODES}download/", f"{CODES}generate/", "/accounts/2fa/"):
        assert client.get(path).status_code == 200
        client.head(path)
    assert list(Authenticator.objects.order_by("pk").values()) == before


def test_recovery_codes_are_shown_only_after_confirming_the_password(client: Client, dana: User) -> None:
    set_up(client)
    for path in (CODES, f"{CODES}download/"):
        with time_machine.travel(clock.now() + timedelta(hours=1)):
            assert client.get(path)["Location"].startswith("/accounts/reauthenticate/")
        assert Client().get(path)["Location"].startswith("/accounts/login/")


@pytest.fixture
def no_other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads of other tests may still hold connections; test_key_rotation.py is about those of other processes."""
    monkeypatch.setattr(encryption_keys, "of_other_processes", list)


@pytest.mark.usefixtures("no_other_process")
def test_secrets_are_encrypted_and_survive_key_rotation(client: Client, dana: User, settings: Settings) -> None:
    secret, codes = set_up(client)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    old = settings.FIELD_KEYS
    new = f"k9:{base64.b64encode(os.urandom(32)).decode()}"
    settings.FIELD_KEYS = f"{new},{old}"
    call_command("rotate_keys", verbosity=0)
    settings.FIELD_KEYS = new
    browser = Client()
    sign_in(browser, dana.email)
    browser.post(AUTHENTICATE, {"code": codes[0]})
    assert is_in(browser)
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        other = Client()
        sign_in(other, dana.email)
        other.post(AUTHENTICATE, {"code": code_of(secret)})
        assert is_in(other)


@pytest.mark.usefixtures("no_other_process")
def test_rotation_leaves_a_passkey_alone(dana: User, settings: Settings) -> None:
    """A passkey holds a public key and a name, which need no encryption."""
    data = {"name": "k1.phone", "credential": {"id": "abc", "transports": ["usb"]}}
    passkey = Authenticator.objects.create(user=dana, type=Authenticator.Type.WEBAUTHN, data=data)
    settings.FIELD_KEYS = f"k9:{base64.b64encode(os.urandom(32)).decode()},{settings.FIELD_KEYS}"
    call_command("rotate_keys", verbosity=0)
    passkey.refresh_from_db()
    assert passkey.data == data


@pytest.mark.parametrize("kind", [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES])
def test_a_secret_copied_from_another_users_row_is_not_a_second_step(dana: User, kind: str) -> None:
    """Otherwise anyone who can write the table could sign in as anyone with their own app."""
    eve = make_verified_user("eve@beta.example")
    make_member(make_organization("Beta"), Role.OWNER, eve)
    _dana_secret, _dana_codes = set_up(Client())
    secret, codes = set_up(Client(), eve.email)
    copied = Authenticator.objects.filter(user=eve, type=kind).values_list("data", flat=True)[0]
    Authenticator.objects.filter(user=dana, type=kind).update(data=copied)
    visitor = Client(raise_request_exception=False)
    sign_in(visitor, dana.email)
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        code = code_of(secret) if kind == Authenticator.Type.TOTP else codes[0]
        answer = visitor.post(AUTHENTICATE, {"code": code})
    assert answer.status_code == 503
    assert not is_in(visitor)


def test_every_change_is_confirmed_by_email(client: Client, dana: User) -> None:
    set_up(client)
    client.post(f"{CODES}generate/")
    client.post("/accounts/2fa/totp/deactivate/")
    texts = [email.text for email in emails(dana.email)]
    assert ["requires a code from an authenticator app" in texts[0], "new recovery codes" in texts[1]] == [True, True]
    assert "no longer requires a code from an app" in texts[2]
    assert not Authenticator.objects.exists()


def test_turning_it_off_later_asks_for_the_password_again(client: Client, dana: User) -> None:
    set_up(client)
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        answer = client.get("/accounts/2fa/totp/deactivate/")
        assert answer["Location"].startswith("/accounts/reauthenticate/")
        assert "Confirm that it's you" in text_of(client.get(answer["Location"]))
        assert "Confirm that it's you" in text_of(client.get("/accounts/2fa/reauthenticate/"))


def test_the_qr_code_is_inline_svg_without_inline_code(client: Client, dana: User) -> None:
    confirm(client)
    page = parse(client.get(ACTIVATE).content.decode())
    assert page.findall(".//*[@role='img']/{*}svg/{*}path")
    assert not page.findall(".//script")
    assert not page.findall(".//*[@style]")
    assert not page.findall(".//img")


def test_the_profile_links_to_two_step_sign_in_and_keeps_its_name(client: Client, dana: User) -> None:
    signed_in(client, dana)
    assert "/profile/" in client.get("/o/acme/requests/").content.decode()
    page = text_of(client.get("/profile/"))
    assert "dana@acme.example" in page
    assert "Acme GmbH Owner" in page
    assert "Second step Off" in page
    assert "Your name is now Dana W." in text_of(client.post("/profile/", {"name": " Dana W. "}, follow=True))
    assert text_of(client.post("/profile/", {"name": ""})).startswith("Error: ")
    assert User.objects.get(pk=dana.pk).name == "Dana W."
    assert User.objects.get(pk=dana.pk).check_password(PASSWORD)


def test_someone_following_an_invitation_returns_to_it_after_the_second_step(client: Client, dana: User) -> None:
    secret, _codes = set_up(client)
    eve = make_member(make_organization("Beta AG", slug="beta"), Role.OWNER, make_user(password=PASSWORD))
    press(signed_in(Client(), eve), "/o/beta/members/invite/", {"emails": dana.email, "role": "viewer"})
    link, browser = link_in_newest_email(dana.email), Client()
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        browser.post(f"/accounts/login/?next={link}", {"login": dana.email, "password": PASSWORD})
        assert browser.post(AUTHENTICATE, {"code": code_of(secret)})["Location"] == link
        assert "You joined Beta AG as Viewer." in text_of(browser.post(link, follow=True))


def test_changing_the_address_keeps_the_second_step(client: Client, dana: User) -> None:
    _secret, codes = set_up(client)
    client.post("/accounts/email/", {"action_add": "1", "email": "dana@beta.example"})
    client.post("/accounts/confirm-email/", {"code": code_for("dana@beta.example")})
    browser = Client()
    assert sign_in(browser, "dana@beta.example")["Location"] == AUTHENTICATE
    browser.post(AUTHENTICATE, {"code": codes[0]})
    assert is_in(browser)
