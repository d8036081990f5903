"""Who opened a report. One person counts once, however often and in whichever way they open it.

A person is either a reader without an account or a member. A reader with a member's address is the same person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.text.email_keys import address_key
from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from requests_app import timeline
from requests_app.models import EntryKind, Reader, ReferenceRequest, ReportView
from requests_app.report.access import hold_request

# The timeline and the audit log record a person's views at most this often.
LOG_INTERVAL = timedelta(hours=1)
VIEWED = "report.view"


@dataclass(frozen=True)
class ViewedBy:
    """A person who opened the report, when they last did, and the latest version they opened."""

    name: str
    role: str
    last_at: datetime
    version: int


def record_reader(reference_request: ReferenceRequest, reader: Reader, version: int, *, is_page: bool = True) -> int:
    """Store that a reader without an account opened this version, and log it at most once an hour.

    version: 0 for answers before there is a report. is_page: not its PDF, which doesn't say what changed. Returns the
    latest version that they had opened before, or 0.
    """
    is_news, before = _store(reference_request, version, reader=reader, is_page=is_page)
    if is_news:
        sentence = _("%(name)s (%(role)s) opened the report") % {"name": reader, "role": reader.get_role_display()}
        timeline.note(reference_request, sentence, kind=EntryKind.QUIET)
        _audit(reference_request, reader=reader.uid, reader_role=str(reader.role))
    return before


def record_member(reference_request: ReferenceRequest, member: User, version: int, *, is_page: bool = True) -> int:
    """Like `record_reader`, for a member of the organization."""
    is_news, before = _store(reference_request, version, member=member, is_page=is_page)
    if is_news:
        timeline.note(reference_request, _("%(name)s opened the report") % {"name": member}, kind=EntryKind.QUIET)
        _audit(reference_request, member)
    return before


def readership(reference_request: ReferenceRequest) -> list[ViewedBy]:
    """Each person who opened the report, the latest first."""
    views = ReportView.objects.filter(reference_request=reference_request).select_related("reader", "member")
    people: dict[str, ViewedBy] = {}
    for view in views.order_by("-last_at", "-id"):
        if view.reader is not None:
            person = ViewedBy(str(view.reader), view.reader.get_role_display(), view.last_at, view.read_version)
            people.setdefault(view.reader.email_key, person)
        elif view.member is not None:
            person = ViewedBy(str(view.member), _("Member"), view.last_at, view.read_version)
            people.setdefault(address_key(view.member.email), person)
    return list(people.values())


def _store(
    reference_request: ReferenceRequest,
    version: int,
    *,
    reader: Reader | None = None,
    member: User | None = None,
    is_page: bool,
) -> tuple[bool, int]:
    """Store the view. Returns whether it is this person's first within the interval, and what they read before."""
    now = clock.now()
    row = ReportView(
        organization_id=reference_request.organization_id,
        reference_request=reference_request,
        reader=reader,
        member=member,
        first_at=now,
        last_at=now,
    )
    rows = ReportView.objects.filter(reference_request=reference_request, reader=reader, member=member)
    view = rows.first()
    is_news = view is None or _is_news(view, now)
    if is_news:
        hold_request(reference_request)  # it may be erased meanwhile, or the same person open it twice
    if view is None:
        view = rows.first()
        if view is None:
            row.logged_at, row.read_version = now, version
            row.save(force_insert=True)
            return True, 0
        is_news = _is_news(view, now)
    is_read = is_page or not view.read_version
    changes = {"last_at": now, "read_version": Greatest("read_version", version) if is_read else F("read_version")}
    same = ReportView.objects.filter(pk=view.pk)
    if is_news and same.filter(logged_at=view.logged_at).update(**changes, logged_at=now):
        return True, view.read_version
    same.update(**changes)
    return False, view.read_version


def _is_news(view: ReportView, now: datetime) -> bool:
    return view.logged_at is None or view.logged_at <= now - LOG_INTERVAL


def _audit(reference_request: ReferenceRequest, actor: User | None = None, **more: UUID | str) -> None:
    after = {"request": reference_request.uid, **more}
    audit.record(organization=reference_request.organization, actor=actor, action=VIEWED, after=after)
