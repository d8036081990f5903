"""The sandbox's text message carrier, for the product in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

from pytest_django import Settings

from crosschq.messaging.models import Message
from crosschq.messaging.sending.send import About, send_text
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from tests.messaging.rows import REQUEST
from tests.sandbox.running import Running, run_sandbox

ACCOUNT, TOKEN, NUMBER = "AC-test", "a token of the test", "+12025550100"
MAYA = "+12025550143"
MONDAY_NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # in New York
SEND = "POST /2010-04-01/Accounts/{account}/Messages.json"


@contextmanager
def run_text_gateway(settings: Settings) -> Iterator[Running]:
    with run_sandbox(text_account=ACCOUNT, text_token=TOKEN, rate_scale=1000.0) as running:
        use_text_gateway(settings, running.url)
        yield running


def use_text_gateway(settings: Settings, url: str) -> None:
    settings.TEXT_MESSAGES = {
        **settings.TEXT_MESSAGES,
        "account": ACCOUNT,
        "token": TOKEN,
        "sender": NUMBER,
        "api_url": url,
    }
    settings.OUTBOUND_HOSTS = frozenset({urlsplit(url).netloc})


def write_text(
    organization: Organization,
    *,
    to: str = MAYA,
    text: str = "Acme GmbH: hello",
    quiet_zone: str = "America/New_York",
) -> Message:
    with tenant(organization):
        return send_text(
            organization=organization,
            kind="candidate_invitation",
            to_phone=to,
            to_name="Maya Osei",
            text=text,
            about=About("request", REQUEST),
            quiet_zone=quiet_zone,
        )
