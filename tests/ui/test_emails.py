"""The frame of every email."""

from typing import Any

from django.template.loader import render_to_string

from crosschq.console.styleguide.views import EMAIL
from crosschq.messaging.content.email import Action, Email
from tests.ui.markup import only, parse, text_of


def html_of(**changes: Any) -> str:
    return render_to_string("messaging/email.html", {"email": {**EMAIL, **changes}})


def text_part(**changes: Any) -> str:
    fields = {**EMAIL, **changes}
    label, url = fields.pop("action_label"), fields.pop("action_url")
    return Email(preheader=fields.pop("preheader"), action=Action(label, url) if url else None, **fields).as_text()


def test_an_email_is_small_and_loads_nothing() -> None:
    html = html_of()
    page = parse(html)
    assert len(html.encode()) < 10_000
    assert [tag for tag in ("img", "link", "script", "iframe") if page.findall(f".//{tag}")] == []
    assert "url(" not in html


def test_the_link_is_a_button_and_can_also_be_read() -> None:
    page = parse(html_of())
    button, address = page.findall(".//a")
    assert button.get("href") == address.get("href") == EMAIL["action_url"]
    assert text_of(button) == "Give reference"
    assert text_of(address) == EMAIL["action_url"]


def test_the_preheader_comes_before_anything_that_is_seen() -> None:
    body = only(parse(html_of()), ".//body")
    assert text_of(body[0]) == EMAIL["preheader"]
    assert "display:none" in body[0].get("style", "")


def test_the_text_part_says_the_same() -> None:
    text = text_part()
    said = [EMAIL["greeting"], *EMAIL["paragraphs"], EMAIL["action_url"], *EMAIL["after"], *EMAIL["footer"]]
    assert [line for line in said if str(line) not in text] == []
    assert "\n\n\n" not in text


def test_names_are_escaped_in_html_and_plain_in_text() -> None:
    assert "<b>" not in html_of(greeting="Hello <b>Ann & Bo</b>,", after=["<b>x</b>"], footer=["<b>y</b>"])
    assert "Hello <b>Ann & Bo</b>," in text_part(greeting="Hello <b>Ann & Bo</b>,")


def test_a_code_is_on_its_own_line_without_a_button() -> None:
    changes: dict[str, Any] = {"code": "482913", "action_url": "", "action_label": ""}
    assert "\n    482913\n" in text_part(**changes)
    page = parse(html_of(**changes))
    assert page.findall(".//a") == []
    assert "482913" in text_of(page)
