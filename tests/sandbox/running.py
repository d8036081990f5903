"""A real sandbox on free ports, in a thread of the test run, spoken to over real HTTP and SMTP."""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from sandbox.config import Config
from sandbox.scopes import DEFAULT, PROMPTS
from sandbox.server import make_server
from scripts.stack.processes import free_port
from tests.patience import wait_for

CLIENT_ID, CLIENT_SECRET = "crosschq-test", "a secret of the test"
REDIRECT_URI = "http://localhost:8000/connect/smartrecruiters/callback"
# The sandbox speaks plain HTTP. Reading all certificates for each client takes 18 ms.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass
class Tokens:
    access: str
    refresh: str


@dataclass
class Running:
    """One running sandbox. ``http`` speaks to it and follows no redirect."""

    url: str
    smtp_port: int
    http: httpx.Client
    clients: list[httpx.Client] = field(default_factory=list, repr=False)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.read("state")
        return found

    def read(self, path: str, **query: str) -> Any:
        """GET of the control plane."""
        return self.http.get(f"/_sandbox/{path}", params=query).raise_for_status().json()

    def act(self, path: str, **body: Any) -> Any:
        """POST of the control plane."""
        return self.http.post(f"/_sandbox/{path}", json=body).raise_for_status().json()

    def settle(self) -> None:
        """Wait until everything that is due has been sent."""
        self.act("advance", seconds=0)

    def user(self, name: str) -> str:
        """The id of a user of either company."""
        users = [*self.state()["users"], *self.read("state", company="ledgerly")["users"]]
        return str(next(user["id"] for user in users if user["name"] == name))

    def job(self, title: str) -> str:
        return self._id("jobs", "title", title)

    def candidate(self, name: str) -> str:
        return self._id("candidates", "name", name)

    def code(self, *, user: str = "Ada Integration", scopes: tuple[str, ...] = DEFAULT) -> str:
        """Walk the consent page as a person does and return the authorization code."""
        query = {"client_id": CLIENT_ID, "redirect_uri": REDIRECT_URI, "scope": " ".join(scopes), "state": "s1"}
        page = self.http.get("/identity/oauth/allow", params=query).raise_for_status().text
        key = re.search(r'name="consent" value="([^"]+)"', page)
        assert key is not None
        listed = re.search(rf'value="([^"]+)"[^>]*> {re.escape(user)}, ', page)
        answer = {"consent": key.group(1), "user_id": listed[1] if listed else self.user(user), "decision": "allow"}
        back = self.http.post("/identity/oauth/allow", data=answer)
        assert back.status_code == 303
        return parse_qs(urlsplit(back.headers["location"]).query)["code"][0]

    def token(self, **form: str) -> httpx.Response:
        """POST to the token endpoint with this app's credentials."""
        credentials = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        return self.http.post("/identity/oauth/token", data=credentials | form)

    def connect(self, *, user: str = "Ada Integration", scopes: tuple[str, ...] = DEFAULT) -> Tokens:
        code = self.code(user=user, scopes=scopes)
        body = self.token(grant_type="authorization_code", code=code).raise_for_status().json()
        return Tokens(body["access_token"], body["refresh_token"])

    def api(self, tokens: Tokens) -> httpx.Client:
        """A client that calls the API with an access token; closed at the end of the test."""
        headers = {"Authorization": f"Bearer {tokens.access}"}
        self.clients.append(httpx.Client(base_url=self.url, headers=headers, trust_env=False, verify=PLAIN))
        return self.clients[-1]

    def admin(self) -> httpx.Client:
        """A client that calls the API as the administrator, with every scope."""
        return self.api(self.connect(scopes=tuple(PROMPTS)))

    def as_user(self, name: str) -> httpx.Client:
        """A client that calls the API as another user, with every scope."""
        return self.api(self.connect(user=name, scopes=tuple(PROMPTS)))

    def profile(self, name: str) -> dict[str, Any]:
        """A candidate as the control plane shows it."""
        found: dict[str, Any] = next(item for item in self.state()["candidates"] if item["name"] == name)
        return found

    def close_clients(self) -> None:
        while self.clients:
            self.clients.pop().close()

    def _id(self, kind: str, key: str, value: str) -> str:
        return str(next(item["id"] for item in self.state()[kind] if item[key] == value))


@contextmanager
def run_sandbox(**settings: Any) -> Iterator[Running]:
    """Start a sandbox with these settings of ``Config`` on free ports, and stop it."""
    port = free_port()
    given: dict[str, Any] = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uris": (REDIRECT_URI,),
        "allow_http_loopback": True,
        "port": port,
        "smtp_port": 0,
    }
    server = make_server(Config(**(given | settings)))
    # The thread calls asyncio.run, since signals belong to the main thread.
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        wait_for(lambda: server.started or not thread.is_alive())
        smtp_port = server.app.state.sandbox.smtp_port or 0
        url = f"http://localhost:{port}"
        with httpx.Client(base_url=url, trust_env=False, verify=PLAIN, timeout=60) as http:
            running = Running(url, smtp_port, http)
            yield running
            running.close_clients()
    finally:
        server.should_exit = True
        thread.join()


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """The status and the vendor's code of a refused call."""
    return answer.status_code, str(answer.json()["errors"][0]["code"])
