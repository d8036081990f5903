"""The emails to an owner who asked for a code."""

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from crosschq.messaging.content.email import Action, Email
from crosschq.messaging.models import Message
from crosschq.messaging.sending.send import About, send_email
from crosschq.tenancy.actor import EmailOwner
from crosschq.tenancy.models import Organization

KIND = "owner_code"


def send_code(organization: Organization, owner: EmailOwner, code: str) -> Message:
    """Send the code. Raises CapReached."""
    names = {"organization": organization.name}
    email = Email(
        sender=organization.name,
        subject=_("Your code"),  # subjects are kept, so this one doesn't hold the code
        preheader=_("It opens the page about your candidate for 10 minutes"),
        paragraphs=(
            _("Enter this code on the page that asked for your address. It works for 10 minutes."),
            _("It opens what %(organization)s emailed you about as the owner of a reference request.") % names,
        ),
        code=code,
        after=(_("If you didn't ask for it, you can ignore this email. Nobody can get in without this code."),),
    )
    return _send(organization, owner, email)


def send_sign_in_link(organization: Organization, owner: EmailOwner, target: str) -> Message:
    """Tell someone with an account to sign in. Raises CapReached."""
    names = {"organization": organization.name}
    sign_in = settings.BASE_URL + reverse("account_login") + "?" + urlencode({"next": target})
    email = Email(
        sender=organization.name,
        subject=_("Sign in to open the page"),
        preheader=_("You don't need a code, because you have an account"),
        paragraphs=(_("You asked for a code. You don't need one: you're a member of %(organization)s.") % names,),
        action=Action(_("Sign in"), sign_in),
        after=(_("If you didn't ask for it, you can ignore this email."),),
    )
    return _send(organization, owner, email)


def _send(organization: Organization, owner: EmailOwner, email: Email) -> Message:
    return send_email(
        organization=organization,
        kind=KIND,
        to_email=owner.email,
        to_name=owner.name,
        email=email,
        about=About(owner.detail, owner.uid),
    )
