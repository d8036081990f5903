"""Which addresses reach the same person."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crosschq.core.text.email_keys import address_key

SAME = [
    ("maya@x.example", "MAYA@X.EXAMPLE"),
    ("maya@x.example", " maya@x.example "),
    ("maya@x.example", "maya+jobs@x.example"),
    ("maya+a@x.example", "maya+b@x.example"),
    ("maya@x.example", "maya@x.example."),
    ("maya.osei@gmail.com", "mayaosei@gmail.com"),
    ("m.a.y.a+x@gmail.com", "maya@googlemail.com"),
    ("MAYA@GoogleMail.com", "maya@gmail.com"),
    ("maya@bücher.example", "maya@xn--bcher-kva.example"),
    ("maya@BÜCHER.example", "maya@bücher.example"),
    ("maya@BU\u0308CHER.example", "maya@bücher.example"),
    ("straße@x.example", "STRASSE@x.example"),
]
DIFFERENT = [
    ("maya@x.example", "maja@x.example"),
    ("maya@x.example", "maya@y.example"),
    ("maya.osei@x.example", "mayaosei@x.example"),
    ("maya@mail.x.example", "maya@x.example"),
    ("maya@gmail.com.example", "maya@gmail.com"),
    ("+a@x.example", "+b@x.example"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_insignificant_differences_are_ignored(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_mailboxes_stay_different(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


@given(st.text())
@example("0 .")
def test_any_text_has_a_key_and_a_key_is_its_own_key(text: str) -> None:
    key = address_key(text)
    assert address_key(key) == key or "+" in key
