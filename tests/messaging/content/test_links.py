"""Each address in an email is a link in its HTML, whichever function builds the email."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest
from pytest_django import Settings

from crosschq.core.ui.links import URL, LinkedPiece, with_links
from crosschq.messaging.content import rendering
from crosschq.messaging.content.catalog import CATALOG
from crosschq.messaging.content.email import Action, Email
from crosschq.messaging.content.message_types import MessageKind
from tests.ui.markup import parse, text_of

OURS = "https://crosschq.example"


@pytest.fixture(autouse=True)
def base_url(settings: Settings) -> None:
    settings.BASE_URL = OURS


def unlinked(html: str) -> list[str]:
    """The addresses in the HTML that aren't in a link."""
    page = parse(html)
    for link in page.iter("a"):
        link.text = ""
    body = page.find("body")
    assert body is not None
    return URL.findall(text_of(body))


@pytest.mark.parametrize("place", ["paragraphs", "closing", "after", "footer"])
def test_an_address_of_ours_anywhere_in_an_email_is_a_link(place: str) -> None:
    lines = (f"See why: {OURS}/o/acme/.", f"Turn it off: {OURS}/off?a=1&b=2\nand ({OURS}/x), or {OURS}/y!")
    values: dict[str, Any] = {"subject": "S", "preheader": "P", "paragraphs": ("Hello",)} | {place: lines}
    html = Email(**values).as_html()
    assert unlinked(html) == []
    found = [link.get("href") for link in parse(html).iter("a")]
    assert found == [f"{OURS}/o/acme/", f"{OURS}/off?a=1&b=2", f"{OURS}/x", f"{OURS}/y"]


@pytest.mark.parametrize("kind", CATALOG.values(), ids=lambda kind: str(kind.key))
def test_each_standard_message_links_all_its_addresses(kind: MessageKind) -> None:
    values = rendering.sample_values("long") | {"link": f"{OURS}/c/abc/"}
    assert unlinked(rendering.compose(kind, rendering.standard(kind), values).as_html()) == []


def test_an_address_that_someone_else_wrote_stays_text() -> None:
    kind = CATALOG["candidate_invitation"]
    text = "Hello {{ candidate_first_name }}, read https://acme.example/privacy.\n\n{{ link }}"
    values = rendering.sample_values("short") | {"link": f"{OURS}/c/abc/", "candidate_first_name": "https://evil.com/"}
    html = rendering.compose(kind, rendering.own(kind, text=text), values).as_html()
    assert unlinked(html) == ["https://evil.com/,", "https://acme.example/privacy."]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("no address", [LinkedPiece("no address")]),
        ("", []),
        (f"{OURS}", [LinkedPiece(OURS, OURS)]),
        (f"({OURS}/a).", [LinkedPiece("("), LinkedPiece(f"{OURS}/a", f"{OURS}/a"), LinkedPiece(").")]),
        (f"{OURS}.evil.example/a", [LinkedPiece(f"{OURS}.evil.example/a")]),
        ("http://other.example", [LinkedPiece("http://other.example")]),
    ],
)
def test_only_our_addresses_become_links(text: str, pieces: list[LinkedPiece]) -> None:
    assert with_links(text) == pieces
    assert "".join(piece.text for piece in pieces) == text


def test_markup_around_an_address_stays_text() -> None:
    email = Email("S", "P", (f'<b>{OURS}/a"onclick="x"</b>',), action=Action("Open", f"{OURS}/b"))
    html = email.as_html()
    assert "<b>" not in html
    assert not re.search(r"<[^>]*onclick", html)


def test_an_email_has_no_other_text() -> None:
    """A new field's addresses must be links too: add it to the test that lists the places of addresses."""
    texts = {"subject", "preheader", "greeting", "sender", "code", "paragraphs", "closing", "after", "footer"}
    assert {each.name for each in fields(Email)} == texts | {"action", "links"}
