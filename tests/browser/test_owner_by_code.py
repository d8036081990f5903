"""A recruiter without an account in Chromium: from the "Not sent" email to the request that went out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from connectors.models import BackgroundTask, Connection
from crosschq.core.outbox import work_item
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.vendor import Vendor
from tests.webhooks.conftest import admin, live
from tests.webhooks.log.test_owner_notices import JONAS, emails
from tests.webhooks.moves import move_and_decide, requests_of
from webhooks.models import InboundEvent

__all__ = ["admin", "live"]
pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_an_owner_gets_from_not_sent_to_a_sent_request(
    chromium: Browser, live_server: LiveServer, vendor: Vendor, live: Connection
) -> None:
    move_and_decide(live, vendor, *JONAS)
    (email,) = emails(live)
    link = re.findall(r"https?://[^/\s]+(/o/\S+)", email.text)[0]
    with chromium.new_context(base_url=live_server.url, bypass_csp=True) as context:
        page = context.new_page()
        page.goto(link)
        assert broken(page) == []
        go(page.get_by_role("link", name="Get a code by email"))
        assert broken(page) == []
        page.get_by_label("Your work email").fill(email.to_email)
        go(page.get_by_role("button", name="Send code"))
        with tenant(live.organization):
            code = re.findall(r"\b\d{6}\b", Message.objects.get(kind="owner_code").text)[0]
        page.get_by_label("Code", exact=True).fill(code)
        assert broken(page) == []
        go(page.get_by_role("button", name="Open page"))
        assert broken(page) == []
        go(page.get_by_role("link", name="Send with template…"))
        work_item.drain(BackgroundTask)
        page.reload()
        assert broken(page) == []
        go(page.get_by_role("button", name="Send request"))
        work_item.drain(InboundEvent)
        page.reload()
        assert broken(page) == []
        go(page.get_by_role("link", name="View request"))
        assert broken(page) == []
        assert page.get_by_role("heading", level=1).inner_text() == "Jonas Lind"
        go(page.get_by_role("button", name="Sign out"))
        assert broken(page) == []
    (reference_request,) = requests_of(live)
    assert reference_request.owner_email == email.to_email
