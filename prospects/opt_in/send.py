"""Sends emails to prospects, and to staff about prospects. The text is in email_content.py."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from connectors.models import Connection
from crosschq.core.security import secret_links
from crosschq.messaging.content.email import Email
from crosschq.messaging.models import Message
from crosschq.messaging.sending.send import About, Sender, send_email
from prospects.models import Prospect
from prospects.opt_in import email_content
from requests_app.notifications.send import absolute

PROSPECT_LINK = "prospect"  # purpose of the secret links in emails to prospects
ABOUT_KIND = "prospect"
# A year of consent plus a month, so that the link still works for a while after everything is deleted.
LINK_DAYS = 366 + 31


@dataclass(frozen=True)
class RemovedPerson:
    """Someone who is being removed; not stored in any row."""

    name: str
    email: str


def send_receipt(prospect: Prospect, *, reply_to: str) -> Message:
    token = _token(prospect)
    email = email_content.receipt(prospect, url=_absolute("prospect:stored", token))
    return _to_prospect(prospect, "prospect_receipt", email, token, reply_to=reply_to)


def ask_to_renew(prospect: Prospect) -> Message:
    token = _token(prospect)
    email = email_content.renewal(prospect, url=_absolute("prospect:renew", token))
    return _to_prospect(prospect, "prospect_renewal", email, token)


def notify_staff_to_delete(tombstone: Prospect) -> Message | None:
    """Ask staff to delete a candidate that the export created."""
    return _to_staff(
        tombstone, lambda ats, name, url: email_content.delete_candidate(tombstone, ats=ats, name=name, url=url)
    )


def notify_staff_to_search(tombstone: Prospect, person: RemovedPerson | None) -> Message | None:
    """Ask staff to search for a candidate that the export may have created.

    Only this email has the name, and only until it is sent.
    """
    text = f"{person.name}, {person.email}" if person else ""
    return _to_staff(
        tombstone,
        lambda ats, name, url: email_content.search_candidate(tombstone, person=text, ats=ats, name=name, url=url),
    )


def notify_staff_of_linked(tombstone: Prospect, candidate_id: str) -> Message | None:
    """Tell staff about a candidate that existed before the export."""
    return _to_staff(
        tombstone, lambda ats, name, _url: email_content.linked_candidate(candidate_id, ats=ats, name=name)
    )


def _to_staff(tombstone: Prospect, email: Callable[[str, str, str], Email]) -> Message | None:
    """Email the fallback owner of the connection. Returns None if there is none. `email`: of ATS, name, and URL."""
    organization = tombstone.organization
    connection = Connection.objects.exclude(fallback_owner_email="").order_by("-connected_at", "-id").first()
    if connection is None:
        return None
    url = _absolute("prospects:removed", organization.slug)
    return send_email(
        organization=organization,
        kind="prospect_to_delete",
        to_email=connection.fallback_owner_email,
        to_name=connection.fallback_owner_name,
        email=email(connection.ats_name, connection.fallback_owner_name, url),
        about=About("tombstone", tombstone.uid),
    )


def _token(prospect: Prospect) -> str:
    return secret_links.mint(
        purpose=PROSPECT_LINK, subject=prospect.uid, scope_key=prospect.organization_id, days=LINK_DAYS
    )


def _to_prospect(prospect: Prospect, kind: str, email: Email, token: str, *, reply_to: str = "") -> Message:
    return send_email(
        organization=prospect.organization,
        kind=kind,
        to_email=prospect.email,
        to_name=prospect.name,
        email=email,
        sender=Sender(
            name=_("%(organization)s via Crosschq") % {"organization": prospect.organization.name},
            reply_to=reply_to,
            colored=True,
        ),
        about=About(ABOUT_KIND, prospect.uid),
        list_unsubscribe=_absolute("prospect:unsubscribe", token),
    )


def _absolute(name: str, *args: str) -> str:
    return absolute(reverse(name, args=args))
