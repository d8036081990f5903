"""The privacy desk in Chromium: each page is accessible and fits, and each journey works from start to finish."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page

from crosschq.core import clock
from crosschq.core.models import Installation
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.restore.held import Known
from crosschq.messaging.models import Message
from crosschq.privacy.models import DataExport, Erasure
from crosschq.tenancy.models import Organization, Role, User
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest
from tests.accounts.pages import make_verified_user
from tests.browser.contexts import opened
from tests.browser.hands import go, leave
from tests.browser.rules import broken
from tests.browser.test_people import confirm
from tests.factories import make_member, make_organization
from tests.privacy.retention.factories import ended_request
from tests.requests_app.factories import ready_request, waiting_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
MAYA, MAYA_OSEI = "maya@candidates.example", "maya.osei@candidates.example"


@pytest.fixture
def acme() -> Organization:
    organization = make_organization("Acme GmbH", slug="acme")
    ready_request(organization)
    return organization


@pytest.fixture
def dana(acme: Organization) -> User:
    return make_member(acme, Role.OWNER, make_verified_user())


@pytest.fixture
def page(chromium: Browser, site: str, dana: User) -> Iterator[Page]:
    """A page signed in as the owner. The CSP is bypassed for axe."""
    context = opened(chromium, site, dana, viewport={"width": 390, "height": 844}, bypass_csp=True)
    yield context.new_page()
    context.close()


def find(page: Page, text: str) -> None:
    page.goto("/o/acme/privacy/")
    search(page, text)


def search(page: Page, text: str) -> None:
    page.get_by_label("Email").or_(page.get_by_role("textbox")).first.fill(text)
    go(page.get_by_role("button", name="Search"))


def shown(page: Page, text: str) -> None:
    page.get_by_text(text).first.wait_for()


@pytest.mark.slow
def test_a_person_is_found_seen_exported_corrected_and_erased_with_a_proof(page: Page) -> None:
    page.goto("/o/acme/privacy/erasures/")
    wrong = broken(page)
    page.goto("/o/acme/privacy/")
    wrong += broken(page)
    search(page, "nobody@nowhere.example")
    shown(page, "No one found")
    wrong += broken(page)
    search(page, MAYA)
    wrong += broken(page)
    go(page.get_by_role("link", name="Maya"))
    shown(page, "Everything Acme GmbH holds about this person.")
    person = page.url
    wrong += broken(page) + export(page)
    page.goto(person)
    wrong += correct(page, MAYA_OSEI) + erase(page)
    find(page, MAYA_OSEI)
    shown(page, "This person was erased")
    wrong += broken(page)
    assert wrong == []


def export(page: Page) -> list[object]:
    go(page.get_by_role("link", name="Export", exact=True))
    wrong = broken(page)
    leave(page.get_by_role("button", name="Create export"))
    shown(page, "Waiting for a worker.")
    wrong += broken(page)
    work_item.drain(DataExport)
    # The page polls on its own, and shows when the work is done.
    page.get_by_role("button", name="Download").wait_for()
    wrong += broken(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename.endswith(".zip")
    return wrong


def correct(page: Page, email: str) -> list[object]:
    go(page.get_by_role("link", name="Correct"))
    wrong = broken(page)
    page.get_by_label("Email").fill("maya@")
    go(page.get_by_role("button", name="Correct"))
    wrong += broken(page)
    assert page.get_by_label("Email").input_value() == "maya@"
    page.get_by_label("Email").fill(email)
    go(page.get_by_role("button", name="Correct"))
    shown(page, email)
    return wrong + broken(page)


def erase(page: Page) -> list[object]:
    """Erase the person, and return the violations found on the pages on the way."""
    go(page.get_by_role("link", name="Erase…"))
    wrong = broken(page)
    go(page.get_by_role("button", name="Erase"))
    confirm(page)
    wrong += broken(page)
    work_item.drain(Erasure)
    shown(page, "Found nothing.")
    wrong += broken(page)
    page.goto("/o/acme/privacy/erasures/")
    shown(page, "A person")
    return wrong + broken(page)


@pytest.mark.slow
def test_periods_are_previewed_then_saved_with_a_proof_and_a_hold_is_placed_and_released(
    page: Page, acme: Organization
) -> None:
    ended_request(acme, clock.now() - timedelta(days=40))
    page.goto("/o/acme/privacy/retention/")
    wrong = broken(page)
    page.get_by_label("Requests and reports").fill("1")
    go(page.get_by_role("button", name="Show what would be deleted"))
    shown(page, "These periods aren't saved yet")
    assert page.get_by_role("row", name="Requests and reports").get_by_role("cell").nth(1).inner_text() == "1"
    wrong += broken(page)
    page.get_by_label("Requests and reports").fill("99")
    go(page.get_by_role("button", name="Save periods"))
    wrong += broken(page)
    page.get_by_label("Requests and reports").fill("1")
    go(page.get_by_role("button", name="Save periods"))
    shown(page, "1 month instead of 24 months")
    wrong += broken(page)
    confirm(page)
    shown(page, "They apply starting tonight.")
    page.get_by_label("Email address of the person").fill(MAYA)
    page.get_by_label("Reason").fill("Case 12")
    go(page.get_by_role("button", name="Place hold"))
    wrong += broken(page)
    go(page.get_by_role("button", name="Release Case 12"))
    confirm(page)
    shown(page, "No holds are in force.")
    wrong += broken(page)
    assert wrong == []


@pytest.mark.slow
def test_an_organization_is_exported_and_its_deletion_requested_and_canceled(page: Page) -> None:
    page.goto("/o/acme/privacy/organization/")
    wrong = broken(page)
    leave(page.get_by_role("button", name="Create export"))
    work_item.drain(DataExport)
    page.get_by_role("button", name="Download").wait_for()
    assert page.get_by_role("heading", level=1).inner_text() == "Export of everything"
    wrong += broken(page)
    page.goto("/o/acme/privacy/organization/")
    page.get_by_label("Type Acme GmbH to confirm").fill("Acme")
    go(page.get_by_role("button", name="Delete organization"))
    wrong += broken(page)
    page.get_by_label("Type Acme GmbH to confirm").fill("Acme GmbH")
    go(page.get_by_role("button", name="Delete organization"))
    confirm(page)
    shown(page, "Acme GmbH will be deleted on")
    wrong += broken(page)
    go(page.get_by_role("button", name="Keep organization"))
    shown(page, "Nothing was deleted.")
    assert wrong == []


@pytest.mark.slow
def test_after_a_restore_members_decide_about_what_is_on_hold(page: Page, acme: Organization) -> None:
    waiting_request(acme)
    now = clock.now()
    fields = {
        "restored_at": now,
        "lost_since": now - timedelta(hours=3),
        "compared_at": now,
        "erasures_repeated_at": now,
    }
    Installation.objects.update_or_create(
        pk=1, defaults=fields, create_defaults={**fields, "uid": acme.uid, "system_identifier": ""}
    )
    known = (Known.WENT_OUT, Known.NOT_SENT, Known.NOTHING)
    with tenant(acme):
        for message, each in zip(Message.objects.order_by("pk")[:3], known, strict=True):
            held = {"state": WorkState.HELD, "held_for": each, "reason": "It went out on Nov 29, 2026, 10:32 AM CET."}
            Message.objects.filter(pk=message.pk).update(**held)
        ReferenceRequest.objects.filter(state="waiting_for_references").update(paused_until=now + timedelta(days=1))
    try:
        page.goto("/o/acme/requests/")
        shown(page, "Our database was restored from a backup")
        wrong = broken(page)
        go(page.get_by_role("link", name="See what is on hold"))
        shown(page, "3 messages are on hold")
        wrong += broken(page)
        page.get_by_role("checkbox").nth(0).check()
        page.get_by_role("checkbox").nth(1).check()
        go(page.get_by_role("button", name="Send selected…"))
        wrong += broken(page)
        go(page.get_by_role("button", name="Send 2 messages"))
        shown(page, "2 messages go out now.")
        go(page.get_by_role("button", name="Drop all…"))
        go(page.get_by_role("button", name="Drop 1 message"))
        shown(page, "You have nothing on hold")
        wrong += broken(page)
        assert wrong == []
    finally:
        Installation.objects.all().delete()
