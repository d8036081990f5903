"""An HTML page as a browser without scripts sees it: a tree of elements, with names for links, buttons and fields."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Self

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
UNSEEN = frozenset({"script", "style", "template", "head"})
INLINE = frozenset({"a", "abbr", "b", "code", "em", "i", "span", "strong", "time"})
ON_ITS_OWN_LINE = frozenset({"sub", "hint"})  # what stylesheets show as a line, although it is a span
NOT_TYPED = frozenset({"hidden", "submit", "button", "reset", "image", "file"})
OPTIONAL_MARK = " (optional)"


class Element:
    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None) -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.children: list[Element | str] = []

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    def walk(self, *tags: str) -> Iterator[Element]:
        """The element and its descendants in document order, with these tags, or all."""
        if not tags or self.tag in tags:
            yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk(*tags)

    def inside(self, tag: str) -> Element | None:
        """The nearest ancestor with this tag."""
        above = self.parent
        while above is not None and above.tag != tag:
            above = above.parent
        return above

    @property
    def text(self) -> str:
        return " ".join("".join(self.strings()).split())

    def strings(self) -> Iterator[str]:
        """The element's text in pieces, with spaces around blocks."""
        if self.tag in UNSEEN:
            return
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag in INLINE and not ON_ITS_OWN_LINE & set(child.get("class").split()):
                yield from child.strings()
            else:
                yield " "
                yield from child.strings()
                yield " "


class Page(HTMLParser):
    """The elements of one HTML document. Doesn't add end tags that the standard lets authors omit."""

    def __init__(self, html: str, url: str) -> None:
        super().__init__()
        self.url = url
        self.root = Element("document", {}, None)
        self._open = self.root
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open)
        self._open.children.append(element)
        if tag not in VOID:
            self._open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.children.append(Element(tag, {name: value or "" for name, value in attrs}, self._open))

    def handle_endtag(self, tag: str) -> None:
        above: Element | None = self._open
        while above is not None and above.tag != tag:
            above = above.parent
        if above is not None and above.parent is not None:
            self._open = above.parent

    def handle_data(self, data: str) -> None:
        self._open.children.append(data)

    @property
    def heading(self) -> str:
        return next((element.text for element in self.root.walk("h1")), "")

    @property
    def refreshes(self) -> bool:
        """Whether the page refreshes itself automatically."""
        return any(element.get("http-equiv") == "refresh" for element in self.root.walk("meta"))

    @property
    def text(self) -> str:
        """The text of the main element, or of the whole page if there is none."""
        return next(self.root.walk("main"), self.root).text

    def links(self) -> Iterator[tuple[str, Element]]:
        return ((self._name(element), element) for element in self.root.walk("a") if "href" in element.attributes)

    def buttons(self) -> Iterator[tuple[str, Element]]:
        for element in self.root.walk("button", "input"):
            is_button = element.tag == "button" or element.get("type") in ("submit", "image")
            if is_button and element.get("aria-hidden") != "true" and "disabled" not in element.attributes:
                yield self._name(element) or element.get("value"), element

    def fields(self) -> Iterator[tuple[str, Element]]:
        """The visible form controls, with their labels."""
        for element in self.root.walk("input", "select", "textarea"):
            if element.get("type") not in NOT_TYPED:
                yield self._name(element).removesuffix(OPTIONAL_MARK), element

    def _name(self, element: Element) -> str:
        """The accessible name, by the rules that our pages use (https://www.w3.org/TR/accname-1.2/)."""
        named = " ".join(self._by_id(part).text for part in element.get("aria-labelledby").split())
        if named or element.get("aria-label"):
            return named or element.get("aria-label")
        if element.tag in ("a", "button"):
            return element.text
        label = next((label for label in self.root.walk("label") if label.get("for") == element.get("id") != ""), None)
        label = label or element.inside("label")
        return label.text if label is not None else ""

    def _by_id(self, wanted: str) -> Element:
        return next((element for element in self.root.walk() if element.get("id") == wanted), self.root)


class Form:
    """A form, and the data that it sends when one of its buttons is clicked."""

    def __init__(self, element: Element) -> None:
        self.element = element

    @classmethod
    def of(cls, element: Element) -> Self | None:
        found = element.inside("form")
        return cls(found) if found is not None else None

    @property
    def method(self) -> str:
        return self.element.get("method").lower() or "get"

    @property
    def action(self) -> str:
        return self.element.get("action")

    def sent(self, pressed: Element) -> list[tuple[str, str]]:
        """The form data set (https://html.spec.whatwg.org/#constructing-the-form-data-set)."""
        pairs = [pair for field in self.element.walk("input", "select", "textarea") for pair in _pairs(field)]
        if pressed.get("name"):
            pairs.append((pressed.get("name"), pressed.get("value")))
        return pairs


def _pairs(field: Element) -> list[tuple[str, str]]:
    name, kind = field.get("name"), field.get("type")
    if not name or "disabled" in field.attributes or kind in NOT_TYPED - {"hidden"}:
        return []
    if kind in ("checkbox", "radio"):
        return [(name, field.attributes.get("value", "on"))] if "checked" in field.attributes else []
    if field.tag == "select":
        options = list(field.walk("option"))
        chosen = next((option for option in options if "selected" in option.attributes), None)
        chosen = chosen or (options[0] if options else None)
        return [(name, option_value(chosen))] if chosen is not None else []
    return [(name, typed(field))]


def typed(field: Element) -> str:
    if field.tag != "textarea":
        return field.get("value")
    text = "".join(child for child in field.children if isinstance(child, str)).removeprefix("\n")
    return "\r\n".join(text.splitlines())


def option_value(option: Element) -> str:
    return option.attributes.get("value", option.text)
