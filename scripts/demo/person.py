"""What a person does with a browser. The story is told in these words, so that any browser can play it."""

from __future__ import annotations

from typing import Protocol


class NotThere(Exception):
    """The page is not what a person was led to expect; the sentence says what was looked for and what was there."""


class Person(Protocol):
    """Somebody with a browser of their own. Names of links, fields and buttons are their words on the page: exactly,
    or how they begin. Each act raises ``NotThere`` if it cannot be done.
    """

    @property
    def url(self) -> str: ...

    @property
    def heading(self) -> str: ...

    @property
    def text(self) -> str:
        """The words of the page's main part, with single spaces."""
        ...

    def open(self, url: str) -> None: ...

    def follow(self, link: str) -> None: ...

    def fill(self, label: str, value: str) -> None:
        """Type into a field, or choose the option of these words."""
        ...

    def tick(self, label: str) -> None:
        """A box, or one of several choices."""
        ...

    def choices(self) -> list[str]:
        """The words of the choices of which one can be ticked."""
        ...

    def text_fields(self) -> list[str]:
        """The labels of the fields for longer texts."""
        ...

    def press(self, button: str) -> None: ...


class Cast(Protocol):
    def __call__(self, *, phone: bool) -> Person:
        """A person with an empty browser, on a phone or at a desk."""
        ...
