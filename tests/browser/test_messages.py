"""Emails and the pages to stop them in Chromium, at both widths, light and dark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings as project
from django.test import Client
from playwright.sync_api import Browser, Page

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.content.catalog import CATALOG
from crosschq.messaging.content.rendering import preview
from crosschq.messaging.models import DeliveryStatus
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.candidate import nominate
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.extent import first_of
from tests.factories import make_member, make_organization
from tests.messaging.rows import change
from tests.requests_app.factories import name_reference, sent_request, waiting_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = (320, 390, 1280)
# The surrounding page of an email client has these.
OF_WHOLE_PAGES = ("landmark-one-main", "page-has-heading-one", "region")


@pytest.fixture
def page(chromium: Browser, site: str) -> Iterator[Page]:
    """The CSP is bypassed for axe."""
    context = chromium.new_context(base_url=site, viewport={"width": 390, "height": 844}, bypass_csp=True)
    yield context.new_page()
    context.close()


@pytest.mark.slow
def test_recipients_can_stop_our_email(page: Page) -> None:
    job = waiting_request(make_organization("Acme GmbH"))
    found: list[object] = []
    page.goto(f"{job.candidate_path}stop/")
    found += broken(page, WIDTHS)
    go(page.get_by_role("button", name="Stop emails"))
    page.get_by_role("heading", name="You won't get any more emails").wait_for()
    found += broken(page, WIDTHS)
    go(page.get_by_role("button", name="Send me emails again"))
    page.get_by_role("heading", name="Stop emails about this request?").wait_for()
    page.goto(f"{job.reference_path()}stop/")
    found += broken(page, WIDTHS)
    page.goto(f"{job.candidate_path}not-me/")
    found += broken(page, WIDTHS)
    go(page.get_by_role("button", name="This email wasn't for me"))
    found += broken(page, WIDTHS)
    go(page.get_by_role("button", name="Yes, it's the wrong address"))
    page.get_by_role("heading", name="Thank you for telling us").wait_for()
    found += broken(page, WIDTHS)
    assert found == []


@pytest.mark.in_full
def test_a_phone_number_can_be_added_for_reminders(page: Page) -> None:
    job = sent_request(text_messages_enabled=True)
    with tenant(job.organization):
        nominate.begin(job.reference_request)
        name_reference(job, 1, "Priya Nair")
    page.goto(f"{job.candidate_path}references/1/email/")
    found = broken(page, WIDTHS)
    page.get_by_label("Mobile number").fill("12")
    go(page.get_by_role("button", name="Save and continue"))
    page.get_by_role("link", name="Include the country code").wait_for()
    assert found + broken(page, WIDTHS) == []


@pytest.mark.slow
def test_the_team_sees_the_delivery_status_of_each_message(page: Page, site: str) -> None:
    job = waiting_request(make_organization("Acme GmbH"))
    for message, delivery in zip(job.emails(), ("delivered", "bounced", "complained"), strict=True):
        change(
            message,
            state=WorkState.DONE,
            text="",
            html="",
            delivery=DeliveryStatus(delivery),
            finished_at=message.created_at,
        )
    client = Client()
    client.force_login(make_member(job.organization, Role.VIEWER))
    name = project.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])
    page.goto(f"/o/{job.organization.slug}/requests/{job.reference_request.uid}/")
    for words in ("Delivered", "Did not arrive", "Marked as spam"):
        page.get_by_text(words, exact=True).first.wait_for()
    assert broken(page, WIDTHS) == []


@pytest.mark.in_full
@pytest.mark.parametrize("key", first_of(["candidate_invitation", "reference_reminder", "report_ready"]))
def test_emails_are_accessible(page: Page, key: str) -> None:
    page.set_content(preview(CATALOG[key], None, "long", "en").html)
    assert broken(page, WIDTHS, but=OF_WHOLE_PAGES) == []
