"""The sign-in pages use our layout: one heading, labeled controls, our wording, valid HTML."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from crosschq.tenancy.models import User
from tests.factories import PASSWORD, make_user, signed_in
from tests.ui.markup import only, parse, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana() -> User:
    return make_user("dana.ruiz@acme.example", name="Dana Ruiz", password=PASSWORD)


def heading_at(client: Client, url: str) -> str:
    response = client.get(url, follow=True)
    assert response.status_code == 200
    page = parse(response.content.decode())
    labels = {label.get("for") for label in page.iter("label")}
    wrapped = {id(control) for label in page.iter("label") for control in label.iter()}
    for control in page.iter("input"):
        assert control.get("type") == "hidden" or control.get("id") in labels or id(control) in wrapped
    assert not re.search(r"\b(please|sorry|invalid|oops)\b", text_of(only(page, ".//main")), re.IGNORECASE)
    return text_of(only(page, ".//h1"))


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("account_login", "Sign in"),
        ("account_signup", "Create an organization"),
        ("account_reset_password", "Set a new password"),
        ("account_inactive", "This account is closed"),
    ],
)
def test_a_page_before_sign_in_uses_our_layout(client: Client, name: str, heading: str) -> None:
    assert heading_at(client, reverse(name)) == heading


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("account_logout", "Sign out"),
        ("account_change_password", "Change your password"),
        ("account_reauthenticate", "Confirm that it's you"),
    ],
)
def test_a_page_after_sign_in_uses_our_layout(client: Client, dana: User, name: str, heading: str) -> None:
    assert heading_at(signed_in(client, dana), reverse(name)) == heading


def test_requesting_a_new_password_asks_for_the_code(client: Client, dana: User) -> None:
    client.post(reverse("account_reset_password"), {"email": dana.email})
    heading = heading_at(client, reverse("account_confirm_password_reset_code"))
    assert heading == "Enter the code to set a new password"


def test_a_wrong_password_is_reported_above_the_form_and_the_address_is_kept(client: Client, dana: User) -> None:
    response = client.post(reverse("account_login"), {"login": dana.email, "password": "wrong"})
    page = parse(response.content.decode())
    assert text_of(only(page, ".//*[@role='alert']/ul")) == "The email and password don't match"
    assert only(page, ".//input[@name='login']").get("value") == dana.email
    assert text_of(only(page, ".//title")).startswith("Error: ")
