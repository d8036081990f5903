"""Input of customers and candidates stays text: it runs nowhere and becomes no header or recipient."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosschq.messaging.channels.deliver import _as_email
from crosschq.messaging.content import placeholders, rendering
from crosschq.messaging.content.catalog import CATALOG
from crosschq.messaging.content.email import Email
from crosschq.messaging.content.one_line import plain
from crosschq.messaging.content.rendering import Texts, compose, compose_sms, own, sample_values
from crosschq.messaging.models import Message
from tests.extent import first_of, in_full
from tests.messaging.injections import all_injections

INVITATION = CATALOG["candidate_invitation"]
LINK = "{{ link }}"
VALUES = sample_values("short")
# The tags of our email layout. User input never adds to them.
ELEMENTS = {"html", "head", "meta", "title", "style", "body", "div", "p", "a", "br"}
HEADERS = {"Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted"}
HOSTILE = all_injections()
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=200)


def squeezed(text: str) -> str:
    return "".join(text.split())


def as_received(email: Email) -> EmailMessage:
    """The email as the recipient's program reads it."""
    row = Message(
        to_email="maya@candidates.example",
        to_name="Maya Osei",
        subject=email.subject,
        text=email.as_text(),
        html=email.as_html(),
    )
    parsed = message_from_bytes(_as_email(row).message().as_bytes(), policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def said_in(email: Email) -> tuple[str, str]:
    """The visible text of the text part and of the HTML part, without spaces."""
    page = html5lib.parse(email.as_html(), namespaceHTMLElements=False)
    assert {element.tag for element in page.iter()} <= ELEMENTS
    assert all(not name.startswith("on") for element in page.iter() for name in element.attrib)
    targets = {a.get("href") for a in page.iter("a")}
    assert targets <= {VALUES["link"], f"{VALUES['link']}not-me/", f"{VALUES['link']}stop/"}
    return squeezed(email.as_text()), squeezed("".join(page.itertext()))


def test_the_list_has_five_hundred_strings() -> None:
    assert len(HOSTILE) >= 500


def test_no_template_engine_evaluates_a_text() -> None:
    changed = [text for text in HOSTILE if placeholders.render(text, VALUES) != text]
    assert changed == []


def test_an_invalid_placeholder_is_an_error() -> None:
    braces = [text for text in HOSTILE if placeholders.LEFT_OVER.search(text)]
    assert len(braces) > 200
    unnoticed = [text for text in braces if not any(p.is_error for p in placeholders.problems(text))]
    assert unnoticed == []


@pytest.mark.parametrize("part", first_of(range(10), 3))
def test_a_customers_text_is_shown_as_typed(part: int) -> None:
    for text in HOSTILE[part::10]:
        email = compose(INVITATION, own(INVITATION, text=f"{text}\n\n{LINK}"), VALUES)
        expected = squeezed(text)
        plain, html = said_in(email)
        assert expected in plain, text
        # HTML can't contain control characters, so html5lib replaces them.
        if text.isprintable():
            assert expected in html, text


@pytest.mark.parametrize("part", first_of(range(8)))
def test_a_customers_subject_adds_no_header_and_no_recipient(part: int) -> None:
    for text in HOSTILE[part::8]:
        email = compose(INVITATION, own(INVITATION, subject=f"Hello {text[:240]}"), VALUES)
        received = as_received(email)
        assert set(received.keys()) <= HEADERS, text
        assert received["To"] == "Maya Osei <maya@candidates.example>"
        assert "\n" not in str(received["Subject"])


@pytest.mark.parametrize("name", ["organization", "candidate_first_name", "position", "owner_name"])
def test_a_value_is_not_parsed_again(name: str) -> None:
    """A person named {{ link }} keeps that name, and no link appears in its place."""
    text = f"{{{{ {name} }}}}"
    for value in ["{{ link }}", '{{ organization | default: "x" }}', "{% now 'Y' %}", *HOSTILE[::25]]:
        assert placeholders.render(text, {**VALUES, name: value}) == plain(value)


@pytest.mark.in_full
def test_a_value_adds_no_paragraph_header_or_element() -> None:
    for value in HOSTILE[:: 3 if in_full() else 9]:
        filled = {**VALUES, "candidate_first_name": value, "organization": value, "position": value}
        email = compose(INVITATION, rendering.standard(INVITATION), filled)
        assert len(email.paragraphs) == 5
        assert set(as_received(email).keys()) <= HEADERS
        said_in(email)


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_any_text_anywhere_is_only_text(subject: str, text: str, value: str) -> None:
    filled = {**VALUES, "candidate_first_name": value}
    email = compose(INVITATION, Texts(subject, "", f"{text}\n\n{LINK}", "", is_own=True), filled)
    received = as_received(email)
    assert set(received.keys()) <= HEADERS
    assert [address.addr_spec for address in received["To"].addresses] == ["maya@candidates.example"]
    assert email.action_url == VALUES["link"]


@given(ANY_TEXT, ANY_TEXT)
def test_filling_in_is_idempotent(text: str, value: str) -> None:
    values = {"organization": value.replace("{", "(")}
    once = placeholders.render(text, values)
    assert placeholders.render(once, values) == once


@given(ANY_TEXT)
def test_a_text_without_double_braces_is_unchanged(text: str) -> None:
    text = text.replace("{{", "{")
    assert placeholders.render(text, VALUES) == text


@given(ANY_TEXT)
def test_a_text_message_is_one_line_with_sender_and_opt_out(text: str) -> None:
    line = compose_sms(Texts("", "", "", f"{text} {LINK}", is_own=True), VALUES)
    assert "Acme GmbH" in line
    assert "STOP" in line
    assert len(line.splitlines()) == 1
