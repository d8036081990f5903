"""A browser without scripts: loads pages over HTTP, finds links and buttons by name, and keeps its own cookies."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from urllib.parse import urlencode, urljoin, urlsplit

import requests

from scripts.demo.page import Element, Form, Page, option_value
from scripts.demo.person import NotThere, Person

SECONDS = 60.0
TRIES = 3
REFRESH_SECONDS = 0.3


class Browser:
    """See ``person.Person``."""

    def __init__(self) -> None:
        self.session = requests.Session()
        # Both processes are on this machine, so no proxy.
        self.session.trust_env = False
        self._page = Page("", "about:blank")

    @property
    def url(self) -> str:
        return self._page.url

    @property
    def heading(self) -> str:
        return self._page.heading

    @property
    def text(self) -> str:
        return self._page.text

    def open(self, url: str) -> None:
        # People reload the page when their connection drops.
        for left in reversed(range(TRIES)):
            try:
                self._show(self.session.get(url, timeout=SECONDS))
                break
            except requests.ConnectionError:
                if not left:
                    raise NotThere(f"{_without_secrets(url)} doesn't answer.") from None
                time.sleep(0.5)

    def follow(self, link: str) -> None:
        self.open(urljoin(self.url, self._find(link, "link", self._page.links()).get("href")))

    def fill(self, label: str, value: str) -> None:
        field = self._find(label, "field", self._page.fields())
        if field.tag == "textarea":
            field.children = [value]
        elif field.tag == "select":
            _choose(field, self._find(value, "option", ((o.text, o) for o in field.walk("option"))))
        else:
            field.attributes["value"] = value

    def tick(self, label: str) -> None:
        chosen = self._find(label, "box", ((name, field) for name, field in self._page.fields() if _is_box(field)))
        if chosen.get("type") == "radio":
            for other in (chosen.inside("form") or self._page.root).walk("input"):
                if other.get("name") == chosen.get("name"):
                    other.attributes.pop("checked", None)
        chosen.attributes["checked"] = ""

    def choices(self) -> list[str]:
        return [name for name, field in self._page.fields() if field.get("type") == "radio"]

    def text_fields(self) -> list[str]:
        return [name for name, field in self._page.fields() if field.tag == "textarea"]

    def press(self, button: str) -> None:
        pressed = self._find(button, "button", self._page.buttons())
        form = Form.of(pressed)
        if form is None:
            raise NotThere(f"The button “{button}” is in no form.")
        target = urljoin(self.url, pressed.get("formaction") or form.action or self.url)
        pairs = form.sent(pressed)
        if form.method == "get":
            self.open(f"{target.partition('?')[0]}?{urlencode(pairs)}")
            return
        here = urlsplit(self.url)
        headers = {"Origin": f"{here.scheme}://{here.netloc}", "Referer": self.url.partition("#")[0]}
        self._show(self.session.post(target, data=pairs, headers=headers, timeout=SECONDS))

    def _show(self, answer: requests.Response) -> None:
        page = Page(answer.text, answer.url)
        if answer.status_code >= 400:
            where = _without_secrets(answer.url)
            raise NotThere(f"{where} answered {answer.status_code}: {page.heading or 'no page'}. {page.text[:300]}")
        self._page = page
        self._wait_for_task()

    def _wait_for_task(self) -> None:
        """Reload a page that refreshes itself until its background task is done."""
        deadline = time.monotonic() + SECONDS
        while self._page.refreshes:
            if time.monotonic() > deadline:
                raise NotThere(f"“{self.heading}” is still waiting. It says: {self.text[:400]}")
            time.sleep(REFRESH_SECONDS)
            answer = self.session.get(self.url, timeout=SECONDS)
            self._page = Page(answer.text, answer.url)

    def _find(self, words: str, kind: str, named: Iterable[tuple[str, Element]]) -> Element:
        """The element with exactly this name, or the first whose name starts with it."""
        there = list(named)
        exact = (element for name, element in there if name == words)
        begins = (element for name, element in there if name.startswith(words))
        for element in _chain(exact, begins):
            return element
        names = ", ".join(f"“{name[:60]}”" for name, _ in there if name) or "none"
        raise NotThere(f"On “{self.heading}” there is no {kind} “{words}”. There are: {names}.")


def scriptless(*, phone: bool) -> Person:
    """See ``person.Cast``. Without stylesheets, a phone is like a desktop."""
    return Browser()


def _chain(*elements: Iterator[Element]) -> Iterator[Element]:
    for some in elements:
        yield from some


def _choose(select: Element, chosen: Element) -> None:
    for option in select.walk("option"):
        option.attributes.pop("selected", None)
        if option_value(option) == option_value(chosen):
            option.attributes["selected"] = ""


def _is_box(field: Element) -> bool:
    return field.get("type") in ("radio", "checkbox")


def _without_secrets(url: str) -> str:
    """The URL with long path segments removed, so that no secret link is printed."""
    parts = urlsplit(url)
    path = "/".join(part if len(part) < 24 else "…" for part in parts.path.split("/"))
    return f"{parts.scheme}://{parts.netloc}{path}"
