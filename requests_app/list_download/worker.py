"""Prepares a CSV file. Each part has its own transaction, so a later attempt continues after the last one."""

import time

from django.utils import timezone

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import fault
from crosschq.core.text.time_zones import find_time_zone
from crosschq.tenancy.scope import tenant
from requests_app.bulk.selection import from_json, matching
from requests_app.list_download import lines
from requests_app.list_download.downloads import KEPT
from requests_app.models import ListDownload, ListDownloadPart

# Then it goes back into the queue, so that it stays well within its lease and others get their turn.
SECONDS = 60


def perform(download: ListDownload) -> None:
    until = time.monotonic() + SECONDS
    with timezone.override(find_time_zone(download.organization.time_zone)):
        while True:
            work_item.ensure_ours(download)
            with tenant(download.organization):
                if not _add_part(download):
                    work_item.finish(download, expires_at=clock.now() + KEPT)
                    return
                if time.monotonic() > until:
                    work_item.postpone(download, until=clock.now())
                    return
            fault("download_part_done")


def _add_part(download: ListDownload) -> bool:
    """Store the next lines. Returns whether there were any."""
    current = ListDownload.objects.select_for_update(of=("self",)).filter(
        pk=download.pk, lease_token=download.lease_token
    )
    row = current.first()
    if row is None:
        raise work_item.LeaseLost(f"list download {download.uid}")
    last = (row.last_created_at, row.last_pk) if row.last_created_at else None
    selected = matching(from_json(row.filters))
    row.total = row.total or selected.count()
    batch = lines.batch_after(selected, last)
    number = ListDownloadPart.objects.filter(list_download=row).count()
    if not batch and number:
        return False
    text = lines.lines(batch, download.organization, row.separator, clock.now())
    text = text if number else lines.header(row.separator) + text
    ListDownloadPart.objects.create(organization_id=row.organization_id, list_download=row, number=number, content=text)
    row.rows += len(batch)
    row.size += len(text.encode())
    if batch:
        row.last_created_at, row.last_pk = batch[-1].created_at, batch[-1].pk
    row.save(update_fields=["total", "rows", "size", "last_created_at", "last_pk"])
    return bool(batch)
