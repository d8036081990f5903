"""A full mailbox suppresses nobody, whichever provider reports it. One that stays full for days does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.mailjet import MailjetTrackingWebhookView
from anymail.webhooks.mandrill import MandrillCombinedWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView
from pytest_django import Settings

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.callbacks import bounces, providers
from crosschq.messaging.callbacks.providers import DeliveryReport
from crosschq.messaging.models import DeliveryStatus, Message, Suppression, SuppressionReason
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.notifications.bounces import notify_bounces
from tests.factories import make_organization
from tests.messaging.rows import change, reread, write
from tests.requests_app.factories import sent_request

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _with_a_provider(settings: Settings) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": "crosschq:a secret of the test"}


def postmark(kind: str) -> Any:
    return PostmarkTrackingWebhookView().esp_to_anymail_event({"RecordType": "Bounce", "Type": kind, "ID": 1})


def brevo(event: str) -> Any:
    return BrevoTrackingWebhookView(api_key="x").esp_to_anymail_event({"event": event, "email": "a@b.example"})


def sparkpost(bounce_class: str) -> Any:
    event = {"type": "bounce", "bounce_class": bounce_class, "raw_reason": "said"}
    raw = {"msys": {"message_event": event}}
    return SparkPostTrackingWebhookView().esp_to_anymail_event("message_event", event, raw)


def ses(kind: str, code: str = "smtp; 550 5.1.1 unknown") -> Any:
    event = {
        "eventType": "Bounce",
        "bounce": {
            "bounceType": kind,
            "bounceSubType": "General",
            "timestamp": "2026-11-23T12:00:00.000Z",
            "bouncedRecipients": [{"emailAddress": "a@b.example", "diagnosticCode": code}],
        },
        "mail": {"messageId": "1", "headers": [], "tags": {}, "destination": ["a@b.example"]},
    }
    sns = {"MessageId": "sns-1"}
    view = object.__new__(AmazonSESTrackingWebhookView)  # its constructor needs Amazon's library
    return view.esp_to_anymail_events(event, sns)[0]


def mandrill(event: str) -> Any:
    view = MandrillCombinedWebhookView(webhook_key="x")
    return view.mandrill_tracking_to_anymail_event({"event": event, "ts": 1, "msg": {"bounce_description": "full"}})


def mailjet(*, hard: bool) -> Any:
    return MailjetTrackingWebhookView().esp_to_anymail_event(
        {"event": "bounce", "time": 1, "hard_bounce": hard, "error": "quota exceeded", "error_related_to": "recipient"}
    )


def report(event: Any, provider: str) -> DeliveryReport:
    return providers.email_report(
        provider=provider,
        event_id=event.event_id,
        event_type=event.event_type,
        reject_reason=event.reject_reason,
        happened_at=event.timestamp,
        raw=event.esp_event,
        response=event.mta_response or "",
    )


@pytest.mark.parametrize(
    ("make", "arguments", "provider"),
    [
        (postmark, {"kind": "SoftBounce"}, "Postmark"),
        (brevo, {"event": "soft_bounce"}, "Brevo"),
        *((sparkpost, {"bounce_class": each}, "SparkPost") for each in ("20", "21", "22", "23", "40", "70")),
        (ses, {"kind": "Transient"}, "Amazon SES"),
        (ses, {"kind": "Undetermined"}, "Amazon SES"),
        (ses, {"kind": "Permanent", "code": "smtp; 552 5.2.2 mailbox full"}, "Amazon SES"),
        (mandrill, {"event": "soft_bounce"}, "Mandrill"),
        (mailjet, {"hard": False}, "Mailjet"),
    ],
)
def test_a_transient_bounce_suppresses_nobody(make: Any, arguments: dict[str, Any], provider: str) -> None:
    event = make(**arguments)
    assert event.event_type == "bounced", "otherwise the library tells it apart by itself"
    found = report(event, provider)
    assert (found.delivery, found.suppress_as) == (DeliveryStatus.SOFT_BOUNCED, None)


@pytest.mark.parametrize(
    ("make", "arguments", "provider"),
    [
        (postmark, {"kind": "HardBounce"}, "Postmark"),
        (brevo, {"event": "hard_bounce"}, "Brevo"),
        (brevo, {"event": "invalid_email"}, "Brevo"),
        *((sparkpost, {"bounce_class": each}, "SparkPost") for each in ("10", "30")),
        (ses, {"kind": "Permanent"}, "Amazon SES"),
        (mandrill, {"event": "hard_bounce"}, "Mandrill"),
        (mailjet, {"hard": True}, "Mailjet"),
    ],
)
def test_a_lasting_bounce_suppresses_the_address(make: Any, arguments: dict[str, Any], provider: str) -> None:
    found = report(make(**arguments), provider)
    assert (found.delivery, found.suppress_as) == (DeliveryStatus.BOUNCED, SuppressionReason.BOUNCED)


@pytest.mark.parametrize(
    ("provider", "raw", "response", "is_soft"),
    [
        ("SendGrid", {"event": "bounce", "type": "blocked"}, "", True),
        ("SendGrid", {"event": "bounce", "type": "bounce"}, "550 5.1.1 unknown", False),
        ("SendGrid", {"event": "bounce", "type": "bounce"}, "552 5.2.2 over quota", True),
        ("Resend", {"type": "email.bounced", "data": {"bounce": {"type": "Transient"}}}, "", True),
        ("Resend", {"type": "email.bounced", "data": {"bounce": {"type": "Permanent"}}}, "", False),
        ("MailerSend", {"data": {"type": "soft_bounced"}}, "", True),
        ("MailerSend", {"data": {"type": "hard_bounced"}}, "", False),
        ("Mailgun", {"event-data": {"event": "failed", "severity": "permanent"}}, "550 no such user", False),
        ("Mailgun", {"event-data": {"event": "failed", "severity": "permanent"}}, "552 mailbox full", True),
        ("Another", None, "550 5.1.1 (in reply to RCPT, from 14.2.3.4)", False),
        ("Another", None, "450 4.2.2 full", True),
    ],
)
def test_the_providers_own_category_and_the_servers_response_decide(
    provider: str, raw: object, response: str, is_soft: bool
) -> None:
    assert bounces.is_transient(provider, raw, response) is is_soft


def test_a_temporary_failure_at_mailgun_is_recognized_by_the_library() -> None:
    data = {"event": "failed", "severity": "temporary", "timestamp": 1, "recipient": "a@b.example"}
    body = {"event-data": data, "signature": {"token": "t"}}
    event = MailgunTrackingWebhookView(webhook_signing_key="x").esp_to_anymail_event(json.loads(json.dumps(body)))
    assert report(event, "Mailgun").suppress_as is None


@pytest.fixture
def acme() -> Organization:
    return make_organization()


def bounce_on(acme: Organization, day: int, *, address: str = "maya@candidates.example") -> Message:
    with time_machine.travel(NOON + timedelta(days=day), tick=False):
        message = write(acme, to_email=address)
        change(message, state=WorkState.DONE)
        stored = report(postmark("SoftBounce"), "Postmark")
        providers.store_report(message, stored)
        return reread(message)


def is_suppressed(acme: Organization) -> bool:
    with tenant(acme):
        return Suppression.objects.filter(reason=SuppressionReason.BOUNCED).exists()


def test_three_soft_bounces_on_three_days_within_two_weeks_suppress_the_address(acme: Organization) -> None:
    first = bounce_on(acme, 0)
    bounce_on(acme, 4)
    assert (first.delivery, first.has_failed, is_suppressed(acme)) == ("soft_bounced", False, False)
    assert first.status_text == "Did not arrive: the mailbox was full or unavailable"
    last = bounce_on(acme, 13, address="MAYA@candidates.example")
    assert (last.delivery, is_suppressed(acme)) == ("bounced", True)


@pytest.mark.parametrize("days", [(0, 0, 0, 0), (0, 1, 1), (0, 10, 20, 30)])
def test_soft_bounces_of_too_few_days_suppress_nobody(acme: Organization, days: tuple[int, ...]) -> None:
    for day in days:
        bounce_on(acme, day)
    assert not is_suppressed(acme)


def test_a_delivery_in_between_resets_the_count_and_other_addresses_do_not_count(acme: Organization) -> None:
    bounce_on(acme, 0)
    bounce_on(acme, 1)
    arrived = write(acme, to_email="maya@candidates.example")
    change(arrived, state=WorkState.DONE, delivery="delivered", delivery_at=NOON + timedelta(days=2))
    bounce_on(acme, 3)
    for day in range(4):
        bounce_on(acme, day, address=f"other{day}@candidates.example")
    bounce_on(make_organization("Other"), 4)
    assert not is_suppressed(acme)


def test_after_a_soft_bounce_nobody_is_asked_for_another_address() -> None:
    scenario = sent_request()
    with tenant(scenario.organization):
        Message.objects.update(state=WorkState.DONE, delivery=DeliveryStatus.SOFT_BOUNCED)
    assert notify_bounces() == 0
