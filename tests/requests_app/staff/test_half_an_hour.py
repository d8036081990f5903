"""A recruiter's half hour with 300 open requests and 1,200 ended ones, counted in clicks, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client

from crosschq.core.outbox import work_item
from crosschq.tenancy.models import Organization, Role, User
from crosschq.tenancy.scope import tenant
from requests_app.list_download import views
from requests_app.models import BulkAction, ListDownload, ReferenceRequest, Reminder, RequestState
from requests_app.start.start import Owner
from tests.extent import in_full
from tests.factories import make_connection, make_member, make_organization, make_user, signed_in
from tests.requests_app.bulk.many import make_requests
from tests.requests_app.pages import links, text
from tests.templates_app.browsing import parsed, press, words

pytestmark = pytest.mark.django_db
# The download has all of them, in `make test` a quarter. The others need to see that no ended one is touched.
ENDED, ALL_ENDED = 30, 1200 if in_full() else 300


@pytest.fixture(autouse=True)
def _on_a_business_day() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 23, 10, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def acme() -> Organization:
    organization = make_organization(slug="acme")
    make_connection(organization)
    make_requests(organization, 240)
    make_requests(organization, 20, name="Quiet", owner=Owner("Ana Sol", "ana@acme.example"))
    make_requests(organization, 40, name="Leaver", owner=Owner("Lee Wong", "lee@acme.example"))
    make_requests(organization, ENDED, name="Ended", state=RequestState.READY)
    return organization


@pytest.fixture
def ken(acme: Organization) -> User:
    return make_member(acme, Role.RECRUITER, make_user("ken@acme.example", name="Ken Ito"))


class Hands:
    """A recruiter at the list, who counts what they press. Typing isn't pressing."""

    def __init__(self, acme: Organization) -> None:
        self.client = signed_in(Client(), make_member(acme, Role.RECRUITER))
        self.presses = 0
        self.page: Any = self.client.get("/o/acme/requests/", {"state": "open"})
        self.checked: dict[str, str] = {}

    def search(self, typed: str) -> None:
        self._submit(self._form("filters desk-filters"), q=typed)

    def follow(self, link: str) -> None:
        self.presses += 1
        self.page = self.client.get(f"/o/acme/requests/{links(self.page)[link]}")

    def check_all(self) -> None:
        assert 'name="all"' in self.page.content.decode()
        self.presses += 1
        self.checked = {"all": "1"}

    def act(self, button: str) -> None:
        form = self._form("bulk")
        found = next(each for each in form.iter("button") if words(each) == button)
        self._submit(form, act=found.get("value", ""), **self.checked)

    def choose(self, **typed: str) -> None:
        """Choose an option of a select."""
        self.presses += 1
        self.checked = typed

    def confirm(self, button: str) -> Any:
        self.presses += 1
        query = self.page.request["QUERY_STRING"]
        self.page.request["PATH_INFO"] = f"{self.page.request['PATH_INFO']}?{query}"
        return press(self.client, self.page, button, **self.checked)

    def _form(self, name: str) -> Any:
        forms = parsed(self.page).iter("form")
        return next(form for form in forms if name in (form.get("class"), form.get("id")))

    def _submit(self, form: Any, **typed: str) -> None:
        self.presses += 1
        kept = {
            each.get("name"): each.get("value", "")
            for each in form.iter("input")
            if each.get("name") and each.get("type") != "checkbox"
        }
        url = form.get("action") or self.page.request["PATH_INFO"]
        self.page = self.client.get(f"{url}?{urlencode(kept | typed)}", follow=True)
        self.checked = {}


def test_twenty_are_reminded_in_four_presses(acme: Organization) -> None:
    hands = Hands(acme)
    hands.search("Quiet")
    hands.check_all()
    hands.act("Remind")
    assert "20 get an email now" in text(hands.page)
    hands.confirm("Send reminders for 20 requests")
    assert hands.presses == 4
    work_item.drain(BulkAction)
    with tenant(acme):
        assert Reminder.objects.filter(reference_request__candidate_first_name="Quiet").count() == 20
        assert Reminder.objects.count() == 20


def test_forty_requests_of_a_departing_member_are_reassigned_in_five_presses(acme: Organization, ken: User) -> None:
    hands = Hands(acme)
    hands.follow("Lee Wong")
    hands.check_all()
    hands.act("Reassign")
    hands.choose(owner=str(ken.pk))
    hands.confirm("Reassign 40 requests")
    assert hands.presses == 5
    work_item.drain(BulkAction)
    with tenant(acme):
        assert ReferenceRequest.objects.filter(owner_email=ken.email, candidate_first_name="Leaver").count() == 40
        assert ReferenceRequest.objects.filter(owner_email=ken.email).count() == 40


@pytest.mark.in_full
def test_all_are_in_a_csv_file_after_three_presses(acme: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "DIRECT", 500)
    make_requests(acme, ALL_ENDED - ENDED, name="Ended", state=RequestState.READY)
    hands = Hands(acme)
    hands.page = hands.client.get("/o/acme/requests/", {"state": "all"})
    hands.act("Download CSV")
    answer = hands.confirm("Download")
    work_item.drain(ListDownload)
    hands.page = hands.client.get(answer["Location"])
    file = hands.confirm("Download")
    assert hands.presses == 3
    assert b"".join(file.streaming_content).count(b"\n") == 1 + 300 + ALL_ENDED
