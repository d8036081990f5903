"""Share a report with an email address until a given day, or stop sharing it. Call everything inside `tenant()`."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.security import throttle
from crosschq.core.text.email_keys import address_key, exact_key
from crosschq.messaging.models import Message
from crosschq.messaging.sending import suppression
from crosschq.tenancy import audit, passes
from crosschq.tenancy.actor import Actor
from crosschq.tenancy.models import User
from requests_app import timeline
from requests_app.lifecycle import NotPossible
from requests_app.models import Reader, ReaderRole, Reference, ReferenceRequest
from requests_app.notifications import send
from requests_app.report import access
from requests_app.text import day

DEFAULT_DAYS = 30
DAYS = (7, DEFAULT_DAYS, 90)
MOST_DAYS = 365
MOST_SHOWN = 200
PRESS_SECONDS = 60


class AddressCannotRead(Exception):
    """The report can't be shared with this address. `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def shared_with(reference_request: ReferenceRequest) -> Sequence[Reader]:
    """Everyone the report was shared with, the latest first; of a private one, its other readers too.

    Each has `opened_at`.
    """
    rows = Reader.objects.filter(reference_request=reference_request).annotate(opened_at=Max("views__last_at"))
    if reference_request.organization.reports_private:
        rows = rows.filter(Q(role__in=(ReaderRole.OWNER, ReaderRole.HIRING_MANAGER)) | Q(shared_at__isnull=False))
    else:
        rows = rows.filter(role=ReaderRole.SHARED, shared_at__isnull=False)
    return list(rows.order_by(F("shared_at").desc(nulls_first=True), "-pk")[:MOST_SHOWN])


def asking(reference_request: ReferenceRequest) -> Sequence[Reader]:
    """Everyone who is asking for access, in the order they asked."""
    rows = Reader.objects.filter(reference_request=reference_request).exclude(asked_at=None)
    return list(rows.order_by("asked_at", "pk")[:MOST_SHOWN])


def last_emails(reference_request: ReferenceRequest) -> dict[str, Message]:
    """The latest email with the link to each address."""
    sent = Message.objects.filter(about_uid=reference_request.uid, kind=send.REPORT_SHARED).defer("text", "html")
    newest = sent.order_by("-created_at", "-id")[:MOST_SHOWN]
    return {message.to_email: message for message in reversed(newest)}


def check_possible(reference_request: ReferenceRequest) -> None:
    """Raise NotPossible if there is nothing to share, now or later."""
    if reference_request.is_test:
        raise NotPossible(_("The report of a test is only for the person who sent it."))
    if not (reference_request.is_open or reference_request.has_report):
        raise NotPossible(_("There is no report to share. The request ended without one."))


def check_may_share(reference_request: ReferenceRequest, email: str) -> None:
    """Raise NotPossible if someone with this address can't decide who reads it: only its owner does if it's private."""
    owner = reference_request.owner_email
    if reference_request.organization.reports_private and exact_key(email) != exact_key(owner):
        words = {"owner": reference_request.owner_name or owner}
        raise NotPossible(_("This report is private. Only its owner, %(owner)s, decides who can open it.") % words)


def share(
    reference_request: ReferenceRequest, *, email: str, name: str, until: datetime, text: str, actor: Actor
) -> Reader:
    """Let the address read until then, and email it the link. Sharing again sets the new end.

    The same again within a minute is a second press, and does nothing. Raises AddressCannotRead, NotPossible,
    CapReached.
    """
    check_possible(reference_request)
    access.hold_request(reference_request)
    _check_address(reference_request, email)
    rows = Reader.objects.filter(reference_request=reference_request, email_key=address_key(email))
    reader: Reader | None = rows.first()
    if reader is None:
        reader = Reader(
            organization_id=reference_request.organization_id,
            reference_request=reference_request,
            email=email,
            email_key=address_key(email),
            role=ReaderRole.SHARED,
        )
    has_end = _ends(reader, reference_request)
    pressed = f"{reference_request.uid} {reader.email_key} {until.isoformat()} {name} {text}"
    is_pressed_again = not throttle.allowed("share_report", pressed, most=1, seconds=PRESS_SECONDS)
    if is_pressed_again and reader.expires_at == (until if has_end else None):
        return reader
    if has_end:
        if exact_key(reader.email) != exact_key(email):
            # Someone may have asked with another "+tag", which can be another mailbox. The typed address counts.
            reader.email, reader.name = email, ""
        reader.name = name or reader.name
        reader.shared_at, reader.expires_at = clock.now(), until
        reader.shared_by = actor if isinstance(actor, User) else None
        reader.asked_at, reader.reason = None, ""
        _record(reference_request, reader, actor)
    reader.save()
    send.share_report(reference_request, reader, text=text)
    return reader


def _ends(reader: Reader, reference_request: ReferenceRequest) -> bool:
    """Whether the reader can open the report only because someone shared it, until a given day."""
    of_team = reader.role == ReaderRole.HIRING_TEAM and reference_request.organization.reports_private
    stopped = reader.role == ReaderRole.HIRING_MANAGER and not reader.is_current
    return reader.role == ReaderRole.SHARED or of_team or stopped


def grant(reference_request: ReferenceRequest, uid: uuid.UUID, *, actor: Actor) -> Reader | None:
    """Share with someone who asked, for the default time. None if they don't ask anymore. Raises like `share`."""
    reader = _asking(reference_request, uid)
    if reader is None:
        return None
    until = clock.now() + timedelta(days=DEFAULT_DAYS)
    return share(reference_request, email=reader.email, name="", until=until, text="", actor=actor)


def decline(reference_request: ReferenceRequest, uid: uuid.UUID, *, actor: Actor) -> Reader | None:
    """Take someone who asked off the list. They aren't told. None if they don't ask anymore."""
    reader = _asking(reference_request, uid)
    if reader is None:
        return None
    if reader.role == ReaderRole.SHARED and reader.shared_at is None:
        reader.delete()
    else:
        Reader.objects.filter(pk=reader.pk).update(asked_at=None, reason="")
    words = {"actor": actor, "name": reader}
    timeline.note(reference_request, _("%(actor)s didn't give %(name)s access to the report") % words)
    _audit(reference_request, "report.decline_access", uid, actor)
    return reader


def stop(reference_request: ReferenceRequest, uid: uuid.UUID, *, actor: Actor) -> Reader | None:
    """End a reader's access, starting with their next page. None if it has already ended.

    For a private report this can be any reader except the owner, otherwise only someone it was shared with.
    """
    access.hold_request(reference_request)
    rows = Reader.objects.filter(reference_request=reference_request, uid=uid)
    can_open = Q(expires_at__gt=clock.now())
    if reference_request.organization.reports_private:
        can_open |= Q(role=ReaderRole.HIRING_MANAGER, expires_at=None)
    else:
        rows = rows.filter(role=ReaderRole.SHARED)
    if not rows.exclude(role=ReaderRole.OWNER).filter(can_open).update(expires_at=clock.now()):
        return None
    reader = rows.get()
    words = {"actor": actor, "name": reader}
    timeline.note(reference_request, _("%(actor)s stopped sharing the report with %(name)s") % words)
    _audit(reference_request, "report.stop_sharing", uid, actor)
    return reader


def _asking(reference_request: ReferenceRequest, uid: uuid.UUID) -> Reader | None:
    access.hold_request(reference_request)
    rows = Reader.objects.filter(reference_request=reference_request, uid=uid).exclude(asked_at=None)
    found: Reader | None = rows.first()
    return found


def _check_address(reference_request: ReferenceRequest, email: str) -> None:
    organization, key = reference_request.organization, address_key(email)
    if passes.is_member(organization, email) and not organization.reports_private:
        raise AddressCannotRead(_("A member has this address. They sign in to open the report, so send them the link."))
    if key == address_key(reference_request.candidate_email):
        raise AddressCannotRead(_("This is the candidate's address. They can't open the report."))
    if Reference.objects.filter(reference_request=reference_request, email_key=key).exists():
        raise AddressCannotRead(_("This is the address of a reference of this candidate. They can't open the report."))
    if reason := suppression.reason_for_email(organization, address=email):
        raise AddressCannotRead(
            _("We don't send to this address, so its codes wouldn't arrive. %(why)s") % {"why": reason.label}
        )


def _record(reference_request: ReferenceRequest, reader: Reader, actor: Actor) -> None:
    until = (
        day(reader.expires_at, reference_request.organization.time_zone, with_year=True) if reader.expires_at else ""
    )
    words = {"actor": actor, "name": reader, "until": until}
    timeline.note(reference_request, _("%(actor)s shared the report with %(name)s until %(until)s") % words)
    _audit(reference_request, "report.share", reader.uid, actor)


def _audit(reference_request: ReferenceRequest, action: str, reader: uuid.UUID, actor: Actor) -> None:
    after = {"request": reference_request.uid, "invited": reader}
    audit.record(organization=reference_request.organization, actor=actor, action=action, after=after)
