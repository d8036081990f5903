"""A worker that is killed in the middle of a bulk action or a file: the rest is done once, and nothing twice."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from pytest_django import Settings

from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import KILLED
from crosschq.core.outbox.work_item import WorkItem, WorkState
from crosschq.tenancy.scope import tenant
from requests_app.bulk import actions
from requests_app.bulk.selection import Selection
from requests_app.bulk.verdicts import judge
from requests_app.list_download import downloads, lines
from requests_app.models import BulkAction, BulkItem, ListDownload, ListDownloadPart, Result, TimelineEntry
from requests_app.staff.queries import RequestFilters
from tests.factories import make_member, make_organization
from tests.forked import status_of_a_child_that_does
from tests.requests_app.bulk.many import make_requests

# The children of these tests commit.
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.timeout(360)]


def killed_at(point: str, folder: Path, model: type[WorkItem]) -> None:
    """Perform the work in another process that ends like kill -9 at this point, and then end its lease."""
    (folder / point).write_text("kill", encoding="ascii")
    assert status_of_a_child_that_does(lambda: work_item.drain(model)) == KILLED
    with rls.scope(rls.ALL_TENANTS):
        model._base_manager.filter(state=WorkState.WORKING).update(state=WorkState.PENDING, lease_until=None)


@pytest.fixture
def faults(tmp_path: Path, settings: Settings) -> Path:
    settings.FAULT_DIR = str(tmp_path)
    return tmp_path


def test_the_rest_of_a_bulk_action_is_done_and_nothing_twice(faults: Path) -> None:
    acme = make_organization()
    dana = make_member(acme)
    requests = make_requests(acme, 5)
    with tenant(acme):
        verdicts = judge("cancel", requests, clock.now())
        actions.start("cancel", verdicts, key=uuid.uuid4(), organization=acme, actor=dana)
    killed_at("bulk_item_done", faults, BulkAction)
    with tenant(acme):
        assert BulkItem.objects.filter(result=Result.DONE).count() == 1
    work_item.drain(BulkAction)
    with tenant(acme):
        assert BulkItem.objects.filter(result=Result.DONE).count() == 5
        assert TimelineEntry.objects.filter(sentence__contains="canceled the request").count() == 5


def test_a_file_continues_after_its_last_part(faults: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acme = make_organization()
    dana = make_member(acme)
    make_requests(acme, 5)
    monkeypatch.setattr(lines.batch_after, "__kwdefaults__", {"most": 2})
    with tenant(acme):
        downloads.begin(Selection(RequestFilters()), organization=acme, actor=dana, separator=",", total=5)
    killed_at("download_part_done", faults, ListDownload)
    with tenant(acme):
        assert ListDownloadPart.objects.count() == 1
    work_item.drain(ListDownload)
    with tenant(acme):
        download = ListDownload.objects.select_related("organization").get()
    text = "".join(downloads.content(download))
    assert text.count("\n") == 6
    assert all(text.count(f"No{number},") == 1 for number in range(5))
