"""How states are shown: a mark and words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from crosschq.core import work
from crosschq.messaging.models import Delivery, Message

from ..models import Reference, ReferenceRequest, ReferenceState, RequestState


@dataclass(frozen=True)
class Tag:
    kind: str
    text: str


@dataclass(frozen=True)
class MailLine:
    message: Message
    kind: str
    word: str


REQUEST_KINDS = {
    RequestState.READY: "ok",
    RequestState.CLOSED_EARLY: "ok",
    RequestState.CANCELLED: "quiet",
    RequestState.EXPIRED: "warn",
}
REFERENCE_KINDS = {
    ReferenceState.ANSWERED: "ok",
    ReferenceState.DECLINED: "warn",
    ReferenceState.NOT_COMPLETED: "warn",
    ReferenceState.REPLACED: "quiet",
    ReferenceState.NAMED: "quiet",
}


def request_tag(request: ReferenceRequest, now: datetime) -> Tag:
    if request.is_open and request.due_at < now:
        return Tag("warn", _("Overdue"))
    return Tag(REQUEST_KINDS.get(RequestState(request.state), "info"), request.get_state_display())


def reference_tag(reference: Reference) -> Tag:
    return Tag(REFERENCE_KINDS.get(ReferenceState(reference.state), "info"), reference.get_state_display())


def mail_line(message: Message) -> MailLine:
    """A message with the mark of its delivery and one word; the reason stands below it."""
    if message.has_failed:
        word = _("Not sent") if message.state == work.State.DEAD else str(message.get_delivery_display())
        return MailLine(message, "err", word)
    if message.state == work.State.DONE:
        delivered = message.delivery == Delivery.DELIVERED
        return MailLine(message, "ok", str(Delivery.DELIVERED.label) if delivered else _("Sent"))
    if message.state == work.State.CANCELLED:
        return MailLine(message, "quiet", _("Not sent"))
    return MailLine(message, "info", _("Perhaps sent") if message.state == work.State.UNKNOWN else _("Waiting"))
