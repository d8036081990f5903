"""The texts of a page, and which of them never went through gettext."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from django.apps import apps
from django.db.models import CharField, JSONField, TextField

# Attributes that are read aloud or shown.
_SPOKEN = ("aria-label", "aria-description", "alt", "title", "placeholder", "data-label", "label")
_SILENT = {"script", "style", "code", "pre", "textarea", "path", "template"}
# Stored in rows, but written by the program.
_OF_THE_PROGRAM = {"sentence", "subject", "preheader", "body", "html", "checks"}
_BUTTONS = {"submit", "button", "reset"}
_WORD = re.compile(r"[A-Za-z][A-Za-z\u2019'-]+")
# Addresses, dotted and numbered names, and placeholders are the same in every language.
_ADDRESS = re.compile(
    r"https?://\S+|[\w.+-]+@[\w.-]+|\b[0-9a-f]{8}(?:-[0-9a-f]{4,12}){4}\b|\b[\w-]+(?:\.[\w-]+)+\b|/[\w/.-]+|\{\w+\}"
)


def texts(html: str) -> Iterator[str]:
    """Each text of the page that a person reads or hears, in the order of the page."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        page = html5lib.parse(html, namespaceHTMLElements=False)
    yield from _texts(page)


def _texts(element: Element) -> Iterator[str]:
    tag: object = element.tag  # a function where the node is a comment
    if isinstance(tag, str) and not _skipped(element):
        yield from (element.attrib[name] for name in _SPOKEN if element.get(name))
        if element.tag == "input" and element.get("type") in _BUTTONS:
            yield element.get("value", "")
        yield element.text or ""
        for child in element:
            yield from _texts(child)
    yield element.tail or ""


def _skipped(element: Element) -> bool:
    """Codes and values to be copied, and the tile with a user's initials, are the same in every language; a message
    is in its own."""
    if element.tag in _SILENT or (element.tag != "html" and element.get("lang") == "en"):
        return True
    return bool({"initials", "mono"} & set(element.get("class", "").split()))


def untranslated(text: str, *, known: re.Pattern[str] | None = None) -> list[str]:
    """The words of a text that are still in English, although they aren't data: see `data`."""
    rest = known.sub(" ", text) if known else text
    return _WORD.findall(_ADDRESS.sub(" ", rest))


def data(*more: str) -> re.Pattern[str]:
    """The texts in the database: names, addresses, tags, questions, customers' own texts.

    Keys of choices are excluded, because a page that shows one shows a word of the program.
    """
    found: set[str] = set()
    for model in apps.get_models():
        fields = [
            field.attname
            for field in model._meta.concrete_fields
            if isinstance(field, CharField | TextField | JSONField)
            and not field.choices
            and field.name not in _OF_THE_PROGRAM
        ]
        if fields:
            for row in model._base_manager.values_list(*fields):
                for value in row:
                    found.update(strings(value))
    names = {text.strip() for text in found if re.search(r"[A-Z0-9]", text)} | set(more)
    longest_first = sorted(filter(None, names), key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)")


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        yield from value.splitlines()
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from strings(one)
