"""The list as a CSV file: immediately if it is short, else prepared by a worker, kept encrypted for a day."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.privacy.desk.search import find_person
from crosschq.privacy.erase.request import ask_to_erase
from crosschq.privacy.models import Erasure
from crosschq.tenancy.models import AuditEntry, Organization, Role, User
from crosschq.tenancy.scope import tenant
from requests_app.list_download import downloads, lines
from requests_app.list_download import views as download_views
from requests_app.models import ListDownload, ListDownloadPart, RequestState
from tests.factories import make_member, make_organization, make_user, signed_in
from tests.requests_app.bulk.many import make_requests
from tests.requests_app.bulk.test_bulk_actions import at
from tests.requests_app.factories import ready_request
from tests.requests_app.pages import heading, press_and_follow, text
from tests.templates_app.browsing import press

pytestmark = pytest.mark.django_db
DOWNLOAD = "/o/acme/requests/download/"
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def acme() -> Organization:
    return make_organization(slug="acme", time_zone=str(BERLIN))


@pytest.fixture
def dana(acme: Organization) -> User:
    return make_member(acme, Role.RECRUITER, make_user("dana@acme.example", name="Dana Ruiz"))


@pytest.fixture
def desk(dana: User) -> Client:
    return signed_in(Client(), dana)


@pytest.fixture
def _by_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker prepares even a short list, two lines at a time."""
    monkeypatch.setattr(download_views, "DIRECT", 0)
    monkeypatch.setattr(lines, "BATCH", 2)
    monkeypatch.setattr(lines.batch_after, "__kwdefaults__", {"most": 2})


def rows(response: Any) -> list[dict[str, str]]:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_short_list_is_a_file_immediately(acme: Organization, desk: Client) -> None:
    ready = ready_request(acme).reference_request
    make_requests(acme, 1, name="Open", state=RequestState.SENT)
    page = desk.get(DOWNLOAD, {"state": "all"})
    assert heading(page) == "Download 2 requests as CSV?"
    response = press(desk, at(page), "Download")
    assert response["Content-Disposition"].startswith('attachment; filename="requests-')
    assert response["Cache-Control"].startswith("no-store")
    first, second = rows(response)
    assert (first["Candidate"], first["State"], first["References answered"]) == ("Maya Osei", "Ready", "2")
    assert (first["Job"], first["Problem"]) == ("Backend Engineer", "")
    assert first["Report"].endswith(f"/reports/{ready.uid}/")
    assert (second["Candidate"], second["Owner"], second["Report"]) == ("Open No0", "Dana Ruiz", "")
    assert second["Created"] == (clock.now() - timedelta(days=2)).astimezone(BERLIN).date().isoformat()
    with tenant(acme):
        assert AuditEntry.objects.get(action="requests.download").after == {"count": 2}
        assert not ListDownload.objects.exists()


def test_only_checked_requests_are_downloaded(acme: Organization, desk: Client) -> None:
    first, _second = make_requests(acme, 2)
    [theirs] = make_requests(make_organization(), 1, name="Theirs")
    page = desk.get("/o/acme/requests/bulk/", {"act": "csv", "request": [str(first.uid), str(theirs.uid)]}, follow=True)
    assert heading(page) == "Download 1 request as CSV?"
    assert [row["Candidate"] for row in rows(press(desk, at(page), "Download"))] == ["Candidate No0"]


def test_no_cell_is_a_formula(acme: Organization, desk: Client) -> None:
    make_requests(acme, 1, name='=HYPERLINK("x")', position="@SUM(1)")
    [row] = rows(press(desk, at(desk.get(DOWNLOAD)), "Download"))
    assert row["Candidate"].startswith("'=")
    assert row["Position"] == "'@SUM(1)"


def test_an_empty_list_makes_no_file(acme: Organization, desk: Client) -> None:
    page = desk.get(DOWNLOAD, {"q": "nobody"}, follow=True)
    assert "No requests match, so the file would be empty." in text(page)


@pytest.mark.usefixtures("_by_worker")
def test_the_worker_counts_a_list_that_is_too_long_for_a_page(
    acme: Organization, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_views, "MOST_COUNTED", 4)
    make_requests(acme, 5)
    page = press_and_follow(desk, at(desk.get(DOWNLOAD)), "Download")
    with tenant(acme):
        assert ListDownload.objects.get().total == 0
    work_item.drain(ListDownload)
    assert "5 requests" in text(desk.get(page.request["PATH_INFO"]))
    with tenant(acme):
        assert ListDownload.objects.get().total == 5


@pytest.mark.usefixtures("_by_worker")
def test_a_long_list_is_prepared_by_a_worker(acme: Organization, desk: Client) -> None:
    make_requests(acme, 5)
    page = press_and_follow(desk, at(desk.get(DOWNLOAD, {"q": "Candidate"})), "Download")
    assert "Preparing the file" in text(page)
    path = page.request["PATH_INFO"]
    assert desk.post(f"{path}file/").status_code == 303, "it isn't ready"
    again = press_and_follow(desk, at(desk.get(DOWNLOAD, {"q": "Candidate"})), "Download")
    assert again.request["PATH_INFO"] == path, "a second click joins the first"
    make_requests(acme, 1, name="Candidate")
    work_item.drain(ListDownload)
    page = desk.get(path)
    assert "6 requests" in text(page)
    assert "When you asked for it, 5 matched." in text(page)
    found = rows(press(desk, page, "Download"))
    assert len(found) == 6
    assert {row["Candidate"] for row in found} == {f"Candidate No{number}" for number in range(5)}
    with tenant(acme):
        assert list(ListDownloadPart.objects.order_by("number").values_list("number", flat=True)) == [0, 1, 2]
        assert AuditEntry.objects.get(action="requests.download").after == {"count": 6}
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.org', '*', false)")
        cursor.execute("SELECT content FROM requests_app_listdownloadpart")
        assert not any("Candidate" in content for (content,) in cursor.fetchall())
        cursor.execute("SELECT set_config('app.org', '', false)")


@pytest.mark.usefixtures("_by_worker")
def test_a_file_can_be_deleted_early(acme: Organization, desk: Client) -> None:
    make_requests(acme, 1)
    path = press_and_follow(desk, at(desk.get(DOWNLOAD)), "Download").request["PATH_INFO"]
    work_item.drain(ListDownload)
    assert desk.post(f"{path}delete/").status_code == 303
    assert desk.get(path).status_code == 404


@pytest.mark.usefixtures("_by_worker")
def test_files_are_deleted_after_a_day(acme: Organization, desk: Client) -> None:
    make_requests(acme, 1)
    press_and_follow(desk, at(desk.get(DOWNLOAD)), "Download")
    work_item.drain(ListDownload)
    press_and_follow(desk, at(desk.get(DOWNLOAD, {"state": "all"})), "Download")
    assert downloads.delete_expired() == 0
    with tenant(acme):
        ListDownload.objects.filter(expires_at__isnull=False).update(expires_at=clock.now() - timedelta(seconds=1))
        ListDownload.objects.filter(expires_at=None).update(created_at=clock.now() - timedelta(days=2))
    assert downloads.delete_expired() == 3
    with tenant(acme):
        assert not ListDownload.objects.exists()
        assert not ListDownloadPart.objects.exists()


@pytest.mark.usefixtures("_by_worker")
def test_an_erasure_deletes_files_that_may_mention_the_person(acme: Organization, desk: Client) -> None:
    [asked] = make_requests(acme, 1)
    press_and_follow(desk, at(desk.get(DOWNLOAD)), "Download")
    work_item.drain(ListDownload)
    with tenant(acme):
        person = find_person(asked.uid)
        assert person
        ask_to_erase(person, organization=acme, actor=None, uid=asked.uid)
    work_item.drain(Erasure)
    with tenant(acme):
        assert Erasure.objects.get().proof["found"] == {}
        assert not ListDownload.objects.exists()


def test_viewers_cannot_download(acme: Organization) -> None:
    make_requests(acme, 1)
    viewer = signed_in(Client(), make_member(acme, Role.VIEWER))
    assert viewer.get(DOWNLOAD).status_code == 403
    assert "Download CSV" not in text(viewer.get("/o/acme/requests/"))
