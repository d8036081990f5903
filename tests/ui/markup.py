"""Reading a page or a part of one as a browser does."""

from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from django.template import Context, Template


def render(source: str, **context: Any) -> str:
    return Template(source).render(Context(context))


def parse(html: str) -> Element:
    """Parse the whole page. Raises html5lib.html5parser.ParseError if it isn't valid."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    document: Element = parser.parse(html)
    return document


def fragment(html: str) -> Element:
    """A part of a page, in its own root element."""
    return only(parse(f"<!DOCTYPE html><html lang=en><head><title>x</title></head><body>{html}</body></html>"), "body")


def text_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def only(root: Element, path: str) -> Element:
    found = root.findall(path)
    assert len(found) == 1, f"{len(found)} elements at {path}"
    return found[0]
