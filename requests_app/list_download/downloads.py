"""Requesting a CSV file of requests, its content, and deleting it on time."""

from collections.abc import Iterator
from datetime import timedelta

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.tenancy import audit
from crosschq.tenancy.models import Organization, User
from crosschq.tenancy.scope import cross_tenant, tenant
from requests_app.bulk.selection import Selection
from requests_app.models import ListDownload, ListDownloadPart

KEPT = timedelta(days=1)


def begin(selection: Selection, *, organization: Organization, actor: User, separator: str, total: int) -> ListDownload:
    """Have a worker prepare the file. Returns the unfinished one if the member just asked for the same.

    total: how many requests match; 0 if that would take long to count, so that the worker counts them.
    """
    # Encrypted filters can't be compared in the database, and nobody has many at a time.
    mine = ListDownload.objects.select_for_update().filter(asked_by=actor, expires_at=None)
    for earlier in mine.order_by("-created_at", "-pk"):
        if earlier.is_under_way and earlier.filters == selection.as_json():
            found: ListDownload = earlier
            return found
    new: ListDownload = ListDownload.objects.create(
        organization=organization,
        asked_by=actor,
        filters=selection.as_json(),
        separator=separator,
        total=total,
        trace_id=work_item.current_trace_id(),
    )
    work_item.wake_workers(ListDownload)
    return new


def record(organization: Organization, actor: User, count: int) -> None:
    """Record the download, because personal data leaves the product. Call inside `tenant()`."""
    audit.record(organization=organization, actor=actor, action="requests.download", after={"count": count})


def content(download: ListDownload) -> Iterator[str]:
    """The file in parts. Opens `tenant()` for one part at a time."""
    number = 0
    while True:
        with tenant(download.organization):
            part = ListDownloadPart.objects.filter(list_download=download, number=number).first()
        if part is None:
            return
        yield part.content
        number += 1


def delete_expired() -> int:
    """Delete files that are a day old, and those that weren't finished in a day. Returns how many."""
    now = clock.now()
    with cross_tenant("expired files of every organization are deleted"):
        over, _tables = ListDownload.objects.filter(expires_at__lt=now).delete()
        stuck, _tables = ListDownload.objects.filter(expires_at=None, created_at__lt=now - KEPT).delete()
    return over + stuck
