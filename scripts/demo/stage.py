"""Where the demo runs: the product's address, its admin, the browsers, and how long to wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from scripts.demo.accounts import Account
from scripts.demo.person import Cast, NotThere, Person
from scripts.demo.product import Product
from scripts.demo.sandbox import Sandbox

PATIENCE_SECONDS = 120.0
RELOAD_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class Stage:
    product_url: str
    admin: Account
    sandbox: Sandbox
    cast: Cast
    _signed_in: dict[Account, Person] = field(default_factory=dict)

    @classmethod
    def of(cls, product: Product, *, cast: Cast, patience: float = PATIENCE_SECONDS) -> Self:
        """The stage for a running product. ``patience`` is how long to wait for background work, in seconds."""
        sandbox = Sandbox(product.sandbox_url, patience=patience)
        return cls(product_url=product.url, admin=product.accounts.admin, sandbox=sandbox, cast=cast)

    @property
    def patience(self) -> float:
        """How long to wait for background work, in seconds."""
        return self.sandbox.patience

    def staff(self, account: Account) -> Person:
        """The person of this account on the product's home page, signed in on first use."""
        known = self._signed_in.get(account)
        if known:
            known.open(f"{self.product_url}/")
            return known
        person = self.cast(phone=False)
        person.open(f"{self.product_url}/accounts/login/")
        person.fill("Email", account.email)
        person.fill("Password", account.password)
        person.press("Sign in")
        self._signed_in[account] = person
        return person


def expect(person: Person, words: str) -> None:
    if words not in person.text:
        raise NotThere(f"On “{person.heading}” it doesn't say “{words}”. It says: {person.text[:400]}")


def reload_until(person: Person, ready: Callable[[], bool], *, what: str, seconds: float) -> None:
    """Reload the page until it shows the result of background work."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise NotThere(f"{what} isn't on “{person.heading}” after {seconds:.0f} s. It says: {person.text[:400]}")
        time.sleep(RELOAD_SECONDS)
        person.open(person.url)
