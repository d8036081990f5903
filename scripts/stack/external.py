"""Servers outside the project, named by the environment, in place of the embedded ones."""

from __future__ import annotations

import os
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from scripts.stack.processes import DidNotStart


class ExternalPostgres:
    """A PostgreSQL that already has the roles ``owner`` (with CREATEDB) and ``app``."""

    def __init__(self, *, app_url: str, owner_url: str) -> None:
        self._urls = {"app": app_url, "owner": owner_url}

    @classmethod
    def from_environment(cls) -> Self | None:
        """None if ``DATABASE_URL`` is not set. Raises ``DidNotStart`` if the owner's URL is missing."""
        app_url, owner_url = os.environ.get("DATABASE_URL"), os.environ.get("OWNER_DATABASE_URL")
        if not app_url:
            return None
        if not owner_url:
            raise DidNotStart(
                "DATABASE_URL is set and OWNER_DATABASE_URL is not. Set both: the tables belong to the role owner."
            )
        return cls(app_url=app_url, owner_url=owner_url)

    def start(self) -> None:
        """Nothing to do."""

    def stop(self) -> None:
        """Nothing to do."""

    def url(self, role: str, database: str) -> str:
        return urlunsplit(urlsplit(self._urls[role])._replace(path=f"/{database}"))


class ExternalValkey:
    """A Redis or Valkey. What runs on it may empty the two databases."""

    def __init__(self, *, broker_url: str, cache_url: str) -> None:
        self._urls = {0: broker_url, 1: cache_url}

    @classmethod
    def from_environment(cls) -> Self | None:
        """None if ``CELERY_BROKER_URL`` is not set. Raises ``DidNotStart`` if ``CACHE_URL`` is missing."""
        broker_url, cache_url = os.environ.get("CELERY_BROKER_URL"), os.environ.get("CACHE_URL")
        if not broker_url:
            return None
        if not cache_url:
            raise DidNotStart("CELERY_BROKER_URL is set and CACHE_URL is not. Set both, to different databases.")
        return cls(broker_url=broker_url, cache_url=cache_url)

    def start(self) -> None:
        """Nothing to do."""

    def stop(self) -> None:
        """Nothing to do."""

    def url(self, database: int) -> str:
        return self._urls[database]
