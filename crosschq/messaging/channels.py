"""How a message leaves. E-mail goes by Django's SMTP backend; other channels are further functions here.

SMTP hands over at least once: if the answer to the last dot is lost, the same mail goes again, with the same
Message-ID.
"""

import smtplib
from email.errors import MessageError
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from crosschq.core import work
from crosschq.core.faults import fault
from crosschq.organizations.tenancy import cross_tenant, tenant

from .models import Message


def send(message: Message) -> None:
    """Hand the mail to the SMTP server, then forget its text."""
    if not message.text:
        raise work.GiveUp(
            _("Its text was removed a week after it could not be sent. Write a new one."), code="scrubbed"
        )
    fault("mail_before_send")
    try:
        mail = _as_email(message)
        with get_connection() as server:
            server.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        raise _refused(code, message) from error
    except smtplib.SMTPDataError as error:
        raise _refused(error.smtp_code, message) from error
    except (smtplib.SMTPException, OSError) as error:
        # Also what is between us and our server: a wrong password, a sender address that it does not take.
        raise work.Retry(_("The mail server did not answer."), code="mail_unreachable") from error
    except (ValueError, ValidationError, MessageError) as error:
        raise work.GiveUp(_("%(address)s cannot be written to.") % {"address": message.to_email}) from error
    fault("mail_after_send")
    scope = tenant(message.organization) if message.organization else cross_tenant("a mail of sign-in was sent")
    with scope:
        work.finish(message, text="", html="")


def _refused(code: int, message: Message) -> work.Setback:
    """RFC 5321, section 4.2.1: 5yz is final, 4yz may pass later."""
    if code >= 500:
        return work.GiveUp(_("The mail server refused %(address)s.") % {"address": message.to_email}, code="refused")
    return work.Retry(_("The mail server asked us to come back later."), code="mail_busy")


def _as_email(message: Message) -> EmailMultiAlternatives:
    validate_email(message.to_email)
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    mail = EmailMultiAlternatives(
        subject=_one_line(message.subject),
        body=message.text,
        from_email=formataddr((_one_line(message.sender_name) or name, address)),
        to=[formataddr((_one_line(message.to_name), message.to_email))],
        reply_to=[message.reply_to] if message.reply_to else None,
        headers={"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"},
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    return mail


def _one_line(text: str) -> str:
    # What looks like an encoded word (RFC 2047) would be decoded on its way, to a line break for example.
    return " ".join(text.split()).replace("=?", "= ?")
