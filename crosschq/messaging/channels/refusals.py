"""What an email server's refusal means: whose fault it is, and whether trying again can help.

Only a response to RCPT can be about the recipient. If the server refuses the sender (MAIL FROM) or the content (DATA),
the problem is on our side and would affect other recipients too.
"""

import re

from django.utils.translation import gettext as _

from crosschq.core.outbox import work_item
from crosschq.messaging.models import SENDING_REFUSED, Message

# RFC 5321, section 4.2.3: no such mailbox, not local, bad name; RFC 7504: the domain takes no email.
_NO_MAILBOX = {550, 551, 553, 556}
_FULL = 552
# RFC 3463: class, subject, and detail. Subject 1 is the address, 2 the mailbox, 4 the route to it.
_STATUS = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_ABOUT_THE_RECIPIENT = {1, 2, 4}
_ABOUT_THE_SENDER = {(1, 7), (1, 8), (2, 3)}  # the sender's address is bad or unknown; the email is too long
_MAILBOX_FULL = (2, 2)
# The response of a server without enhanced status codes that refuses us rather than the mailbox.
_REFUSES_US = re.compile(r"relay|spf|dkim|dmarc|block|blacklist|policy|reputation|spam|authenticat", re.IGNORECASE)


def of_recipient(code: int, response: bytes | str, message: Message) -> work_item.Setback:
    """The setback for a refused RCPT. 5yz is permanent, 4yz is temporary (RFC 5321, section 4.2.1)."""
    text = response.decode(errors="replace") if isinstance(response, bytes) else response
    status = _STATUS.search(text)
    kind = (int(status[2]), int(status[3])) if status else None
    if kind == _MAILBOX_FULL or (kind is None and code == _FULL):
        return work_item.Retry(_("The recipient's mailbox is full."), code="mailbox_full")
    if code < 500:
        return busy()
    if kind is None:
        is_theirs = code in _NO_MAILBOX and not _REFUSES_US.search(text)
    else:
        is_theirs = kind[0] in _ABOUT_THE_RECIPIENT and kind not in _ABOUT_THE_SENDER
    return rejected_address(message) if is_theirs else of_sending(code)


def of_sending(code: int) -> work_item.Setback:
    """The setback for a refused MAIL FROM or DATA, or for content that a provider doesn't accept."""
    if code < 500:
        return busy()
    return work_item.DestinationUnavailable(
        _("Our email server refused to send this email. The address isn't the problem."), code=SENDING_REFUSED
    )


def rejected_address(message: Message) -> work_item.GiveUp:
    return work_item.GiveUp(_("The email server rejected %(address)s.") % {"address": message.to_email}, code="refused")


def busy() -> work_item.Retry:
    return work_item.Retry(_("The email server asked us to try again later."), code="email_busy")


def unreachable() -> work_item.DestinationUnavailable:
    return work_item.DestinationUnavailable(_("The email server didn't respond."), code="email_unreachable")
