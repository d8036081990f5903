"""The scriptless browser reads pages as a person does and sends what a real browser would."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest

from scripts.demo.browser import Browser
from scripts.demo.page import Page
from scripts.demo.person import NotThere

FORM = """
<title>Not a word of the page</title><h1>A form</h1><main>
<p>Say <strong>some</strong>thing.<span class="sub">On its own line</span></p>
<a href="/elsewhere">Manage<span class="vh"> SmartRecruiters</span></a>
<form method="post" action="/send">
  <button aria-hidden="true">Save</button>
  <input type="hidden" name="token" value="t1">
  <label for="name">Full name</label><input id="name" name="name" value="old">
  <label for="note">Note <span>(optional)</span></label><textarea id="note" name="note">
one
two</textarea>
  <label for="zone">Time zone</label><select id="zone" name="zone">
    <option value="UTC" selected>UTC</option><option value="Europe/Berlin">Berlin</option></select>
  <fieldset><legend>How often?</legend>
    <label><input type="radio" name="often" value="1"><span>Never</span></label>
    <label><input type="radio" name="often" value="2" checked><span>Always</span></label></fieldset>
  <label><input type="checkbox" name="own"><span>These are my own words</span></label>
  <input name="off" value="x" disabled>
  <button name="act" value="add" formaction="/other">Add another</button>
  <button>Send</button>
</form>
<form method="post" action="/on"><button role="switch" aria-labelledby="l" name="on" value="1"></button>
<label id="l">Make requests</label></form></main>
"""


class Site(BaseHTTPRequestHandler):
    """Shows the form, and what was sent with it."""

    def do_GET(self) -> None:
        if self.path == "/gone":
            self.send_error(404)
            return
        self._show(FORM)

    def do_POST(self) -> None:
        sent = parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True)
        origin = self.headers["Origin"] == f"http://{self.headers['Host']}"
        self._show(f"<h1>{self.path}</h1><main>{dict(sent)!r} origin {origin}</main>")

    def _show(self, page: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Log nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def person(site: str) -> Browser:
    browser = Browser()
    browser.open(f"{site}/form")
    return browser


def test_the_text_of_a_page_is_its_visible_text() -> None:
    page = Page(FORM, "http://localhost/")
    assert page.heading == "A form"
    assert page.text.startswith("Say something. On its own line Manage SmartRecruiters")


def test_fields_are_found_by_their_labels() -> None:
    names = [name for name, _ in Page(FORM, "http://localhost/").fields()]
    assert names == ["Full name", "Note", "Time zone", "Never", "Always", "These are my own words", ""]


def test_buttons_are_found_by_their_text() -> None:
    assert [name for name, _ in Page(FORM, "http://localhost/").buttons()] == ["Add another", "Send", "Make requests"]


def test_a_form_submits_its_current_values(person: Browser) -> None:
    person.press("Send")
    stands = {"token": "t1", "name": "old", "note": "one\r\ntwo", "zone": "UTC", "often": "2"}
    assert person.text == f"{stands!r} origin True"


def test_a_form_submits_what_was_filled_in(person: Browser) -> None:
    person.fill("Full name", "Maya <Osei>")
    person.fill("Note", "")
    person.fill("Time zone", "Berlin")
    person.tick("Never")
    person.tick("These are my own words")
    assert person.choices() == ["Never", "Always"]
    person.press("Add another")
    filled = {"token": "t1", "name": "Maya <Osei>", "note": "", "zone": "Europe/Berlin", "often": "1", "own": "on"}
    assert person.heading == "/other"
    assert repr({**filled, "act": "add"}).replace("<Osei>", "") in person.text


def test_a_switch_is_clicked_by_the_text_next_to_it(person: Browser) -> None:
    person.press("Make requests")
    assert person.heading == "/on"
    assert person.text == "{'on': '1'} origin True"


def test_an_error_about_something_missing_lists_what_is_there(person: Browser) -> None:
    with pytest.raises(NotThere, match=r"there is no link “Requests”\. There are: “Manage SmartRecruiters”"):
        person.follow("Requests")


def test_an_error_page_stops_the_person(site: str, person: Browser) -> None:
    with pytest.raises(NotThere, match="/gone answered 404"):
        person.open(f"{site}/gone")
