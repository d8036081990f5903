"""Queue messages: a row in the transaction of the change that causes the message. A worker sends it."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Now

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.queues import MESSAGES, TEXT_MESSAGES, URGENT
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.lengths import PERSON_NAME, SENDER_NAME, SUBJECT, fitted
from crosschq.messaging.content.email import Email
from crosschq.messaging.models import ERASED, Channel, Message
from crosschq.messaging.sending import caps
from crosschq.messaging.sending.quiet_hours import next_allowed_time
from crosschq.tenancy.models import Organization


@dataclass(frozen=True)
class About:
    """What a message is about, such as a request.

    thread: email clients group it with the first email to the same address about the same thing.
    """

    kind: str
    uid: uuid.UUID
    thread: bool = False


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who an email seems to come from, and who gets its replies.

    reply_to: by default the address in the organization's profile, or its first owner's.

    colored: use the organization's color, for emails to candidates, references, and prospects.
    """

    name: str = ""
    reply_to: str = ""
    colored: bool = False


@dataclass(frozen=True, kw_only=True)
class CountedUnder:
    """Where an email counts: see caps.py.

    cap: instead of its kind's own. organization: its caps apply to an email that belongs to no organization.
    network: of the visitor who asked for the email.
    """

    cap: str = ""
    organization: Organization | None = None
    network: str = ""


def send_email(
    *,
    organization: Organization | None,
    kind: str,
    to_email: str,
    to_name: str,
    email: Email,
    about: About | None = None,
    sender: Sender = Sender(),
    counted: CountedUnder = CountedUnder(),
    list_unsubscribe: str = "",
    quiet_zone: str = "",
) -> Message:
    """Queue one email to one person. Call inside `tenant()`. Raises CapReached, which must roll back the caller's work.

    list_unsubscribe: the URL of a page that stops emails of this kind with one POST (RFC 8058). Such an email isn't
    part of a request, so it is sent from LIST_FROM_EMAIL.

    quiet_zone: never send during quiet hours in this time zone.
    """
    cap = counted.cap or caps.CAP_OF_KIND.get(kind, "")
    if cap:
        asked_for_by = organization or counted.organization
        caps.count(cap, organization=asked_for_by, address=to_email, network=counted.network)
    message: Message = Message.objects.create(
        organization=organization,
        queue=_queue(organization, kind),
        kind=kind,
        to_email=to_email,
        to_name=fitted(to_name, PERSON_NAME),
        sender_name=fitted(sender.name, SENDER_NAME),
        reply_to=sender.reply_to or (organization.reply_address if organization else ""),
        subject=fitted(email.subject, SUBJECT),
        text=email.as_text(),
        html=email.as_html(color=organization.color if organization and sender.colored else ""),
        about_kind=about.kind if about else "",
        about_uid=about.uid if about else None,
        list_unsubscribe=list_unsubscribe,
        in_reply_to=_first_of_thread(organization, to_email, about) if about and about.thread else "",
        quiet_zone=quiet_zone,
        trace_id=work_item.current_trace_id(),
    )
    work_item.wake_workers(Message, queue=message.queue)
    return message


def _queue(organization: Organization | None, kind: str) -> str:
    """The urgent queue for what someone is waiting for: codes, and emails of no organization (sign-in, invitations)."""
    return (URGENT if organization is None or kind.endswith("_code") else MESSAGES).name


def send_text(
    *,
    organization: Organization,
    kind: str,
    to_phone: str,
    to_name: str,
    text: str,
    about: About,
    quiet_zone: str,
) -> Message:
    """Queue one text message to one number (E.164). Call inside `tenant()`, after queuing the email with the same news.

    It is never sent during quiet hours in `quiet_zone`.
    """
    message: Message = Message.objects.create(
        organization=organization,
        queue=TEXT_MESSAGES.name,
        channel=Channel.TEXT,
        kind=kind,
        to_phone=to_phone,
        to_name=fitted(to_name, PERSON_NAME),
        text=text,
        about_kind=about.kind,
        about_uid=about.uid,
        quiet_zone=quiet_zone,
        available_at=next_allowed_time(clock.now(), quiet_zone),
        trace_id=work_item.current_trace_id(),
    )
    work_item.wake_workers(Message, queue=message.queue)
    return message


def _first_of_thread(organization: Organization | None, to_email: str, about: About) -> str:
    """The Message-ID that later messages of a thread refer to (RFC 5322, section 3.6.4); empty for the first one."""
    earlier = Message.objects.filter(
        organization=organization, about_uid=about.uid, about_kind=about.kind, to_email=to_email, channel=Channel.EMAIL
    )
    first = earlier.exclude(kind__endswith="_code").order_by("id").values_list("message_id", flat=True).first()
    return first or ""


def cancel_unsent(*, about_kind: str, about_uid: uuid.UUID, channel: Channel | None = None, kind: str = "") -> int:
    """Cancel unsent messages (of one channel and kind, or all) and erase their text.

    Call inside `tenant()`. Returns how many.
    """
    waiting = Q(state__in=[WorkState.PENDING, WorkState.HELD, WorkState.DEAD])
    abandoned = Q(state=WorkState.WORKING, lease_until__lt=Now())  # by a worker that died
    unsent = Message.objects.filter(waiting | abandoned, about_kind=about_kind, about_uid=about_uid)
    if channel:
        unsent = unsent.filter(channel=channel)
    if kind:
        unsent = unsent.filter(kind=kind)
    canceled: int = unsent.update(state=WorkState.CANCELLED, **ERASED, finished_at=clock.now())
    return canceled


def scrub_dead(*, now: datetime) -> int:
    """Erase the text of unsendable messages, a week after we gave up. Call inside `cross_tenant()`."""
    old = Message.objects.filter(state=WorkState.DEAD, finished_at__lt=now - Message.kept_after_death).exclude(text="")
    scrubbed: int = old.update(**ERASED)
    return scrubbed
