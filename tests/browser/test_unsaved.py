"""Unsaved changes: the confirmation before leaving, and buttons that keep them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Dialog, Page

from crosschq.tenancy.models import Organization, User
from tests.browser.contexts import opened
from tests.browser.hands import go
from tests.browser.test_templates import NEW, acme, dana, page
from tests.extent import first_of

__all__ = ["acme", "dana", "page"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def asked(page: Page) -> list[str]:
    """Collect the browser's dialogs from now on. Each is answered with staying on the page."""
    found = list[str]()

    def stay(dialog: Dialog) -> None:
        found.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return found


def test_leaving_a_form_asks_for_confirmation_once_it_was_changed_and_not_when_it_is_saved(page: Page) -> None:
    page.goto(f"{NEW}?start=standard")
    found = asked(page)
    page.locator("#id_preview-channel").select_option("text")
    go(page.get_by_role("link", name="Cancel"))
    assert found == []
    page.goto(f"{NEW}?start=standard")
    page.get_by_label("Template name").press_sequentially(" of nurses")
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Cancel").click()
    assert found == ["beforeunload"]
    assert page.url.endswith(f"{NEW}?start=standard")
    assert " of nurses" in page.get_by_label("Template name").input_value()
    go(page.get_by_role("button", name="Create Template"))
    assert found == ["beforeunload"]


@pytest.mark.slow
def test_a_form_that_a_ready_made_template_and_a_button_filled_in_counts_as_changed(page: Page) -> None:
    page.goto(f"{NEW}?start=standard")
    found = asked(page)
    go(page.get_by_role("button", name="Leadership"))
    assert page.get_by_label("Template name").input_value() == "Leadership"
    assert page.get_by_label("ATS Tag").input_value() == "leadership"
    assert page.get_by_role("group", name="Reference 3", exact=True).is_visible()
    assert page.locator("main [aria-current=true]").inner_text().startswith("Leadership")
    go(page.get_by_role("button", name="Add another reference"))
    assert found == []
    page.get_by_label("Template name").focus()
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Cancel").click()
    assert found == ["beforeunload"]


@pytest.mark.parametrize("scripts", first_of([True, False]), ids=["scripts", "no scripts"])
def test_no_button_of_the_form_loses_input(
    chromium: Browser, site: str, dana: User, acme: Organization, scripts: bool
) -> None:
    context = opened(chromium, site, dana, java_script_enabled=scripts, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{NEW}?start=standard")
    typed = {"Template name": "Nurses", "ATS Tag": "ward", "Position": "Night Nurse", "Description": "For wards"}
    for label, words in typed.items():
        page.get_by_label(label).fill(words)
    page.get_by_label("Send text messages too").check()
    tabs = []
    for button in ("Preview in a new tab",):
        with context.expect_page() as other:
            page.get_by_role("button", name=button).click()
        other.value.wait_for_load_state()
        tabs.append(other.value.inner_text("main"))
    for button in ("Leadership", "Add another reference", "Remove reference 1", "Move down reference 1", "Blank"):
        go(page.get_by_role("button", name=button).first)
        found = {label: page.get_by_label(label).input_value() for label in typed}
        assert found == typed, button
        assert page.get_by_label("Send text messages too").is_checked(), button
    assert "Night Nurse" in tabs[0]
    context.close()
