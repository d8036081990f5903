"""Mails to an organization's admins about its connection."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from crosschq.messaging.mail import Action, Mail
from crosschq.messaging.send import send_mail
from crosschq.organizations.models import Membership, Role

from .models import Connection


def needs_sign_in(connection: Connection) -> None:
    """One mail to each owner and admin, in the transaction that finds the grant gone."""
    organization = connection.organization
    path = reverse("connectors:manage", args=[organization.slug, connection.vendor])
    mail = Mail(
        subject=_("SmartRecruiters connection stopped"),
        preheader=_("Candidates wait until somebody signs in again"),
        paragraphs=(
            _("SmartRecruiters no longer accepts the sign-in of %(organization)s.") % {"organization": organization},
            _("Candidates who are moved to the step meanwhile are kept, and go on once you have signed in again."),
        ),
        action=Action(_("Reconnect"), settings.BASE_URL + path),
    )
    admins = Membership.objects.select_related("user").filter(
        organization=organization, role__in=[Role.OWNER, Role.ADMIN], user__is_active=True
    )
    for membership in admins:
        send_mail(
            organization=organization,
            kind="connection_needs_sign_in",
            to_email=membership.user.email,
            to_name=membership.user.name,
            mail=mail,
            about_kind="connection",
            about_uid=connection.uid,
        )
