"""How pages show states: a badge with its kind and text."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from connectors.models import Attachment, Writeback
from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import DeliveryStatus, Message
from requests_app.models import Reference, ReferenceRequest, ReferenceState, RequestState


@dataclass(frozen=True)
class Badge:
    kind: str
    text: str


@dataclass(frozen=True)
class EmailLine:
    message: Message
    kind: str
    word: str
    until: datetime | None = None  # not sent before


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


def request_badge(reference_request: ReferenceRequest, now: datetime) -> Badge:
    if reference_request.is_open and reference_request.due_at < now:
        return Badge("warn", _("Overdue"))
    return Badge(
        REQUEST_KINDS.get(RequestState(reference_request.state), "info"), reference_request.get_state_display()
    )


def reference_badge(reference: Reference) -> Badge:
    if reference.is_held:
        return Badge("quiet", _("On hold"))
    if reference.awaits_approval:
        return Badge("warn", _("Waiting for approval"))
    return Badge(REFERENCE_KINDS.get(ReferenceState(reference.state), "info"), reference.get_state_display())


def email_line(message: Message) -> EmailLine:
    """A message with its delivery badge; the reason is shown below it."""
    if message.has_failed:
        word = _("Not sent") if message.state == WorkState.DEAD else str(message.get_delivery_display())
        return EmailLine(message, "err", word)
    if message.state == WorkState.DONE and message.delivery == DeliveryStatus.SOFT_BOUNCED:
        return EmailLine(message, "warn", _("Did not arrive"))
    if message.state == WorkState.DONE:
        delivered = message.delivery == DeliveryStatus.DELIVERED
        return EmailLine(message, "ok", str(DeliveryStatus.DELIVERED.label) if delivered else _("Sent"))
    if message.state == WorkState.CANCELLED:
        return EmailLine(message, "quiet", _("Not sent"))
    if message.state == WorkState.UNKNOWN:
        return EmailLine(message, "info", _("May have been sent"))
    until = message.available_at if message.available_at > clock.now() else None
    return EmailLine(message, "info", _("Waiting"), until)


def attachment_badge(file: Attachment) -> Badge:
    """The state of a report's PDF in the ATS."""
    badges = {
        WorkState.DONE: Badge("ok", _("Attached")),
        WorkState.DEAD: Badge("err", _("Not attached")),
        WorkState.UNKNOWN: Badge("warn", _("May have been attached")),
        WorkState.HELD: Badge("info", _("On hold")),
    }
    return badges.get(WorkState(file.state), Badge("info", _("On its way")))


def note_badge(note: Writeback) -> Badge:
    """The state of a request's note in the ATS."""
    badges = {
        WorkState.DONE: Badge("ok", _("Posted")),
        WorkState.DEAD: Badge("err", _("Not posted")),
        WorkState.UNKNOWN: Badge("warn", _("May have been posted")),
        WorkState.HELD: Badge("info", _("On hold")),
        WorkState.CANCELLED: Badge("quiet", _("Canceled")),
    }
    return badges.get(WorkState(note.state), Badge("info", _("On its way")))
