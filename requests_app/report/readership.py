"""Who opened a report. One person counts once, however often and in whichever way they open it.

A person is either a reader without an account or a member. A reader with a member's address is the same person.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.http import Http404
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.text.email_keys import address_key
from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from requests_app import timeline
from requests_app.models import EntryKind, Reader, ReferenceRequest, ReportVersion, ReportView

# The timeline and the audit log record a person's views at most this often.
LOG_INTERVAL = timedelta(hours=1)
VIEWED = "report.view"


@dataclass(frozen=True)
class ViewedBy:
    """A person who opened the report, when they last did, and the latest version they opened.

    version: 0 if there is only one, or none.
    """

    name: str
    role: str
    last_at: datetime
    version: int


class Unlogged(NamedTuple):
    """A person's view; without any value if they never opened the report."""

    logged_at: datetime | None
    read_version: int | None


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
    numbers = ReportVersion.objects.filter(reference_request=reference_request).order_by("-number").values("number")
    views = ReportView.objects.filter(reference_request=reference_request).select_related("reader", "member")
    views = views.annotate(latest=Subquery(numbers[:1]))
    people: dict[str, ViewedBy] = {}
    for view in views.order_by("-last_at", "-id"):
        version = view.read_version if (view.latest or 0) > 1 else 0
        if view.reader is not None:
            person = ViewedBy(str(view.reader), view.reader.get_role_display(), view.last_at, version)
            people.setdefault(view.reader.email_key, person)
        elif view.member is not None:
            person = ViewedBy(str(view.member), _("Member"), view.last_at, version)
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
    rows = ReportView.objects.filter(reference_request=reference_request, reader=reader, member=member)
    news = _unlogged(rows, reference_request, now)
    if news is not None:
        if news.logged_at is None and news.read_version is None:
            with suppress(IntegrityError), transaction.atomic():  # unless the same person just opened it twice
                ReportView.objects.create(
                    organization_id=reference_request.organization_id,
                    reference_request=reference_request,
                    reader=reader,
                    member=member,
                    first_at=now,
                    last_at=now,
                    logged_at=now,
                    read_version=version,
                )
                return True, 0
        changes = _opened(now, version, is_read=is_page or not news.read_version)
        if rows.filter(logged_at=news.logged_at).update(**changes, logged_at=now):
            return True, news.read_version or 0
    before = rows.values_list("read_version", flat=True).first()
    if before is None:
        raise Http404(_("This request doesn't exist."))
    rows.update(**_opened(now, version, is_read=is_page or not before))
    return False, before


def _unlogged(rows: "QuerySet[ReportView]", reference_request: ReferenceRequest, now: datetime) -> Unlogged | None:
    """This person's view, if its next visit is to be logged. None: it was logged within the interval, or erased.

    Then it also locks the request, so that an erasure waits for what is logged.
    """
    view = {name: Subquery(rows.values(name)) for name in Unlogged._fields}
    requests = ReferenceRequest.objects.filter(pk=reference_request.pk).annotate(**view)
    is_old = Q(logged_at=None) | Q(logged_at__lte=now - LOG_INTERVAL)
    locked = requests.filter(is_old).select_for_update(of=("self",), no_key=True)
    found = locked.values_list("pk", *view).first()
    return Unlogged(*found[1:]) if found else None


def _opened(now: datetime, version: int, *, is_read: bool) -> dict[str, Any]:
    return {"last_at": now, "read_version": Greatest("read_version", version) if is_read else F("read_version")}


def _audit(reference_request: ReferenceRequest, actor: User | None = None, **more: UUID | str) -> None:
    after = {"request": reference_request.uid, **more}
    audit.record(organization=reference_request.organization, actor=actor, action=VIEWED, after=after)
