"""How a message leaves: by SMTP, by the API of a mail provider (the setting EMAIL_PROVIDER), or as a text message.

Mail is handed over at least once: if the answer to the last dot is lost, the same mail goes again, with the same
Message-ID.
"""

import smtplib
from contextlib import AbstractContextManager
from email.errors import MessageError
from email.utils import formataddr, parseaddr

import requests
from anymail.exceptions import AnymailAPIError, AnymailInvalidAddress, AnymailRecipientsRefused
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import fault
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.web import http
from crosschq.messaging.channels import text_messages
from crosschq.messaging.content.one_line import plain
from crosschq.messaging.models import ERASED, OPT_OUTS, Channel, Message
from crosschq.messaging.sending import suppression
from crosschq.messaging.sending.quiet_hours import next_waking
from crosschq.tenancy.scope import cross_tenant, tenant

REFUSED = 550  # RFC 5321: mailbox unavailable
MALFORMED = (400, 413, 422)  # RFC 9110: this content will not be taken, now or later


def send(message: Message) -> None:
    """Hand the message over, unless its address is not written to anymore; then forget its text."""
    if not message.text:
        raise work_item.GiveUp(
            _("Its text was removed a week after it could not be sent. Write a new one."), code="scrubbed"
        )
    if _is_unwanted(message):
        return
    if _waits_for_the_morning(message):
        return
    hand_over = text_messages.hand_over if message.channel == Channel.TEXT else _hand_over_email
    done = hand_over(message)
    with _scope(message):
        work_item.finish(message, **ERASED, **done)


def _is_unwanted(message: Message) -> bool:
    """Cancels what somebody asked not to get. Raises GiveUp for an address that cannot be reached."""
    with cross_tenant("an address may be stopped for everybody"):
        reason = suppression.reason_for(message)
    if reason is None:
        return False
    if reason not in OPT_OUTS:
        raise work_item.GiveUp(str(reason.label), code="suppressed")
    with _scope(message):
        work_item.finish(message, state=WorkState.CANCELLED, reason=str(reason.label), **ERASED)
    return True


def _scope(message: Message) -> AbstractContextManager[None]:
    return tenant(message.organization) if message.organization else cross_tenant("a mail of sign-in was sent")


def _hand_over_email(message: Message) -> dict[str, str]:
    """To the SMTP server, or to the provider by its API. Returns what is kept of its answer."""
    fault("email_before_send")
    try:
        email = _as_email(message)
        with get_connection() as server:
            _under_our_rules(server)
            server.send_messages([email])
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        raise _refused(code, message) from error
    except smtplib.SMTPDataError as error:
        raise _refused(error.smtp_code, message) from error
    except (AnymailRecipientsRefused, AnymailInvalidAddress) as error:
        raise _refused(REFUSED, message) from error
    except AnymailAPIError as error:
        if getattr(error, "status_code", None) in MALFORMED:
            raise _refused(REFUSED, message) from error
        # A wrong key too: whoever runs the product can mend that, and the mail goes.
        raise work_item.DestinationUnavailable(_("The mail server did not answer."), code="mail_unreachable") from error
    except (smtplib.SMTPException, http.Unreachable, OSError) as error:
        # Also what is between us and our server: a wrong password, a sender address that it does not take.
        raise work_item.DestinationUnavailable(_("The mail server did not answer."), code="mail_unreachable") from error
    except (ValueError, ValidationError, MessageError) as error:
        raise work_item.GiveUp(_("%(address)s cannot be written to.") % {"address": message.to_email}) from error
    fault("email_after_send")
    status = getattr(email, "anymail_status", None)
    return {"provider_id": str(status.message_id)[:150]} if status and status.message_id else {}


def _under_our_rules(server: object) -> None:
    """A provider's API is called through a session of the library's own."""
    session = getattr(server, "session", None)
    if isinstance(session, requests.Session):
        http.guard(session)


def _waits_for_the_morning(message: Message) -> bool:
    """Put off what fell due in quiet hours, because a server was away for example."""
    now = clock.now()
    waking = next_waking(now, message.quiet_zone) if message.quiet_zone else now
    if waking <= now:
        return False
    with _scope(message):
        work_item.postpone(message, until=waking, reason=_("It waits for the morning where the recipient is."))
    return True


def _refused(code: int, message: Message) -> work_item.Setback:
    """RFC 5321, section 4.2.1: 5yz is final, 4yz may pass later."""
    if code >= 500:
        return work_item.GiveUp(
            _("The mail server refused %(address)s.") % {"address": message.to_email}, code="refused"
        )
    return work_item.Retry(_("The mail server asked us to come back later."), code="mail_busy")


def _as_email(message: Message) -> EmailMultiAlternatives:
    validate_email(message.to_email)
    name, address = parseaddr(settings.LIST_FROM_EMAIL if message.list_unsubscribe else settings.DEFAULT_FROM_EMAIL)
    email = EmailMultiAlternatives(
        subject=_one_line(message.subject),
        body=message.text,
        from_email=formataddr((_one_line(message.sender_name) or name, address)),
        to=[formataddr((_one_line(message.to_name), message.to_email))],
        reply_to=[message.reply_to] if message.reply_to else None,
        headers=_headers(message),
    )
    if message.in_reply_to:
        email.extra_headers |= {"In-Reply-To": message.in_reply_to, "References": message.in_reply_to}
    # Comes back with each event of the provider; SMTP knows nothing of it.
    email.metadata = {"message": str(message.uid)}  # type: ignore[attr-defined]
    if message.html:
        email.attach_alternative(message.html, "text/html")
    return email


def _headers(message: Message) -> dict[str, str]:
    headers = {"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"}
    if message.list_unsubscribe:
        headers["List-Unsubscribe"] = f"<{message.list_unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _one_line(text: str) -> str:
    # What looks like an encoded word (RFC 2047) would be decoded on its way, to a line break for example.
    return plain(text).replace("=?", "= ?")
