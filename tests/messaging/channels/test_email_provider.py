"""Emails sent through a provider's API, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.sending.send import Sender
from crosschq.tenancy.models import Organization
from tests.messaging.email_provider import INACTIVE, Provider, run_provider
from tests.messaging.rows import deliver, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    with run_provider() as running:
        settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
        settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "t", "POSTMARK_API_URL": running.url}
        settings.OUTBOUND_HOSTS = frozenset({urlsplit(running.url).netloc})
        yield running


def test_an_email_has_our_id_and_the_headers_that_email_clients_check(provider: Provider, acme: Organization) -> None:
    message = deliver(write(acme, sender=Sender(name="Acme GmbH", reply_to="dana@acme.example")))
    assert (message.state, message.provider_id, message.text) == (WorkState.DONE, "provider-1", "")
    (sent,) = provider.emails
    assert sent["Metadata"] == {"message": str(message.uid)}
    assert sent["To"] == "Maya Osei <maya@candidates.example>"
    assert sent["ReplyTo"] == "dana@acme.example"
    headers = {header["Name"]: header["Value"] for header in sent["Headers"]}
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Message-ID"] == message.message_id
    assert "TrackOpens" not in sent
    assert {"TextBody", "HtmlBody"} <= set(sent)


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_a_failed_send_is_retried(provider: Provider, acme: Organization, status: int) -> None:
    provider.status, provider.answer = status, {"ErrorCode": 10, "Message": "no"}
    message = deliver(write(acme))
    assert (message.state, message.reason) == (WorkState.PENDING, "The email server didn't respond.")
    assert message.text


def test_an_email_to_a_refused_recipient_is_given_up(provider: Provider, acme: Organization) -> None:
    provider.status, provider.answer = 422, INACTIVE
    message = deliver(write(acme))
    assert (message.state, message.reason) == (WorkState.DEAD, "The email server rejected maya@candidates.example.")


def test_calls_to_the_provider_follow_the_rules_for_all_our_calls(
    provider: Provider, acme: Organization, settings: Settings
) -> None:
    settings.OUTBOUND_HOSTS = frozenset({"elsewhere.example"})
    assert deliver(write(acme)).state == WorkState.PENDING
    assert provider.emails == []
