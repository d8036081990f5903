"""Process configuration, validated once at startup."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
MAX_REDIRECT_URIS = 3
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")


class ConfigError(ValueError):
    """Invalid configuration; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """Settings of one sandbox.

    ``smtp_port`` 0 picks a free port; None starts no inbox. ``rate_scale`` speeds up the clock of the
    rate limits (2.0 allows twice as many calls per second). ``seed`` determines all ids. ``callback_hosts`` are hosts
    that callbacks may reach over http, such as another container.
    """

    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...] = ()
    allow_http_loopback: bool = False
    callback_hosts: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8010
    smtp_port: int | None = 8025
    base_url: str = ""
    seed: int = 1
    rate_scale: float = 1.0
    text_account: str = "AC-sandbox"
    text_token: str = "sandbox-token"  # noqa: S105 - for this machine alone
    text_number: str = "+12025550100"
    text_webhook: str = ""

    def __post_init__(self) -> None:
        if not self.client_id or not self.client_secret:
            raise ConfigError("A client id and a client secret are needed.")
        if len(self.redirect_uris) > MAX_REDIRECT_URIS:
            raise ConfigError(f"An app can register {MAX_REDIRECT_URIS} redirect URIs at most.")
        for uri in self.redirect_uris:
            self._check_redirect_uri(uri)
        for name in self.callback_hosts:
            if not _HOST.fullmatch(name):
                raise ConfigError(f"{name} is not the name of a host.")
        if self.text_webhook and not self.callback_allowed(self.text_webhook):
            raise ConfigError(f"{self.text_webhook} cannot be called: https, or http to a host that is allowed.")
        if self.rate_scale <= 0:
            raise ConfigError("The rate scale must be above 0.")

    @property
    def public_url(self) -> str:
        """Base URL of all links, without a trailing slash."""
        return self.base_url.rstrip("/") or f"http://localhost:{self.port}"

    @property
    def binds_loopback(self) -> bool:
        return self.host in LOOPBACK_HOSTS

    def callback_allowed(self, url: str) -> bool:
        """Whether a callback or token service URL is allowed: https, or http to this machine or to an allowed host."""
        return self._url_allowed(url, {name.lower() for name in self.callback_hosts})

    def _url_allowed(self, url: str, http_hosts: Set[str]) -> bool:
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError:
            return False
        if not parts.hostname or parts.username is not None or parts.fragment or any(c.isspace() for c in url):
            return False
        if parts.scheme == "https":
            return True
        loopback = self.allow_http_loopback and parts.hostname in LOOPBACK_HOSTS
        return parts.scheme == "http" and (loopback or parts.hostname in http_hosts)

    def _check_redirect_uri(self, uri: str) -> None:
        """https, or http on ``localhost``; no wildcard; other loopback names only if http on loopback was allowed."""
        parts = urlsplit(uri)
        local = parts.scheme == "http" and parts.hostname == "localhost"
        if "*" in uri or parts.fragment or not (local or self._url_allowed(uri, frozenset())):
            raise ConfigError(f"{uri} cannot be a redirect URI: it must be exact and https.")
