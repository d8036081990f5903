"""The product's own client against the sandbox, with every HTTP exchange recorded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import requests
from django.test import override_settings

from connectors import registry
from connectors.ats import Vendor
from connectors.smartrecruiters import oauth
from connectors.smartrecruiters.adapter import SmartRecruitersAts
from connectors.smartrecruiters.client import Client
from crosschq.core.web import http
from tests.contract.oracle import TOKEN_ENDPOINT
from tests.sandbox.running import CLIENT_ID, CLIENT_SECRET, Running

SECONDS = 60
ADMINISTRATOR = "Ada Integration"


@dataclass(frozen=True)
class Exchange:
    """A request as sent over the wire, and its response. `ours`: the product's client made it."""

    endpoint: str
    answer: requests.Response
    ours: bool

    @property
    def request(self) -> requests.PreparedRequest:
        return self.answer.request

    @property
    def error(self) -> tuple[int, str]:
        """The status and the vendor's code, which the token endpoint formats differently. No code for a success."""
        if self.answer.ok:
            return self.answer.status_code, ""
        body = self.answer.json()
        return self.answer.status_code, str(body["error"] if "error" in body else body["errors"][0]["code"])


@dataclass
class Held:
    """An access token that is never refreshed."""

    token: str

    def current(self) -> str:
        return self.token

    def newer_than(self, refused: str) -> str | None:
        return None


@dataclass
class Wire:
    """Every exchange by the name of its operation, which the client passes to its limiter before each call."""

    exchanges: list[Exchange] = field(default_factory=list)
    limits: list[int | None] = field(default_factory=list)
    turns: list[tuple[str, bool]] = field(default_factory=list)
    _now: str = ""

    @contextmanager
    def slot(self, endpoint: str, *, exclusive: bool = False) -> Iterator[None]:
        assert not self._now, "a turn within a turn"
        self.turns.append((endpoint, exclusive))
        self._now = endpoint
        try:
            yield
        finally:
            self._now = ""

    def observe(self, endpoint: str, limit: int | None) -> None:
        assert endpoint == self.turns[-1][0]
        self.limits.append(limit)

    @contextmanager
    def tapped(self, *, only_reads: bool = False) -> Iterator[None]:
        """Record at the one place where the product's requests leave it."""
        original = http.GuardedAdapter.send

        def send(adapter: http.GuardedAdapter, request: requests.PreparedRequest, *args: Any, **more: Any) -> Any:
            assert request.method == "GET" or not only_reads
            answer = original(adapter, request, *args, **more)
            token = f"POST {urlsplit(request.url or '').path}" == TOKEN_ENDPOINT
            assert token or self._now, "a call without a turn"
            self.exchanges.append(Exchange(TOKEN_ENDPOINT if token else self._now, answer, ours=True))
            return answer

        with patch.object(http.GuardedAdapter, "send", send):
            yield


@dataclass
class Stage:
    """A sandbox as seeded, and clients of it."""

    sandbox: Running
    wire: Wire = field(default_factory=Wire)

    def ats(self, user: str = ADMINISTRATOR, scopes: tuple[str, ...] = oauth.SCOPES) -> SmartRecruitersAts:
        """The product's client for a user who granted these scopes."""
        return SmartRecruitersAts(self.client(self.sandbox.connect(user=user, scopes=scopes).access))

    def client(self, token: str) -> Client:
        return Client(api_url=self.sandbox.url, tokens=Held(token), limiter=self.wire)

    def vendor(self) -> Vendor:
        return registry.vendor("smartrecruiters")

    def consent(self) -> str:
        """Follow the product's own authorization URL and allow access. Returns the code."""
        query = parse_qs(urlsplit(self.vendor().authorize_url(state="s1")).query, keep_blank_values=True)
        assert query.keys() == {"client_id", "redirect_uri", "scope", "state", "response_type"}
        return self.sandbox.code(scopes=tuple(query["scope"][0].split(" ")))

    def raw(
        self,
        endpoint: str,
        path: str,
        *,
        user: str = ADMINISTRATOR,
        scopes: tuple[str, ...] = oauth.SCOPES,
        token: bool = True,
        **more: Any,
    ) -> requests.Response:
        """A request that the product never makes."""
        headers = {"Authorization": f"Bearer {self.sandbox.connect(user=user, scopes=scopes).access}"} if token else {}
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                endpoint.partition(" ")[0], self.sandbox.url + path, headers=headers, timeout=SECONDS, **more
            )
        self.wire.exchanges.append(Exchange(endpoint, answer, ours=False))
        return answer

    def candidate(self, name: str = "Maya Osei") -> str:
        return self.sandbox.candidate(name)

    def job(self, title: str = "Backend Engineer") -> str:
        return self.sandbox.job(title)

    @contextmanager
    def lit(self) -> Iterator[None]:
        """Open the block with settings that point to the sandbox, and record its HTTP exchanges."""
        ours = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "authorize_url": f"{self.sandbox.url}/identity/oauth/allow",
            "token_url": f"{self.sandbox.url}{TOKEN_ENDPOINT.partition(' ')[2]}",
            "api_url": self.sandbox.url,
            "alert_email": "alerts@crosschq.example",
            "rate_scale": 1000.0,
        }
        with override_settings(SMARTRECRUITERS=ours), self.wire.tapped():
            yield
