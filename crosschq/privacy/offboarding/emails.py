"""Emails to every owner when one of them asks to delete the organization, and when one cancels this."""

from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crosschq.core.text.dates import datetime_text
from crosschq.core.text.time_zones import find_time_zone
from crosschq.messaging.content.email import Action, Email
from crosschq.messaging.sending.caps import CapReached
from crosschq.messaging.sending.send import send_email
from crosschq.tenancy.models import Membership, Organization, Role, User


def deletion_requested(organization: Organization, *, actor: User, at: datetime) -> None:
    """Email every owner, because any of them can still cancel it. Call inside `tenant()`."""
    with timezone.override(find_time_zone(organization.time_zone)):
        words = {"organization": organization, "actor": actor, "when": datetime_text(at)}
    _email_owners(
        organization,
        Email(
            subject=_("%(organization)s will be deleted") % words,
            preheader=_("Any owner can keep it until %(when)s") % words,
            paragraphs=(
                _("%(actor)s asked to delete %(organization)s with everything it holds.") % words,
                _("It happens on %(when)s. Until then you can keep the organization, or export what it holds.") % words,
            ),
            action=Action(_("Keep it or export"), _page(organization)),
            after=(_("If nobody at your company asked for this, keep it, and check who your owners are."),),
        ),
        kind="organization_deletion_requested",
    )


def deletion_canceled(organization: Organization, *, actor: User) -> None:
    """Email every owner. Call inside `tenant()`."""
    words = {"organization": organization, "actor": actor}
    _email_owners(
        organization,
        Email(
            subject=_("%(organization)s stays") % words,
            preheader=_("Nothing is deleted"),
            paragraphs=(_("%(actor)s canceled the deletion of %(organization)s. Nothing was deleted.") % words,),
            action=Action(_("View organization"), _page(organization)),
        ),
        kind="organization_deletion_canceled",
    )


def _page(organization: Organization) -> str:
    path = reverse("privacy:offboarding", args=[organization.slug])
    return f"{settings.BASE_URL}{path}"


def _email_owners(organization: Organization, email: Email, *, kind: str) -> None:
    """Email each owner. What a cap refuses is dropped, because the page shows it too."""
    owners = Membership.objects.filter(organization=organization, role=Role.OWNER, user__is_active=True)
    for owner in owners.select_related("user").order_by("pk"):
        with suppress(CapReached):
            send_email(
                organization=organization, kind=kind, to_email=owner.user.email, to_name=owner.user.name, email=email
            )
