"""A migrated database, a sandbox, and a connected organization, for a benchmark's processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django
import requests


def ready() -> None:
    """Set up Django in this process. The environment comes from scripts.stack.shell or from the parent."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crosschq.settings")
    os.environ["LOG_LEVEL"] = "ERROR"
    django.setup()


@contextmanager
def sandbox(*, rate_scale: float = 1.0, sandbox_company: bool = False) -> Iterator[str]:
    """Start a strict sandbox on a free port, with the limits of both sides this many times faster.

    Its address goes into the environment of this process and its children. sandbox_company: use the second set of
    hosts, for a second sandbox.
    """
    from scripts.stack.folder import StateFolder
    from scripts.stack.processes import free_port, start, wait_for_port

    port, smtp = free_port(), free_port()
    url = f"http://localhost:{port}"
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--smtp-port", str(smtp), "--allow-http-loopback"]
    command += ["--client-id", "bench", "--client-secret", "bench-secret"]
    company, prefix = ("smartrecruiters-sandbox", "SANDBOX_") if sandbox_company else ("smartrecruiters", "")
    command += ["--redirect-uri", f"http://localhost:9/connect/{company}/callback"]
    command += ["--rate-scale", str(rate_scale)]
    os.environ.update(
        SMARTRECRUITERS_RATE_SCALE=str(rate_scale),
        BASE_URL="http://localhost:9",
        OUTBOUND_HOSTS="localhost",
        SMARTRECRUITERS_CLIENT_ID="bench",
        SMARTRECRUITERS_CLIENT_SECRET="bench-secret",  # noqa: S106 - of a sandbox that lives for a minute
    )
    os.environ.update(
        {
            f"SMARTRECRUITERS_{prefix}AUTHORIZE_URL": f"{url}/identity/oauth/allow",
            f"SMARTRECRUITERS_{prefix}TOKEN_URL": f"{url}/identity/oauth/token",
            f"SMARTRECRUITERS_{prefix}API_URL": url,
        }
    )
    if not sandbox_company:
        os.environ["EMAIL_URL"] = f"smtp://localhost:{smtp}"
    with TemporaryDirectory() as folder:
        process = start(StateFolder(Path(folder)), "sandbox", command)
        try:
            wait_for_port(process, port)
            yield url
        finally:
            process.stop()


def tell(url: str, path: str, **body: Any) -> Any:
    """Make one call to the sandbox's control plane."""
    answer = requests.post(f"{url}/_sandbox/{path}", json=body, timeout=60)
    answer.raise_for_status()
    return answer.json()


def read(url: str, path: str, **query: str) -> Any:
    answer = requests.get(f"{url}/_sandbox/{path}", params=query, timeout=60)
    answer.raise_for_status()
    return answer.json()


def connected(url: str, *, vendor: str = "smartrecruiters") -> int:
    """Create an organization whose administrator allowed access.

    Returns its connection's id. Its webhook stays inactive.
    """
    import re

    from connectors.connection import connect
    from connectors.models import Connection, ConnectionState
    from crosschq.accounts.sign_up.create_organization import create_organization
    from crosschq.tenancy.models import User
    from crosschq.tenancy.scope import cross_tenant, tenant

    with cross_tenant("an earlier benchmark may have been stopped midway"):
        Connection.objects.filter(vendor=vendor).update(state=ConnectionState.NOT_CONNECTED)
    user = User.objects.create_user(f"bench-{os.urandom(4).hex()}@acme.example", name="Bench")
    organization = create_organization(name="Bench", owner=user, time_zone="UTC")
    with tenant(organization):
        address = connect.begin(organization=organization, user=user, vendor=vendor, session_key="bench")
    page = requests.get(address, timeout=10)
    key = re.search(r'name="consent" value="([^"]+)"', page.text)
    person = requests.get(f"{url}/_sandbox/state", timeout=10).json()["users"][0]["id"]
    if key is None:
        raise SystemExit("the sandbox's consent page has changed")
    answer = requests.post(
        address.partition("?")[0],
        data={"consent": key[1], "decision": "allow", "user_id": person},
        headers={"Origin": url},
        allow_redirects=False,
        timeout=10,
    )
    code = re.search(r"[?&]code=([^&]+)", answer.headers["Location"])
    if code is None:
        raise SystemExit(f"the sandbox gave no code: {answer.headers['Location']}")
    made = connect.complete(organization=organization, user=user, vendor=vendor, code=code[1])
    return int(made.pk)
