"""What an organization has on hold after a restore, and deciding about it. Call everything inside `tenant()`."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors.models import Connection
from crosschq.core.outbox.work_item import WorkItem
from crosschq.core.restore import held
from crosschq.core.restore.held import Known
from crosschq.messaging.models import Message
from crosschq.tenancy import audit
from crosschq.tenancy.models import Organization, User
from crosschq.tenancy.scope import current_organization
from requests_app.models import BulkAction, Reference, ReferenceRequest, Reminder
from webhooks.log import review
from webhooks.models import Notice

SHOWN = 100
# Per confirmation, and per table. The others stay on hold until these are decided.
MOST = 500
OLDEST = ("created_at", "pk")
# Notes, exports, and moves look in the ATS first and continue on their own.
TABLES: tuple[type[WorkItem], ...] = (Message, Reminder, Notice, BulkAction)


@dataclass(frozen=True)
class WaitingRow:
    """One thing on hold, as a person reads it."""

    uid: UUID
    what: str
    to: str
    url: str
    about: str
    since: datetime
    known: Known
    evidence: str
    state: str

    @property
    def went_out(self) -> bool:
        return self.known == Known.WENT_OUT

    @property
    def was_not_sent(self) -> bool:
        return self.known == Known.NOT_SENT


@dataclass(frozen=True)
class ToReview:
    """Candidates whose moves wait for a member on another page."""

    company: str
    count: int
    url: str


def _on_hold(model: type[WorkItem]) -> "QuerySet[Any]":
    """The held rows of the current organization, oldest first, in the order of their index."""
    found: QuerySet[Any] = held.rows(model)
    return found.filter(organization=current_organization()).order_by(*OLDEST)


@dataclass(frozen=True)
class Counted:
    """How many are on hold, by their evidence. `is_partial`: of a table that has more, the oldest MOST count."""

    by_evidence: Counter[str]
    is_partial: bool

    @property
    def total(self) -> int:
        return sum(self.by_evidence.values())


def counted() -> Counted:
    """How many are on hold. One query."""
    each = [
        _on_hold(model).annotate(table=Value(place)).values_list("table", "held_for")[: MOST + 1]
        for place, model in enumerate(TABLES)
    ]
    found: list[list[str]] = [[] for _model in TABLES]
    for place, known in each[0].union(*each[1:], all=True):
        found[place].append(known)
    by_evidence = Counter(known for of_table in found for known in of_table[:MOST])
    return Counted(by_evidence, any(len(of_table) > MOST for of_table in found))


def rows(organization: Organization, *, uids: Collection[UUID] | None = None, most: int = MOST) -> list[WaitingRow]:
    """What is on hold, oldest first: these, or the oldest. At most `most` of each table are read."""
    found = [row for model in TABLES for row in _rows(organization, model, uids, most)]
    return sorted(found, key=lambda row: row.since)


def to_review(organization: Organization) -> list[ToReview]:
    """Where moves wait: those from the lost period are reviewed with other late moves."""
    found = []
    for connection in Connection.objects.select_related("organization").order_by("pk"):
        here, in_burst = review.counted(connection, review.MOST_COUNTED_ELSEWHERE)
        if here + in_burst:
            url = reverse("events:review", args=[organization.slug, connection.vendor])
            found.append(ToReview(connection.company_name or connection.ats_name, here + in_burst, url))
    return found


def uids_of(known: str) -> list[UUID]:
    """The oldest with this evidence: as many as one confirmation decides."""
    each = (_on_hold(model).filter(held_for=known) for model in TABLES)
    return [uid for found in each for uid in found.values_list("uid", flat=True)[:MOST]][:MOST]


def send(organization: Organization, uids: Collection[UUID], *, actor: User) -> int:
    """Send these now. Returns how many were still on hold."""
    return _decided(organization, sum(held.send(model, uids) for model in TABLES), actor, "restore.send")


def drop(organization: Organization, uids: Collection[UUID], *, actor: User) -> int:
    """Cancel these. Returns how many were still on hold."""
    return _decided(organization, sum(held.drop(model, uids) for model in TABLES), actor, "restore.drop")


def _decided(organization: Organization, count: int, actor: User, action: str) -> int:
    if count:
        audit.record(organization=organization, actor=actor, action=action, after={"count": count})
    return count


def _rows(
    organization: Organization, model: type[WorkItem], uids: Collection[UUID] | None, most: int
) -> list[WaitingRow]:
    found = _on_hold(model)
    if uids is not None:
        found = found.filter(uid__in=list(uids))
    if model is Message:
        return _messages(organization, list(found.defer("text", "html", "list_unsubscribe")[:most]))
    if model is Reminder:
        people = found.select_related("reference_request", "reference")
        return [_reminder(organization, reminder) for reminder in people[:most]]
    if model is BulkAction:
        return [_bulk_action(organization, action) for action in found.select_related("asked_by")[:most]]
    return [_notice(organization, notice) for notice in found.select_related("event", "connection")[:most]]


def _messages(organization: Organization, found: list[Message]) -> list[WaitingRow]:
    uids = {message.about_uid for message in found if message.about_uid}
    by_uid: dict[UUID | None, ReferenceRequest] = {
        each.uid: each for each in ReferenceRequest.objects.filter(uid__in=uids)
    }
    references = Reference.objects.filter(uid__in=uids).select_related("reference_request")
    by_uid |= {each.uid: each.reference_request for each in references}
    return [_message(organization, message, by_uid.get(message.about_uid)) for message in found]


def _message(organization: Organization, message: Message, about: ReferenceRequest | None) -> WaitingRow:
    to = f"{message.to_name} ({message.address})" if message.to_name else message.address
    what = message.subject or _("Text message")
    return _row(organization, message, what=what, to=to, about=about)


def _reminder(organization: Organization, reminder: Reminder) -> WaitingRow:
    about = reminder.reference_request
    to = reminder.reference.name if reminder.reference else about.candidate_name
    return _row(organization, reminder, what=_("Reminder"), to=to, about=about)


def _notice(organization: Organization, notice: Notice) -> WaitingRow:
    url = reverse("events:detail", args=[organization.slug, notice.connection.vendor, notice.event.uid])
    what, to = _("Notice about a move without a request"), notice.to_email or _("The owner")
    return _row(organization, notice, what=what, to=to, url=url, candidate=notice.event.candidate_name)


def _bulk_action(organization: Organization, action: BulkAction) -> WaitingRow:
    url = reverse("requests:bulk_action", args=[organization.slug, action.uid])
    words = ngettext("%(act)s, %(count)d request", "%(act)s, %(count)d requests", action.selected)
    what = words % {"act": action.get_act_display(), "count": action.selected}
    return _row(organization, action, what=what, to=str(action.asked_by or ""), url=url)


def _row(
    organization: Organization,
    item: WorkItem,
    *,
    what: str,
    to: str,
    about: ReferenceRequest | None = None,
    url: str = "",
    candidate: str = "",
) -> WaitingRow:
    if about:
        url, candidate = reverse("requests:detail", args=[organization.slug, about.uid]), about.candidate_name
    return WaitingRow(
        uid=item.uid,
        what=what,
        to=to,
        url=url,
        about=candidate,
        since=item.created_at,
        known=Known(item.held_for),
        evidence="" if item.held_for == Known.NOTHING else item.reason,
        state=_state(about) if about else "",
    )


def _state(about: ReferenceRequest) -> str:
    """The request's current state. It is paused if its application has since been turned down in the ATS."""
    if about.is_open and about.paused_until:
        return _("The request is paused, because the application was turned down.")
    if about.is_open:
        return ""
    return _("The request has ended: %(state)s.") % {"state": about.get_state_display()}
