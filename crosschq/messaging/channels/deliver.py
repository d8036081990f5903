"""Send a message: by SMTP, through an email provider's API (the setting EMAIL_PROVIDER), or as a text message.

An email is handed over at least once: if the server's final response is lost, the same email goes out again with the
same Message-ID.
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
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import fault
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.email_addresses import envelope_address
from crosschq.core.web import http
from crosschq.messaging.channels import refusals, text_messages
from crosschq.messaging.content.one_line import plain
from crosschq.messaging.models import ERASED, OPT_OUTS, Channel, Message
from crosschq.messaging.sending import suppression
from crosschq.messaging.sending.quiet_hours import next_allowed_time
from crosschq.tenancy.scope import cross_tenant, tenant

REFUSED = 554  # RFC 5321: transaction failed
MALFORMED = (400, 413, 422)  # RFC 9110: this content isn't accepted


def send(message: Message) -> None:
    """Hand the message over, unless its address is suppressed, and then erase its text."""
    if not message.text:
        raise work_item.GiveUp(_("Its text was deleted a week after sending failed. Send a new one."), code="scrubbed")
    if _is_suppressed(message):
        return
    if _waits_for_quiet_hours(message):
        return
    hand_over = text_messages.hand_over if message.channel == Channel.TEXT else _hand_over_email
    done = hand_over(message)
    with _scope(message):
        work_item.finish(message, **ERASED, **done)


def _is_suppressed(message: Message) -> bool:
    """Whether the recipient opted out; if so, the message is canceled. Raises GiveUp for an unreachable address."""
    with cross_tenant("an address can be suppressed for all organizations"):
        reason = suppression.reason_for(message)
    if reason is None:
        return False
    if reason not in OPT_OUTS:
        raise work_item.GiveUp(str(reason.label), code="suppressed")
    with _scope(message):
        work_item.finish(message, state=WorkState.CANCELLED, reason=str(reason.label), **ERASED)
    return True


def _scope(message: Message) -> AbstractContextManager[None]:
    return tenant(message.organization) if message.organization else cross_tenant("a sign-in email was sent")


def _hand_over_email(message: Message) -> dict[str, str]:
    """Hand an email to the SMTP server or the provider's API. Returns the columns to store from its response."""
    fault("email_before_send")
    work_item.ensure_ours(message)
    try:
        email = _as_email(message)
        with get_connection() as server:
            _under_our_rules(server)
            server.send_messages([email])
    except smtplib.SMTPRecipientsRefused as error:
        raise refusals.of_recipient(*next(iter(error.recipients.values())), message) from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise refusals.of_sending(error.smtp_code) from error
    except (AnymailRecipientsRefused, AnymailInvalidAddress) as error:
        raise refusals.rejected_address(message) from error
    except AnymailAPIError as error:
        if getattr(error, "status_code", None) in MALFORMED:
            raise refusals.of_sending(REFUSED) from error
        # A wrong key too: once the operator fixes it, the email goes out.
        raise refusals.unreachable() from error
    except (smtplib.SMTPException, http.Unreachable, OSError) as error:
        # This includes problems between us and our server, such as a wrong password.
        raise refusals.unreachable() from error
    except (ValueError, ValidationError, MessageError) as error:
        raise work_item.GiveUp(_("We can't send email to %(address)s.") % {"address": message.to_email}) from error
    fault("email_after_send")
    status = getattr(email, "anymail_status", None)
    return {"provider_id": str(status.message_id)[:150]} if status and status.message_id else {}


def _under_our_rules(server: object) -> None:
    """Apply our HTTP rules to the session that the library uses to call a provider's API."""
    session = getattr(server, "session", None)
    if isinstance(session, requests.Session):
        http.guard(session)


def _waits_for_quiet_hours(message: Message) -> bool:
    """Postpone a message that is due in quiet hours, for example because a server was down earlier."""
    now = clock.now()
    waking = next_allowed_time(now, message.quiet_zone) if message.quiet_zone else now
    if waking <= now:
        return False
    with _scope(message):
        work_item.postpone(
            message, until=waking, reason=_("It will go out in the morning, in the recipient's time zone.")
        )
    return True


def _as_email(message: Message) -> EmailMultiAlternatives:
    name, address = parseaddr(settings.LIST_FROM_EMAIL if message.list_unsubscribe else settings.DEFAULT_FROM_EMAIL)
    email = EmailMultiAlternatives(
        subject=_one_line(message.subject),
        body=message.text,
        from_email=formataddr((_one_line(message.sender_name) or name, address)),
        to=[formataddr((_one_line(message.to_name), envelope_address(message.to_email)))],
        reply_to=[envelope_address(message.reply_to)] if message.reply_to else None,
        headers=_headers(message),
    )
    if message.in_reply_to:
        email.extra_headers |= {"In-Reply-To": message.in_reply_to, "References": message.in_reply_to}
    # The provider returns this with each event. SMTP doesn't use it.
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
    # Text that looks like an encoded word (RFC 2047) would be decoded on the way, for example into a line break.
    return plain(text).replace("=?", "= ?")
