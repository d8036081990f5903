"""Using the account pages through the test client."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.test import Client

from crosschq.messaging.models import Message
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import cross_tenant
from tests.factories import PASSWORD, make_user

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

SIGN_UP = "/accounts/signup/"
SIGN_IN = "/accounts/login/"
CONFIRM = "/accounts/confirm-email/"


def sign_up(client: Client, **fields: str) -> Answer:
    form = {
        "name": "Dana Whitfield",
        "email": "dana@acme.example",
        "organization": "Acme GmbH",
        "time_zone": "Europe/Berlin",
        "password1": PASSWORD,
        **fields,
    }
    return client.post(SIGN_UP, form)


def sign_in(client: Client, email: str, password: str = PASSWORD) -> Answer:
    return client.post(SIGN_IN, {"login": email, "password": password})


def make_verified_user(email: str = "dana@acme.example") -> User:
    """A user who can sign in with PASSWORD."""
    user = make_user(email, password=PASSWORD)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def emails(to: str) -> list[Message]:
    """The sign-in emails to a user, oldest first."""
    with cross_tenant("sign-in emails belong to no organization"):
        return list(Message.objects.filter(to_email=to).order_by("id"))


def code_for(email: str) -> str:
    """The code in the newest email: alone on its line."""
    (code,) = re.findall(r"^ +([A-Z0-9-]+)$", emails(email)[-1].text, re.MULTILINE)
    return str(code)


def text_of(answer: Answer) -> str:
    """The text of a page, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())
