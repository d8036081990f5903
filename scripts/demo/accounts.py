"""Who can sign in to the demo."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass

from scripts.stack.folder import StateFolder

ACCOUNTS_VARIABLE = "DEMO_ACCOUNTS"
"""The environment variable that passes them to `manage.py seed_demo`: any user can read a command line."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """A person who is the owner of one organization."""

    name: str
    email: str
    password: str
    organization: str
    slug: str
    time_zone: str


@dataclass(frozen=True, kw_only=True)
class Accounts:
    admin: Account
    stranger: Account
    """The owner of another organization, which can't see the first."""

    @classmethod
    def of(cls, folder: StateFolder) -> Accounts:
        """The same accounts for each run in a folder, so that a browser's saved password stays valid."""
        admin = Account(
            name="Alex Weber",
            email="admin@acme.example",
            password=folder.secret("password of the admin", _password),
            organization="Acme GmbH",
            slug="acme",
            time_zone="Europe/Berlin",
        )
        stranger = Account(
            name="Sam Field",
            email="admin@ledgerly.example",
            password=folder.secret("password of the other admin", _password),
            organization="Ledgerly",
            slug="ledgerly",
            time_zone="America/New_York",
        )
        return cls(admin=admin, stranger=stranger)

    def as_json(self) -> str:
        return json.dumps([asdict(self.admin), asdict(self.stranger)])


def _password() -> str:
    # People sometimes type it, so no letters that look alike.
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))
