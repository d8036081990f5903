"""Helpers for using pages like a browser without scripts: forms submit what their controls contain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from xml.etree.ElementTree import Element

import html5lib
from django.test import Client

T = TypeVar("T")
_kept: dict[str, Any] = {}


def kept(name: str, ask: Callable[[], T]) -> T:
    """The page that ``ask`` returned the first time, with its parsed document, for all tests that get it."""
    if name not in _kept:
        _kept[name] = ask()
    found: T = _kept[name]
    return found


def parsed(response: Any) -> Element:
    """The parsed page, kept with its response. Fails if the HTML isn't well-formed."""
    if not hasattr(response, "document"):
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        response.document = parser.parse(response.content.decode())
    document: Element = response.document
    return document


def words(element: Element) -> str:
    """The visible text, without `hidden` elements."""
    return " ".join("".join(_seen(element)).split())


def _seen(element: Element) -> Iterator[str]:
    if "hidden" not in element.attrib:
        yield element.text or ""
        for part in element:
            yield from _seen(part)
            yield part.tail or ""


def tables(response: Any) -> list[list[list[str]]]:
    """The text of each cell, by table and row."""
    return [
        [[words(cell) for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
        for table in parsed(response).iter("table")
    ]


def errors(response: Any) -> list[str]:
    """The lines of the error summary."""
    for part in parsed(response).iter("div"):
        if part.get("class") == "error-summary":
            return [words(line) for line in part.iter("li")]
    return []


def form(response: Any) -> Element:
    """The main form of the page: the one with the most controls."""
    main = next(parsed(response).iter("main"))
    return max(main.iter("form"), key=lambda one: len(list(_controls(one))))


def controls(response: Any) -> dict[str, str]:
    """The form data without any changes."""
    return dict(_controls(form(response)))


def buttons(response: Any) -> list[str]:
    return [words(button) for button in form(response).iter("button")]


def press(client: Client, response: Any, button: str, **typed: str) -> Any:
    """Fill in the form and click the button with this label. '' unchecks a checkbox."""
    shown = form(response)
    found = [one for one in shown.iter("button") if words(one) == button]
    assert found, f"there is no button {button!r} among {buttons(response)}"
    data = {**dict(_controls(shown)), **{name.replace("__", "-"): value for name, value in typed.items()}}
    data = {name: value for name, value in data.items() if value != "" or not _is_checkbox(shown, name)}
    if name := found[-1].get("name"):
        data[name] = found[-1].get("value", "")
    return client.post(shown.get("action") or response.request["PATH_INFO"], data)


def _controls(shown: Element) -> Iterator[tuple[str, str]]:
    for control in shown.iter():
        name = control.get("name")
        if control.tag not in ("input", "select", "textarea") or not name:
            continue
        if control.tag == "textarea":
            # Like a browser, the parser drops a line break right after the tag.
            yield name, "".join(control.itertext())
        elif control.tag == "select":
            options = list(control.iter("option"))
            chosen = [option for option in options if option.get("selected") is not None] or options[:1]
            yield name, chosen[0].get("value", "")
        elif control.get("type") not in ("checkbox", "radio") or control.get("checked") is not None:
            yield name, control.get("value", "on" if control.get("type") == "checkbox" else "")


def _is_checkbox(shown: Element, name: str) -> bool:
    return any(one.get("name") == name and one.get("type") == "checkbox" for one in shown.iter("input"))
