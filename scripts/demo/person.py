"""What a person does with a browser. The demo uses only this interface, so any browser can run it."""

from __future__ import annotations

from typing import Protocol


class NotThere(Exception):
    """The page isn't what a person would expect. The message says what was expected and what the page has."""


class Person(Protocol):
    """A person with their own browser. Links, fields and buttons are found by their text on the page, or its start.

    Each action raises ``NotThere`` if it isn't possible.
    """

    @property
    def url(self) -> str: ...

    @property
    def heading(self) -> str: ...

    @property
    def text(self) -> str:
        """The text of the page's main element, with single spaces."""
        ...

    def open(self, url: str) -> None: ...

    def follow(self, link: str) -> None: ...

    def fill(self, label: str, value: str) -> None:
        """Type into a field, or choose the option with this text."""
        ...

    def tick(self, label: str) -> None:
        """Check a box, or choose one of several choices."""
        ...

    def choices(self) -> list[str]:
        """The labels of the radio buttons."""
        ...

    def text_fields(self) -> list[str]:
        """The labels of the text areas."""
        ...

    def press(self, button: str) -> None: ...


class Cast(Protocol):
    def __call__(self, *, phone: bool) -> Person:
        """A person with a new browser, on a phone or a desktop computer."""
        ...
