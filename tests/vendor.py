"""The sandbox SmartRecruiters as a process, for tests that need the vendor to answer, and its control plane."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from connectors.connection import connect
from connectors.models import Connection
from crosschq.tenancy.models import Organization, User
from crosschq.tenancy.scope import tenant
from scripts.stack.folder import StateFolder
from scripts.stack.processes import free_port, start, wait_for_port
from tests.patience import SECONDS

CLIENT = ("crosschq-test", "test-secret")
CALLBACK = "/connect/smartrecruiters/callback"


def _browser() -> requests.Session:
    """A client that ignores proxy settings: looking for them takes as long as the call itself."""
    browser = requests.Session()
    browser.trust_env = False
    return browser


@dataclass(frozen=True)
class Vendor:
    url: str
    smtp_port: int
    rate_scale: float
    instructions: list[str] = field(default_factory=list, compare=False)
    # The ids of what the sandbox is seeded with: the same after each reset.
    seeded: dict[tuple[str, str], str] = field(default_factory=dict, compare=False)
    # A connection for each of a test's ten calls takes a third of their time.
    control: requests.Session = field(default_factory=_browser, compare=False)

    def ask(self, path: str, **params: str) -> Any:
        answer = self.control.get(f"{self.url}/_sandbox/{path}", params=params, timeout=SECONDS)
        answer.raise_for_status()
        return answer.json()

    def tell(self, path: str, **body: Any) -> Any:
        answer = self.control.post(f"{self.url}/_sandbox/{path}", json=body, timeout=SECONDS)
        answer.raise_for_status()
        self.instructions.append(path)
        return answer.json()

    def reset(self) -> None:
        """Start over, with the people and jobs that it is seeded with."""
        state = self.tell("reset")
        self.instructions.clear()
        for kind, name in (("jobs", "title"), ("candidates", "name")):
            for each in reversed(state[kind]):  # the first one of a name is what a test means
                self.seeded[kind, each[name]] = each["id"]

    def job(self, title: str) -> str:
        return self._id("jobs", "title", title)

    def candidate_id(self, name: str) -> str:
        return self._id("candidates", "name", name)

    def _id(self, kind: str, field_name: str, name: str) -> str:
        known = self.seeded.get((kind, name))
        return known or str(next(each["id"] for each in self.ask("state")[kind] if each[field_name] == name))

    def candidate(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(c for c in self.ask("state")["candidates"] if c["name"] == name)
        return found

    def application(self, name: str, job: str) -> dict[str, str]:
        """The ids of a candidate and a job, as the body of a webhook names them."""
        return {"job_id": self.job(job), "candidate_id": self.candidate_id(name)}

    def move(self, name: str, job: str, *, status: str = "INTERVIEW", step: str | None = "Crosschq") -> str:
        ids = self.application(name, job)
        return str(self.tell("move", **ids, status=status, sub_status=step)["event_id"])

    def calls(self, *, after: int = 0) -> list[str]:
        """The API calls made, as `GET /jobs/{jobId}`."""
        return [f"{call['method']} {call['template']}" for call in self.ask("requests", after=str(after))]

    def consent(self, authorize_url: str, *, decision: str = "allow", user: str = "Ada Integration") -> dict[str, str]:
        """Answer the consent page as a person does. Returns the callback's parameters."""
        browser = _browser()
        self.instructions.append("consent")
        page = browser.get(authorize_url, timeout=SECONDS)
        key = re.search(r'name="consent" value="([^"]+)"', page.text)
        assert key, page.text
        listed = re.search(rf'value="([^"]+)"[^>]*> {re.escape(user)}, ', page.text)
        assert listed, page.text
        answer = browser.post(
            authorize_url.partition("?")[0],
            data={"consent": key[1], "decision": decision, "user_id": listed[1]},
            headers={"Origin": self.url, "Referer": authorize_url},
            allow_redirects=False,
            timeout=SECONDS,
        )
        location = urlsplit(answer.headers["Location"])
        assert location.path == CALLBACK
        return {name: values[0] for name, values in parse_qs(location.query).items()}

    def settings(self) -> dict[str, str | float]:
        return {
            "client_id": CLIENT[0],
            "client_secret": CLIENT[1],
            "authorize_url": f"{self.url}/identity/oauth/allow",
            "token_url": f"{self.url}/identity/oauth/token",
            "api_url": self.url,
            "sandbox_authorize_url": f"{self.url}/identity/oauth/allow",
            "sandbox_token_url": f"{self.url}/identity/oauth/token",
            "sandbox_api_url": self.url,
            "alert_email": "alerts@crosschq.example",
            "rate_scale": self.rate_scale,
        }


@contextmanager
def started_vendor(folder: StateFolder, live_server: LiveServer, *, rate_scale: float = 1000.0) -> Iterator[Vendor]:
    """A sandbox whose rate limits are too high to wait for, on both sides: they have their own tests."""
    port, smtp_port = free_port(), free_port()
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--smtp-port", str(smtp_port)]
    command += ["--client-id", CLIENT[0], "--client-secret", CLIENT[1], "--allow-http-loopback"]
    command += ["--redirect-uri", live_server.url + CALLBACK, "--rate-scale", str(rate_scale)]
    process = start(folder, "sandbox", command)
    try:
        wait_for_port(process, port)
        vendor = Vendor(f"http://localhost:{port}", smtp_port, rate_scale)
        with vendor.control:
            yield vendor
    finally:
        process.stop()


def connected(
    vendor: Vendor, organization: Organization, user: User, *, ats_user: str = "Ada Integration"
) -> Connection:
    """A connection made through the consent page, with its webhook active."""
    with tenant(organization):
        url = connect.begin(organization=organization, user=user, vendor="smartrecruiters", session_key="browser")
    answer = vendor.consent(url, user=ats_user)
    connect.redeem_state(state=answer["state"], user=user, vendor="smartrecruiters", session_key="browser")
    made = connect.complete(organization=organization, user=user, vendor="smartrecruiters", code=answer["code"])
    assert not made.problem, made.problem
    return made


@pytest.fixture(scope="session")
def vendor_process(live_server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendor]:
    with started_vendor(StateFolder(tmp_path_factory.mktemp("vendor")), live_server) as vendor:
        yield vendor


@pytest.fixture
def vendor(
    vendor_process: Vendor, live_server: LiveServer, settings: Settings, transactional_db: None, rows_made_once: None
) -> Vendor:
    """The sandbox as seeded, with the product of this test reachable for its deliveries."""
    vendor_process.reset()
    settings.BASE_URL = live_server.url
    settings.SMARTRECRUITERS = vendor_process.settings()
    return vendor_process
