"""Emails to an organization's admins about its connection."""

from collections.abc import Sequence
from contextlib import suppress

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from connectors.models import Connection
from crosschq.messaging.content.email import Action, Email
from crosschq.messaging.sending.caps import CapReached
from crosschq.messaging.sending.send import About, send_email
from crosschq.tenancy.models import Membership, Role


def needs_sign_in(connection: Connection) -> None:
    """Email each owner and admin. Call in the transaction that records the lost grant."""
    organization = connection.organization
    path = reverse("connectors:manage", args=[organization.slug, connection.vendor])
    email = Email(
        subject=_("%(ats)s connection stopped") % {"ats": connection.ats_name},
        preheader=_("Candidates wait until an admin signs in again"),
        paragraphs=(
            _("%(ats)s no longer accepts the sign-in of %(organization)s.")
            % {"ats": connection.ats_name, "organization": organization},
            _("Candidates moved to the step in the meantime are kept and continue after you sign in again."),
        ),
        action=Action(_("Reconnect"), settings.BASE_URL + path),
    )
    _email_admins(connection, email, kind="connection_needs_sign_in")


def setup_changed(connection: Connection, changes: Sequence[str]) -> None:
    """Email each owner and admin that something requests depend on is gone. Call inside `tenant()`."""
    organization = connection.organization
    path = reverse("connectors:manage", args=[organization.slug, connection.vendor])
    email = Email(
        subject=_("%(ats)s changed: requests stopped") % {"ats": connection.ats_name},
        preheader=changes[0],
        paragraphs=(
            _("Something that requests of %(organization)s need has changed in %(ats)s.")
            % {"ats": connection.ats_name, "organization": organization},
            *changes,
            _("Affected candidates won't get a request until this is fixed. The connection page explains how."),
        ),
        action=Action(_("See what to do"), settings.BASE_URL + path),
        after=(_("We email you about this once, and again only if it happens again."),),
    )
    _email_admins(connection, email, kind="connection_setup_changed")


def candidate_deleted(connection: Connection, url: str) -> None:
    """Email each owner and admin that the ATS deleted a candidate. `url`: what we store about them. In `tenant()`."""
    words = {"ats": connection.ats_name, "organization": connection.organization}
    email = Email(
        subject=_("%(ats)s deleted a candidate") % words,
        preheader=_("Decide whether to erase them here too"),
        paragraphs=(
            _("A candidate of %(organization)s was deleted in %(ats)s, or merged with another profile.") % words,
            _("What is stored about them here stays until you erase it or its retention period ends."),
        ),
        action=Action(_("See what is stored"), url),
    )
    _email_admins(connection, email, kind="candidate_deleted")


def _email_admins(connection: Connection, email: Email, *, kind: str) -> None:
    """Email each of them. What a cap refuses is dropped, because pages show it too."""
    organization = connection.organization
    admins = Membership.objects.select_related("user").filter(
        organization=organization, role__in=[Role.OWNER, Role.ADMIN], user__is_active=True
    )
    for membership in admins:
        with suppress(CapReached):
            send_email(
                organization=organization,
                kind=kind,
                to_email=membership.user.email,
                to_name=membership.user.name,
                email=email,
                about=About("connection", connection.uid),
            )
