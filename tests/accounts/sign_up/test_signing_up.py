"""From the sign-up page to the first page of a new organization."""

from __future__ import annotations

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import Membership, Organization, Role, User
from tests.accounts.pages import CONFIRM, SIGN_UP, code_for, emails, make_verified_user, sign_up, text_of
from tests.factories import make_member, make_organization

pytestmark = pytest.mark.django_db


def test_a_new_customer_gets_from_sign_up_to_the_setup_list(client: Client) -> None:
    assert client.get(SIGN_UP).status_code == 200
    answer = sign_up(client)
    assert (answer.status_code, answer["Location"]) == (302, CONFIRM)
    said = text_of(client.get(CONFIRM))
    assert "dana@acme.example" in said
    assert "works for 15 minutes" in said
    assert "works for 15 minutes" in emails("dana@acme.example")[0].text
    assert settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT == 15 * 60

    answer = client.post(CONFIRM, {"code": code_for("dana@acme.example")})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    page = client.get("/", follow=True)
    assert page.redirect_chain == [("/o/acme-gmbh/setup/", 302)]
    assert "Acme GmbH" in text_of(page)

    user = User.objects.get()
    assert (user.name, user.email) == ("Dana Whitfield", "dana@acme.example")
    membership = Membership.objects.select_related("organization").get(user=user)
    assert (membership.role, membership.organization.time_zone) == (Role.OWNER, "Europe/Berlin")


def test_the_code_is_a_message_row_that_a_worker_sends(client: Client) -> None:
    sign_up(client)
    (email,) = emails("dana@acme.example")
    assert (email.state, email.organization, email.subject) == (WorkState.PENDING, None, "Your Crosschq code")
    assert code_for("dana@acme.example") in email.html


def test_nobody_is_signed_in_before_entering_the_code(client: Client) -> None:
    sign_up(client)
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/")


def test_a_wrong_code_shows_an_error_and_the_right_one_still_works(client: Client) -> None:
    sign_up(client)
    assert "That isn't the code in the email. Enter the newest one" in text_of(client.post(CONFIRM, {"code": "XXXX"}))
    assert client.post(CONFIRM, {"code": code_for("dana@acme.example")}).status_code == 302


def test_after_three_wrong_codes_the_right_one_is_refused(client: Client) -> None:
    sign_up(client)
    code = code_for("dana@acme.example")
    for _ in range(3):
        client.post(CONFIRM, {"code": "XXXX"})
    client.post(CONFIRM, {"code": code})
    assert client.get("/")["Location"].startswith("/accounts/login/")


def test_a_code_expires_after_15_minutes(client: Client) -> None:
    with time_machine.travel(clock.now(), tick=False) as moved:
        sign_up(client)
        code = code_for("dana@acme.example")
        moved.shift(15 * 60 + 1)
        client.post(CONFIRM, {"code": code})
        assert client.get("/")["Location"].startswith("/accounts/login/")


def test_a_new_code_can_be_requested_and_replaces_the_old_one(client: Client) -> None:
    with time_machine.travel(clock.now(), tick=False) as moved:
        sign_up(client)
        moved.shift(60)
        assert "Send a new code" in text_of(client.get(CONFIRM))
        client.post(CONFIRM, {"action": "resend"})
        assert len(emails("dana@acme.example")) == 2
        assert client.post(CONFIRM, {"code": code_for("dana@acme.example")})["Location"] == "/"


def test_a_mistyped_address_is_corrected_by_signing_up_again(client: Client) -> None:
    sign_up(client, email="dnaa@acme.example")
    assert "Sign up with a different email address" in text_of(client.get(CONFIRM))
    assert client.post("/accounts/logout/", {"next": SIGN_UP})["Location"] == SIGN_UP
    assert client.get(SIGN_UP).status_code == 200
    sign_up(client, email="dana@acme.example")
    assert client.post(CONFIRM, {"code": code_for("dana@acme.example")})["Location"] == "/"


def test_signing_up_with_a_taken_address_looks_the_same_and_emails_its_owner(client: Client) -> None:
    make_verified_user("dana@acme.example")
    answer = sign_up(client, email="Dana@Acme.example")
    assert (answer.status_code, answer["Location"]) == (302, CONFIRM)
    assert "Check your email" in text_of(client.get(CONFIRM))
    (email,) = emails("dana@acme.example")
    assert email.subject == "You already have an account"
    assert "http://localhost:8000/accounts/login/" in email.text
    assert not Organization.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Full name"),
        ("organization", "", "Organization name"),
        ("name", "Dana \u202edleiftihW", "an invisible character"),
        ("organization", "Acme \u202eHbmG", "an invisible character"),
        ("organization", "Acme\x07GmbH", "an invisible character"),
        ("email", "dana@", "mail"),
        ("time_zone", "Mars/Olympus", "Time zone"),
        *(("time_zone", zone, "Time zone") for zone in ("Factory", "localtime", "Zulu", "W-SU", "Etc/GMT+12", "EST")),
        ("time_zone", "", "Choose an option for “Time zone”"),
        ("password1", "short", "12"),
        ("password1", "dana@acme.example", "similar"),
        ("password1", "qwerty123456", "common"),
    ],
)
def test_invalid_input_shows_an_error_and_creates_nothing(
    client: Client, field: str, value: str, sentence: str
) -> None:
    answer = sign_up(client, **{field: value})
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert text_of(answer).startswith("Error: ")
    assert not User.objects.exists()
    assert not Organization.objects.exists()


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Kyiv", "America/Argentina/Ushuaia", "Asia/Kolkata", "Pacific/Auckland"]
)
def test_signing_up_works_with_time_zones_around_the_world(client: Client, zone: str) -> None:
    assert sign_up(client, time_zone=zone).status_code == 302
    assert Organization.objects.get().time_zone == zone


@pytest.mark.parametrize("value", ["\x00", "a\x00b", "<script>alert(1)</script>", "Ünïcödé 北京", "x" * 120])
def test_no_name_breaks_the_pages(client: Client, value: str) -> None:
    answer = sign_up(client, name=value, organization=value)
    assert answer.status_code in (200, 302)
    if answer.status_code == 302:
        client.post(CONFIRM, {"code": code_for("dana@acme.example")})
        page = client.get("/", follow=True)
        assert page.status_code == 200
        assert b"<script>alert" not in page.content


def test_a_user_without_an_organization_learns_what_to_do(client: Client) -> None:
    client.force_login(make_verified_user())
    page = client.get("/")
    assert page.status_code == 200
    assert "You aren't in an organization" in text_of(page)


def test_home_is_the_organization_that_the_user_joined_first(client: Client) -> None:
    first, second = make_organization("Zebra", slug="zebra"), make_organization("Acme", slug="acme")
    user = make_member(first, Role.VIEWER)
    make_member(second, Role.OWNER, user)
    make_member(second, Role.VIEWER)
    client.force_login(user)
    assert client.get("/")["Location"] == "/o/zebra/requests/"


def test_signing_up_with_a_known_address_looks_the_same_and_hashes_as_much(
    monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    make_verified_user("known@acme.example")
    pages, hashed = [], list[int]()
    encode = MD5PasswordHasher.encode

    def counted(hasher: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed[-1] += 1
        return str(encode(hasher, password, salt))

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    for email in ("known@acme.example", "new@acme.example"):
        hashed.append(0)
        browser = Client()
        answer = sign_up(browser, email=email)
        assert (answer.status_code, answer["Location"]) == (302, CONFIRM)
        pages.append(text_of(browser.get(CONFIRM)).replace(email, "…"))
    assert pages[0] == pages[1]
    assert hashed[0] == hashed[1] == 1
