"""Where the story plays: the product's address, who may sign in, who has a browser, how long a person waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from scripts.demo.accounts import Account
from scripts.demo.person import Cast, NotThere, Person
from scripts.demo.product import Product
from scripts.demo.sandbox import Sandbox

PATIENCE_SECONDS = 30.0
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
        """In front of a running product, with people who wait so many seconds for what happens in the background."""
        sandbox = Sandbox(product.sandbox_url, patience=patience)
        return cls(product_url=product.url, admin=product.accounts.admin, sandbox=sandbox, cast=cast)

    @property
    def patience(self) -> float:
        """How long to wait for what happens in the background, in seconds."""
        return self.sandbox.patience

    def staff(self, account: Account) -> Person:
        """Somebody at a desk on the first page of the product, signed in once and from then on."""
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
        raise NotThere(f"On “{person.heading}” it does not say “{words}”. It says: {person.text[:400]}")


def reload_until(person: Person, ready: Callable[[], bool], *, what: str, seconds: float) -> None:
    """Reload the page until what happens in the background is seen on it."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise NotThere(
                f"{what} is not seen on “{person.heading}” after {seconds:.0f} s. It says: {person.text[:400]}"
            )
        time.sleep(RELOAD_SECONDS)
        person.open(person.url)
