"""Writing messages: a row in the transaction of the fact that causes it. A worker sends it."""

import uuid
from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Now

from crosschq.core import clock, work
from crosschq.organizations.models import Organization

from .mail import Mail
from .models import Message

SUBJECT_CHARACTERS = 250


def send_mail(
    *,
    organization: Organization | None,
    kind: str,
    to_email: str,
    to_name: str,
    mail: Mail,
    sender_name: str = "",
    reply_to: str = "",
    about_kind: str = "",
    about_uid: uuid.UUID | None = None,
) -> Message:
    """Write one mail to one person. Call inside `tenant()`.

    Without `reply_to` replies go where the organization profile says.
    """
    message: Message = Message.objects.create(
        organization=organization,
        kind=kind,
        to_email=to_email,
        to_name=to_name[:200],
        sender_name=sender_name[:150],
        reply_to=reply_to or (organization.reply_to if organization else ""),
        subject=mail.subject[:SUBJECT_CHARACTERS],
        text=mail.as_text(),
        html=mail.as_html(),
        about_kind=about_kind,
        about_uid=about_uid,
        request_id=work.current_request_id(),
    )
    work.ring(Message)
    return message


def cancel_unsent(*, about_kind: str, about_uid: uuid.UUID) -> int:
    """Take back what has not left yet, and forget its text. Call inside `tenant()`. Returns how many."""
    waiting = Q(state__in=[work.State.PENDING, work.State.HELD, work.State.DEAD])
    left_behind = Q(state=work.State.WORKING, lease_until__lt=Now())  # by a worker that died
    unsent = Message.objects.filter(waiting | left_behind, about_kind=about_kind, about_uid=about_uid)
    taken: int = unsent.update(state=work.State.CANCELLED, text="", html="", finished_at=clock.now())
    return taken


def scrub_dead(*, now: datetime) -> int:
    """Forget the text of messages that could not be sent, a week after we gave up. Call inside `cross_tenant()`."""
    old = Message.objects.filter(state=work.State.DEAD, finished_at__lt=now - Message.kept_after_death).exclude(text="")
    scrubbed: int = old.update(text="", html="")
    return scrubbed
