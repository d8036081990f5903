"""One email about many requests, to the member who now owns them."""

from contextlib import suppress

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crosschq.messaging.content.email import Action, Email
from crosschq.messaging.sending.caps import CapReached
from crosschq.messaging.sending.send import send_email
from crosschq.tenancy.models import Organization
from requests_app.notifications.send import absolute


def tell_new_owner(organization: Organization, name: str, email: str, *, count: int, actor: str) -> None:
    """Say that they own `count` more requests. What a cap refuses is dropped, because their list shows them too."""
    words = {"count": count, "actor": actor, "organization": organization.name}
    subject = ngettext("You now own %(count)d more request", "You now own %(count)d more requests", count) % words
    changed = ngettext(
        "%(actor)s made you the owner of %(count)d reference request at %(organization)s.",
        "%(actor)s made you the owner of %(count)d reference requests at %(organization)s.",
        count,
    )
    content = Email(
        sender=organization.name,
        subject=subject,
        preheader=_("%(actor)s made you the owner") % words,
        paragraphs=(
            changed % words,
            _("Emails about them and replies from candidates go to you, and you can open the reports."),
        ),
        action=Action(
            _("View your requests"), absolute(f"{reverse('requests:list', args=[organization.slug])}?view=mine")
        ),
    )
    with suppress(CapReached):
        send_email(organization=organization, kind="owner_of_many", to_email=email, to_name=name, email=content)
