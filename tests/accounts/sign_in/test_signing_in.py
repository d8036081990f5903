"""Signing in and out, forgotten and changed passwords, and limits on guessing."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from crosschq.accounts.sign_in.adapter import MOST_WRONG_PASSWORDS
from crosschq.core import clock
from crosschq.privacy.retention import nightly
from crosschq.tenancy.models import User
from tests.accounts.pages import SIGN_IN, code_for, emails, make_verified_user, sign_in, text_of
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
RESET = "/accounts/password/reset/"
NEW_PASSWORD = "another long enough sentence"
WRONG = "The email and password don't match"


def is_signed_in(client: Client) -> bool:
    return not client.get("/").get("Location", "").startswith(SIGN_IN)


@pytest.mark.parametrize("typed", ["dana@acme.example", "Dana@ACME.example", " dana@acme.example "])
def test_signing_in_works_with_any_spelling_of_the_address(client: Client, typed: str) -> None:
    make_verified_user()
    assert sign_in(client, typed)["Location"] == "/"
    assert is_signed_in(client)


def test_a_session_lasts_two_weeks(client: Client) -> None:
    make_verified_user()
    with time_machine.travel(clock.now(), tick=False) as moved:
        cookie = sign_in(client, "dana@acme.example").cookies["sessionid"]
        assert int(cookie["max-age"]) == 14 * 24 * 3600
        moved.shift(timedelta(days=14, seconds=1))
        assert not is_signed_in(client)
        nightly.run(now=clock.now())
    assert not Session.objects.exists()


def test_signing_in_continues_to_the_requested_page(client: Client) -> None:
    make_verified_user()
    asked = client.get("/o/acme/requests/?page=2")
    assert asked["Location"] == "/accounts/login/?next=/o/acme/requests/%3Fpage%3D2"
    answer = client.post(asked["Location"], {"login": "dana@acme.example", "password": PASSWORD})
    assert answer["Location"] == "/o/acme/requests/?page=2"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example", "https://["]
)
def test_signing_in_never_redirects_to_another_site(client: Client, target: str) -> None:
    make_verified_user()
    form = {"login": "dana@acme.example", "password": PASSWORD, "next": target}
    assert client.post(SIGN_IN, form)["Location"] == "/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_error(client: Client) -> None:
    make_verified_user()
    wrong, unknown = sign_in(client, "dana@acme.example", "wrong"), sign_in(client, "nobody@acme.example", "wrong")
    assert WRONG in text_of(wrong)
    assert text_of(wrong).replace("dana@", "nobody@") == text_of(unknown)
    assert "wrong" not in text_of(wrong)


def test_after_five_wrong_passwords_even_the_right_one_waits_five_minutes(client: Client) -> None:
    make_verified_user()
    with time_machine.travel(clock.now(), tick=False) as moved:
        for _ in range(5):
            assert WRONG in text_of(sign_in(client, "dana@acme.example", "wrong"))
        assert "Too many attempts" in text_of(sign_in(client, "dana@acme.example"))
        moved.shift(timedelta(minutes=5, seconds=1))
        assert sign_in(client, "dana@acme.example").status_code == 302


def test_wrong_passwords_from_elsewhere_do_not_lock_the_owner_out(client: Client) -> None:
    make_verified_user()
    stranger = Client(REMOTE_ADDR="192.0.2.7")
    said = [text_of(sign_in(stranger, "dana@acme.example", "wrong")) for _ in range(6)]
    assert "Too many attempts" in said[-1]
    assert sign_in(client, "dana@acme.example").status_code == 302


@pytest.mark.parametrize("email", ["dana@acme.example", "nobody@acme.example"])
def test_after_many_wrong_passwords_from_anywhere_a_code_by_email_is_needed(email: str) -> None:
    make_verified_user()
    for number in range(MOST_WRONG_PASSWORDS):
        assert WRONG in text_of(sign_in(Client(REMOTE_ADDR=f"192.0.2.{number}"), email, "wrong"))
    for password in ("wrong", PASSWORD):
        page = sign_in(Client(REMOTE_ADDR="198.51.100.1"), email, password)
        assert "Choose Forgot password to get a code by email" in text_of(page)


def test_the_owner_gets_in_with_the_emailed_code_and_from_a_network_where_they_are_signed_in(client: Client) -> None:
    make_verified_user()
    assert sign_in(client, "dana@acme.example").status_code == 302
    client.get("/profile/")
    for number in range(MOST_WRONG_PASSWORDS):
        sign_in(Client(REMOTE_ADDR=f"192.0.2.{number}"), "dana@acme.example", "wrong")
    assert sign_in(Client(), "dana@acme.example").status_code == 302, "the network of their session"
    away = Client(REMOTE_ADDR="198.51.100.1")
    assert "code by email" in text_of(sign_in(away, "dana@acme.example"))
    away.post("/accounts/password/reset/", {"email": "dana@acme.example"})
    away.post("/accounts/password/reset/confirm/", {"code": code_for("dana@acme.example")})
    new = "another long sentence"
    away.post("/accounts/password/reset/complete/", {"password1": new, "password2": new})
    assert sign_in(Client(REMOTE_ADDR="203.0.113.5"), "dana@acme.example", new).status_code == 302


def test_one_ip_address_cannot_try_many_accounts(client: Client) -> None:
    answers = (sign_in(client, f"user{number}@acme.example", "wrong").status_code for number in range(40))
    assert 429 in answers


def test_an_inactive_account_cannot_sign_in(client: Client) -> None:
    user = make_verified_user()
    sign_in(client, user.email)
    User.objects.update(is_active=False)
    assert not is_signed_in(client)
    sign_in(client, user.email)
    assert not is_signed_in(client)


def test_signing_out_takes_a_click_and_ends_the_session(client: Client) -> None:
    make_verified_user()
    sign_in(client, "dana@acme.example")
    assert client.get("/accounts/logout/").status_code == 200
    assert is_signed_in(client)
    client.post("/accounts/logout/")
    assert not is_signed_in(client)


def set_new_password(client: Client, email: str) -> None:
    client.post(RESET, {"email": email})
    client.post("/accounts/password/reset/confirm/", {"code": code_for(email)})
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    answer = client.post("/accounts/password/reset/complete/", form)
    assert answer.status_code == 302, text_of(answer)
    assert client.get(answer["Location"]).status_code == 200


def test_a_forgotten_password_is_reset_with_an_emailed_code(client: Client) -> None:
    make_verified_user()
    set_new_password(client, "dana@acme.example")
    assert WRONG in text_of(sign_in(client, "dana@acme.example"))
    assert sign_in(client, "dana@acme.example", NEW_PASSWORD).status_code == 302
    code, notice = emails("dana@acme.example")
    assert (code.subject, notice.subject) == ("Your code for a new password", "Your Crosschq account changed")


def test_a_new_password_ends_the_sessions_in_other_browsers(client: Client) -> None:
    make_verified_user()
    stolen = Client()
    sign_in(stolen, "dana@acme.example")
    assert is_signed_in(stolen)
    set_new_password(client, "dana@acme.example")
    assert not is_signed_in(stolen)


def test_resetting_the_password_of_an_unknown_address_looks_the_same(client: Client) -> None:
    make_verified_user()
    known = client.post(RESET, {"email": "dana@acme.example"}, follow=True)
    unknown = Client().post(RESET, {"email": "nobody@acme.example"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert text_of(known).replace("dana@", "nobody@") == text_of(unknown)
    (email,) = emails("nobody@acme.example")
    assert email.subject == "No account with this address"
    assert "http://localhost:8000/accounts/signup/" in email.text


def test_changing_the_password_requires_the_old_one_and_is_confirmed_by_email(client: Client) -> None:
    make_verified_user()
    sign_in(client, "dana@acme.example")
    form = {"oldpassword": "wrong", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert "That isn't your current password" in text_of(client.post("/accounts/password/change/", form))
    assert client.post("/accounts/password/change/", form | {"oldpassword": PASSWORD}).status_code == 302
    assert is_signed_in(client)
    assert "The password of your account was changed." in emails("dana@acme.example")[-1].text


def test_changing_the_address_requires_the_password_and_a_code_from_the_new_address(client: Client) -> None:
    make_verified_user()
    sign_in(client, "dana@acme.example")
    assert "Change your email address" in text_of(client.get("/accounts/email/"))
    asked = client.post("/accounts/email/", {"action_add": "1", "email": "dana.whitfield@acme.example"})
    assert not emails("dana.whitfield@acme.example")
    assert "Confirm that it's you" in text_of(client.get(asked["Location"]))
    client.post(asked["Location"], {"password": PASSWORD})
    assert User.objects.get().email == "dana@acme.example"
    client.post("/accounts/confirm-email/", {"code": code_for("dana.whitfield@acme.example")})
    assert User.objects.get().email == "dana.whitfield@acme.example"
    assert "The email address of your account was changed." in emails("dana@acme.example")[-1].text


def test_links_in_emails_ignore_the_host_header(client: Client) -> None:
    client.post(RESET, {"email": "nobody@acme.example"}, headers={"host": "127.0.0.1:666"})
    assert "127.0.0.1" not in emails("nobody@acme.example")[-1].text


def test_flushing_the_cache_signs_nobody_out(client: Client) -> None:
    make_verified_user()
    sign_in(client, "dana@acme.example")
    cache.clear()
    assert is_signed_in(client)


@pytest.mark.parametrize(("name", "label"), [("login", "Email"), ("signup", "Work email"), ("reset_password", "Email")])
def test_an_error_names_the_field_by_its_label(client: Client, name: str, label: str) -> None:
    text = client.post(reverse(f"account_{name}"), {}).content.decode()
    assert f"Fill in “{label}”" in text
    assert f">{label}<" in " ".join(text.split()).replace("> ", ">").replace(" <", "<")
