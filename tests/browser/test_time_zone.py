"""Sign-up preselects the time zone of the browser, under the name that is offered."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_sign_up_preselects_the_browsers_time_zone_by_its_newer_name(
    chromium: Browser, live_server: LiveServer
) -> None:
    context = chromium.new_context(timezone_id="Asia/Calcutta")
    page = context.new_page()
    page.goto(f"{live_server.url}/accounts/signup/")
    value = page.locator("#id_time_zone").input_value()
    context.close()
    assert value == "Asia/Kolkata"
