"""Placeholders in the message editor, shown as chips."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from templates_app.models import RequestTemplate
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.browser.test_templates import NEW, acme, dana, page

__all__ = ["acme", "dana", "page"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SUBJECT = "messages-candidate_invitation-en-subject"
TEXT = "messages-candidate_invitation-en-text"


@pytest.fixture
def own(page: Page) -> Page:
    """The form of a new template with a custom invitation for the candidate."""
    page.goto(f"{NEW}?start=standard")
    page.get_by_text("Candidate: invitation", exact=True).first.click()
    go(page.get_by_role("button", name="Write own text Candidate: invitation"))
    return page


def sent(page: Page, name: str) -> str:
    return page.locator(f"[name={name}]").input_value().replace("\r\n", "\n")


def text_box(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Email text")


def test_placeholders_are_shown_without_braces_and_a_message_opens_by_clicking_anywhere_on_its_row(own: Page) -> None:
    assert "{{" not in own.inner_text("main")
    assert "Hello Candidate's first name, or “there”," in text_box(own).inner_text()
    assert sent(own, TEXT).startswith(
        'Hello {{ candidate_first_name | default: "there" }},\n\nYou are being considered'
    )
    own.goto(NEW)
    first, *others = own.locator("details.message > summary").all()
    arrow = first.evaluate("row => getComputedStyle(row, '::before').transform")
    assert arrow != "none"
    first.click(position={"x": 200, "y": 20})
    assert first.evaluate("row => row.parentElement.open")
    assert first.evaluate("row => getComputedStyle(row, '::before').transform") != arrow
    for summary in others:
        summary.click()
    assert "{{" not in own.inner_text("main")


@pytest.mark.slow
def test_a_text_is_submitted_as_typed_and_an_error_links_to_the_visible_editor(own: Page, acme: Organization) -> None:
    before = sent(own, TEXT)
    text_box(own).focus()
    own.keyboard.press("Control+Home")
    own.keyboard.type("Dear candidate. ")
    assert sent(own, TEXT) == "Dear candidate. " + before
    own.get_by_role("textbox", name="Email subject").fill("For {{ nobody }}")
    go(own.get_by_role("button", name="Create Template"))
    own.locator(".error-summary a").first.click()
    box = own.get_by_role("textbox", name="Email subject")
    expect(box).to_be_in_viewport()
    assert box.get_attribute("aria-invalid") == "true"
    box.fill("For {{ position }}")
    go(own.get_by_role("button", name="Create Template"))
    with tenant(acme):
        stored = RequestTemplate.objects.get().current.messages["candidate_invitation"]["en"]["text"]
    assert stored == "Dear candidate. " + before


def test_an_editor_takes_pasted_typed_and_inserted_placeholders_and_escapes_markup(own: Page) -> None:
    subject = own.get_by_role("textbox", name="Email subject")
    subject.focus()
    own.keyboard.press("Control+a")
    own.keyboard.press("Control+x")
    assert sent(own, SUBJECT) == ""
    own.keyboard.press("Control+v")
    assert sent(own, SUBJECT) == "{{ organization }} asks you to name {{ references }}"
    assert subject.locator(".chip").all_inner_texts() == [
        "Your organization's name",
        "How many references are asked for",
    ]
    subject.fill("For {{ position }}")
    subject.blur()
    expect(subject.locator(".chip")).to_have_text("Position")
    assert sent(own, SUBJECT) == "For {{ position }}"
    subject.fill('<b onclick="x()">Hi</b> {{ position | default: "<i>job</i>" }}')
    subject.blur()
    assert subject.locator("b, i").count() == 0
    assert sent(own, SUBJECT) == '<b onclick="x()">Hi</b> {{ position | default: "<i>job</i>" }}'
    insert_and_delete_with_the_keyboard(own, subject)
    text_box(own).fill("Please name them.")
    own.get_by_text("Insert into the email").click()
    go(own.locator("[data-into]", has_text="The secret link").first)
    # A link gets its own paragraph.
    assert sent(own, TEXT) == "Please name them.\n\n{{ link }}"
    assert text_box(own).locator(".chip").all_inner_texts() == ["The secret link"]


def insert_and_delete_with_the_keyboard(own: Page, subject: Locator) -> None:
    subject.fill("For ")
    own.keyboard.press("End")
    own.keyboard.press("Tab")
    own.keyboard.press("Enter")  # opens the list
    chip = own.locator("[data-into]", has_text="Position").first
    while not chip.evaluate("chip => chip === document.activeElement"):
        own.keyboard.press("Tab")
    own.keyboard.press("Enter")
    assert subject.evaluate("box => box === document.activeElement")
    assert sent(own, SUBJECT) == "For {{ position }}"
    own.keyboard.type(" now")
    assert sent(own, SUBJECT) == "For {{ position }} now"
    for _ in range(len(" now") + 1):
        own.keyboard.press("Backspace")
    assert sent(own, SUBJECT).strip() == "For"
    own.keyboard.press("Enter")
    assert "\n" not in sent(own, SUBJECT)


@pytest.mark.slow
def test_the_editor_is_accessible(own: Page) -> None:
    own.get_by_text("Insert into the email").click()
    assert broken(own, (320, 390, 1280)) == []
