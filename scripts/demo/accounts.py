"""Who can sign in to the demo."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass

from scripts.stack.folder import StateFolder

ACCOUNTS_VARIABLE = "DEMO_ACCOUNTS"
"""The environment variable that hands them to `manage.py seed_demo`: a command line can be read by every user."""


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
    """Of another organization, which sees nothing of the first."""

    @classmethod
    def of(cls, folder: StateFolder) -> Accounts:
        """The same for each run in a folder, so that a browser's saved password stays good."""
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
    # Typed by hand at times: no letters that look alike.
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))
