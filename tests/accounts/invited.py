"""Invites a person and follows the link in the email."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.test import Client

from crosschq.tenancy.models import Invitation, Organization
from crosschq.tenancy.scope import tenant
from tests.accounts.confirming import press
from tests.accounts.pages import emails

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

MEMBERS = "/o/acme/members/"
INVITE = f"{MEMBERS}invite/"


def invite(client: Client, emails: str, role: str = "recruiter") -> Answer:
    return press(client, INVITE, {"emails": emails, "role": role})


def link_in_newest_email(address: str) -> str:
    """The path of the link in the newest email to this address whose text hasn't been deleted."""
    text = [email.text for email in emails(address) if email.text][-1]
    return str(urlsplit(re.findall(r"http://\S+/invitations/\S+", text)[-1]).path)


def resend_url(organization: Organization) -> str:
    with tenant(organization):
        return f"{MEMBERS}invitations/{Invitation.objects.get().uid}/resend/"
