"""Any form input gets a page: never a crash, and never half a change."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from crosschq.tenancy.scope import tenant
from tests.extent import whole_forms
from tests.requests_app.factories import answer, name_reference, sent_request, waiting_request
from tests.requests_app.pages import text

pytestmark = pytest.mark.django_db

NASTY = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\r\nBcc: all@x.example",
    "\u202eevil",
    "x" * 30_000,
    "🧑‍🚀" * 200,
    "e\u0301" * 300,
    "\ud800",
    "١٢٣",
    "-1",
    "1e9",
    "99999999999999999999",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}%(name)s{name}",
    "a@b",
    "a@" + "b" * 300 + ".example",
    "maya@bü\u0000cher.example",
    "maya@xn--a.example",
    "maya@\u2603.example",
    "any",
    "None",
]
FIELDS = [
    *("name", "relationship", "company", "years", "email", "rating", "text", "own_words"),
    *("reason", "agreed", "words", "code", "q", "on", "phone", "emails"),
]
values = st.sampled_from(NASTY) | st.text(max_size=300)
forms = st.dictionaries(st.sampled_from(FIELDS), values, max_size=6)
URLENCODED = "application/x-www-form-urlencoded"
KINDS = (URLENCODED, f"{URLENCODED}; charset=utf-16", "multipart/form-data", "multipart/form-data; boundary=x")
often = whole_forms(40)
CANDIDATE = (
    "start/",
    "references/1/name/",
    "references/2/relation/",
    "references/1/email/",
    "check/",
    "decline/",
    "stop/",
    "not-me/",
)
REFERENCE = ("start/", "questions/1/", "questions/8/", "check/", "cannot/", "stop/")


def encoded(data: dict[str, str]) -> dict[str, str]:
    return {name: value.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for name, value in data.items()}


@often
@given(page=st.sampled_from(CANDIDATE[:-1]), data=forms)
def test_the_candidates_forms_handle_any_input(page: str, data: dict[str, str]) -> None:
    scenario = sent_request()
    Client().post(scenario.candidate_path + "start/", {"agreed": "on", "version": "1"})
    with tenant(scenario.organization):
        name_reference(scenario, 2, "Tom Beck")
    assert Client().post(scenario.candidate_path + page, encoded(data)).status_code in (200, 303, 409)


@often
@given(page=st.sampled_from(REFERENCE), data=forms)
def test_a_references_forms_handle_any_input(page: str, data: dict[str, str]) -> None:
    scenario = waiting_request()
    if page != "start/":
        Client().post(scenario.reference_path() + "start/")
    assert Client().post(scenario.reference_path() + page, encoded(data)).status_code in (200, 303, 409)


@often
@given(data=forms)
def test_the_report_sign_in_handles_any_input(data: dict[str, str]) -> None:
    scenario = sent_request()
    assert Client().post(f"/reports/{scenario.reference_request.uid}/", encoded(data)).status_code in (200, 303)


@often
@given(token=st.text(max_size=80))
def test_any_token_gets_a_response(token: str) -> None:
    safe = quote(token.encode("utf-8", "surrogatepass"), safe="")
    for path in (f"/c/{safe}/", f"/r/{safe}/", f"/r/{safe}/check/"):
        assert Client().get(path, follow=True).status_code == 404
        assert Client().post(path).status_code == 404
    assert Client().post(f"/c/{safe}/fresh-link/").status_code in (200, 404)


@pytest.mark.parametrize("body", [b"\xff\xfe=%zz", b"text=%ED%A0%80", b"&&&===;", b"text=" + b"%00" * 50])
def test_broken_form_bodies_get_a_response(body: bytes) -> None:
    scenario = waiting_request()
    Client().post(scenario.reference_path() + "start/")
    kinds = (
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
    )
    for kind in (*kinds, "application/x-www-form-urlencoded; charset=utf-16", "application/json"):
        response = Client().generic("POST", scenario.reference_path() + "questions/8/", body, content_type=kind)
        assert response.status_code in (200, 303, 400), kind


def test_a_text_of_twenty_thousand_characters_is_stored_completely() -> None:
    scenario = waiting_request()
    phone = Client()
    phone.post(scenario.reference_path() + "start/")
    long = ("Wort für Wort. " * 1400)[:20_000].strip()
    assert phone.post(scenario.reference_path() + "questions/8/", {"text": long}).status_code == 303
    assert long in phone.get(scenario.reference_path() + "questions/8/").content.decode()
    too_long = phone.post(scenario.reference_path() + "questions/8/", {"text": "x" * 20_001})
    assert too_long.status_code == 200
    assert "20000" in text(too_long)
    assert "x" * 20_001 in too_long.content.decode()


def test_user_input_is_shown_as_text() -> None:
    scenario = waiting_request()
    answer(scenario, 1, words="<script>alert(1)</script>")
    answer(scenario, 2, words="line one\n\nline two")
    path = f"/reports/{scenario.reference_request.uid}/"

    browser = Client()
    browser.post(path, {"email": "dana@acme.example"})
    code = re.findall(r"\b\d{6}\b", scenario.emails("report_code")[0].text)[0]
    browser.post(path, {"email": "dana@acme.example", "code": code})
    page = browser.get(path).content.decode()
    assert "&lt;script&gt;" in page
    assert "<script" not in page
