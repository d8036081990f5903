"""Requests to the webhook URL that the ATS didn't send."""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid
from collections.abc import Callable, Iterator

import pytest
import requests
from pytest_django import DjangoDbBlocker

from connectors.models import SigningKey
from crosschq.tenancy.scope import cross_tenant
from scripts.demo.people import Candidate
from scripts.demo.stage import Stage, reload_until
from scripts.demo.story import move, outcome
from tests.flows.product import Running
from tests.stack.migrated import connected_to

pytestmark = [pytest.mark.flow, pytest.mark.slow]
SECONDS = 60


@pytest.fixture
def callback(stage: Stage) -> str:
    (subscription,) = stage.sandbox.read("state")["subscriptions"]
    return str(subscription["callback_url"])


@pytest.fixture
def key(running: Running, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The key that SmartRecruiters signs with."""
    with django_db_blocker.unblock(), connected_to(running.product.environment["DATABASE_URL"]):
        with cross_tenant("a test signs as the vendor does"):
            stored = SigningKey.objects.get().key
        yield stored


@pytest.fixture(scope="module")
def delivered(stage: Stage, newcomer: Callable[[], Candidate]) -> tuple[dict[str, str], bytes]:
    """Headers and body of a genuine delivery that was accepted."""
    candidate = newcomer()
    move(stage, candidate)
    assert outcome(stage, candidate)
    newest = stage.sandbox.read("deliveries")[0]
    return newest["attempts"][-1]["headers"], newest["body"].encode()


def post(url: str, headers: dict[str, str], body: bytes) -> int:
    return requests.post(url, data=body, headers=headers, timeout=SECONDS).status_code


def signed(key: str, body: bytes) -> dict[str, str]:
    """developers.smartrecruiters.com/reference/subscriptionsgeneratesecretkey-1"""
    event_id, moment = str(uuid.uuid4()), str(int(time.time()))
    parts = (moment.encode(), body, event_id.encode(), b"application.status.updated", b"v201904", b"")
    signature = hmac.new(key.encode(), b".".join(parts), hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "event-id": event_id,
        "event-name": "application.status.updated",
        "event-version": "v201904",
        "smartrecruiters-timestamp": moment,
        "smartrecruiters-signature": f"v1={signature}",
    }


def test_a_genuine_delivery_is_accepted_again(callback: str, delivered: tuple[dict[str, str], bytes]) -> None:
    """The basis of the tests below: each is refused only because of its one change."""
    headers, body = delivered
    assert post(callback, headers, body) == 202


def test_a_forged_delivery_is_refused(callback: str, delivered: tuple[dict[str, str], bytes]) -> None:
    headers, body = delivered
    forged = hmac.new(b"not the key", body, hashlib.sha256).hexdigest()
    assert post(callback, {**headers, "smartrecruiters-signature": f"v1={forged}"}, body) == 401
    assert post(callback, {name: value for name, value in headers.items() if "signature" not in name}, body) == 401


def test_a_truncated_delivery_is_refused(callback: str, delivered: tuple[dict[str, str], bytes]) -> None:
    headers, body = delivered
    assert post(callback, headers, body[:-1]) == 401
    assert post(callback, headers, b"") == 401


def test_an_oversized_delivery_is_refused(callback: str, key: str) -> None:
    body = b" " * (64 * 1024 + 1)
    assert post(callback, signed(key, body), body) == 413


def test_an_unknown_address_is_not_found(callback: str, key: str) -> None:
    body = b"{}"
    assert post(f"{callback}x", signed(key, body), body) == 404
    assert post(callback.rpartition("/")[0] + "/", signed(key, body), body) == 404


def test_a_signed_delivery_that_is_not_json_is_kept_with_its_outcome(stage: Stage, callback: str, key: str) -> None:
    body = b"this is not JSON"
    assert post(callback, signed(key, body), body) == 202
    admin = stage.staff(stage.admin)
    admin.open(f"{stage.product_url}/o/acme/connectors/smartrecruiters/events/?outcome=fail")
    reload_until(admin, lambda: "we can't read" in admin.text, what="The outcome", seconds=stage.patience)
