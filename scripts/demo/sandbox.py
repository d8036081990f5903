"""Reads the sandbox's emails and state, as a person would look at a mailbox or a profile."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from scripts.demo.person import NotThere

SECONDS = 30.0


@dataclass(frozen=True)
class Letter:
    """An email in the inbox. ``links`` are in the order of the text."""

    to: tuple[str, ...]
    subject: str
    message_id: str
    text: str
    links: tuple[str, ...]

    @property
    def code(self) -> str:
        """The code on its own line."""
        found = re.search(r"^\s*(\d{6})\s*$", self.text, re.MULTILINE)
        if found is None:
            raise NotThere("The email has no code.")
        return found[1]

    def link(self, path: str) -> str:
        """The first link whose path starts with ``path``."""
        for link in self.links:
            if urlsplit(link).path.startswith(path):
                return link
        raise NotThere(f"The email has no link to {path}…: it has {len(self.links)} links.")


class Sandbox:
    """The control plane, ``/_sandbox/``: see sandbox/README.md."""

    def __init__(self, url: str, *, patience: float) -> None:
        self.url = url
        self.patience = patience
        self._session = requests.Session()
        self._session.trust_env = False

    def read(self, path: str, **query: str) -> Any:
        answer = self._session.get(f"{self.url}/_sandbox/{path}", params=query, timeout=SECONDS)
        answer.raise_for_status()
        return answer.json()

    def tell(self, path: str, **body: Any) -> Any:
        answer = self._session.post(f"{self.url}/_sandbox/{path}", json=body, timeout=SECONDS)
        answer.raise_for_status()
        return answer.json()

    def letters(self, *, to: str = "") -> list[Letter]:
        return [
            Letter(tuple(email["to"]), email["subject"], email["message_id"], email["text"], tuple(email["links"]))
            for email in self.read("mails", to=to)
        ]

    def wait_for_letter(self, *, to: str, subject: str, after: int = 0) -> Letter:
        """The first email to this address whose subject contains ``subject``, skipping the first ``after`` emails."""
        deadline = time.monotonic() + self.patience
        while True:
            letters = self.letters(to=to)
            for letter in letters[after:]:
                if subject in letter.subject:
                    return letter
            if time.monotonic() > deadline:
                there = ", ".join(f"“{letter.subject}”" for letter in letters) or "none"
                raise NotThere(
                    f"No email “{subject}” reached {to} within {self.patience:.0f} s. Emails to that address: {there}."
                )
            time.sleep(0.1)

    def candidate(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in self.read("state")["candidates"] if one["name"] == name)
        return found
