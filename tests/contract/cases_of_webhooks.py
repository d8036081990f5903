"""Subscriptions, their keys and the log of callbacks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from requests import Response

from connectors import ats
from connectors.smartrecruiters import webhooks
from connectors.smartrecruiters.adapter import SmartRecruitersAts
from connectors.smartrecruiters.events import EVENTS
from tests.contract.cases import fails, succeeds
from tests.contract.cases_of_company import EXTENDED, NOTHING
from tests.contract.stage import ADMINISTRATOR, Stage
from tests.sandbox.receiver import Receiver, run_receiver

BASE = "/webhooks-api/v201907/subscriptions"
ALL, CREATE, ONE, DELETE = f"GET {BASE}", f"POST {BASE}", f"GET {BASE}/{{id}}", f"DELETE {BASE}/{{id}}"
ACTIVATE, CREATE_KEY, NEWEST_KEY = (
    f"PUT {BASE}/{{id}}/activation",
    f"POST {BASE}/{{id}}/secret-key",
    f"GET {BASE}/{{id}}/secret-key",
)
LOG = f"GET {BASE}/{{id}}/callbacks-log"
URL = "https://crosschq.example/hooks/smartrecruiters/1"


@succeeds(CREATE)
def a_subscription(stage: Stage) -> None:
    webhook_id = stage.ats().create_webhook(URL)
    (found,) = stage.sandbox.state()["subscriptions"]
    assert (found["id"], found["status"]) == (webhook_id, "inactive")


@fails(CREATE, 400)
def a_subscription_to_nothing(stage: Stage) -> None:
    stage.raw(CREATE, BASE, json={"callbackUrl": URL, "events": []})


@fails(CREATE, 422)
def a_subscription_to_an_event_that_does_not_exist(stage: Stage) -> None:
    stage.raw(CREATE, BASE, json={"callbackUrl": URL, "events": ["application.vanished"]})


@fails(CREATE, 422)
def a_subscription_without_tls(stage: Stage) -> None:
    stage.raw(CREATE, BASE, json={"callbackUrl": URL.replace("https:", "http:"), "events": [EVENTS[0]]})


@fails(CREATE, 403, "NO_PERMISSION_TO_MANAGE_WEBHOOKS", raises=ats.Forbidden)
def a_subscription_by_a_user_who_is_not_an_administrator(stage: Stage) -> None:
    stage.ats(EXTENDED).create_webhook(URL)


@fails(CREATE, 403, "SUBSCRIPTIONS_LIMIT_EXCEEDED", raises=ats.AtsRefused)
def a_subscription_too_many(stage: Stage) -> None:
    client = stage.ats()
    for number in range(21):
        client.create_webhook(f"{URL}{number}")


@succeeds(ALL)
def subscriptions_over_several_pages(stage: Stage) -> None:
    client = stage.ats()
    made = {client.create_webhook(f"{URL}{number}") for number in range(3)}
    assert {hook.id for hook in client.webhooks()} == made
    assert [(hook.active, hook.events) for hook in client.webhooks()] == [(False, EVENTS)] * 3
    by_one = client.client.pages(webhooks.ALL, params={"limit": "1"}, cursor="page_id")
    assert {item.text("id") for item in by_one} == made


@fails(ALL, 401, raises=ats.NotVisible)
def subscriptions_without_a_grant(stage: Stage) -> None:
    SmartRecruitersAts(stage.client("not-a-token")).webhooks()


@fails(ALL, 403, raises=ats.Forbidden)
def subscriptions_of_a_user_who_is_not_an_administrator(stage: Stage) -> None:
    stage.ats(EXTENDED).webhooks()


@succeeds(ONE)
def one_subscription(stage: Stage) -> None:
    client = stage.ats()
    webhook_id = client.create_webhook(URL)
    assert client.webhook(webhook_id) == ats.WebhookSubscription(id=webhook_id, url=URL, active=False, events=EVENTS)


@fails(ONE, 403, raises=ats.Forbidden)
def a_subscription_read_by_a_user_who_is_not_an_administrator(stage: Stage) -> None:
    stage.ats(EXTENDED).webhook(stage.ats().create_webhook(URL))


@fails(ONE, 404, raises=ats.NotVisible)
def no_subscription(stage: Stage) -> None:
    stage.ats().webhook(NOTHING)


@succeeds(DELETE)
def a_subscription_removed(stage: Stage) -> None:
    client = stage.ats()
    client.delete_webhook(client.create_webhook(URL))
    assert client.webhooks() == []


@fails(DELETE, 403, raises=ats.Forbidden)
def a_subscription_removed_by_a_user_who_is_not_an_administrator(stage: Stage) -> None:
    stage.ats(EXTENDED).delete_webhook(stage.ats().create_webhook(URL))


@fails(DELETE, 404)
def a_subscription_that_is_already_gone(stage: Stage) -> None:
    stage.ats().delete_webhook(NOTHING)


@succeeds(ACTIVATE)
def a_subscription_activated(stage: Stage) -> None:
    with subscribed(stage) as (client, webhook_id, receiver):
        assert client.webhook(webhook_id).active
        assert receiver.handshakes == 1


@fails(ACTIVATE, 404, raises=ats.NotVisible)
def the_activation_of_no_subscription(stage: Stage) -> None:
    stage.ats().activate_webhook(NOTHING)


@fails(ACTIVATE, 409)
def a_subscription_that_is_already_active(stage: Stage) -> None:
    with subscribed(stage) as (client, webhook_id, _receiver):
        client.activate_webhook(webhook_id)


@fails(ACTIVATE, 424, raises=ats.AtsRefused)
def a_handshake_that_nobody_answers(stage: Stage) -> None:
    client = stage.ats()
    with run_receiver() as receiver:
        receiver.echo = False
        client.activate_webhook(client.create_webhook(receiver.url))


@succeeds(CREATE_KEY)
def a_key(stage: Stage) -> None:
    client = stage.ats()
    webhook_id = client.create_webhook(URL)
    assert client.create_signing_key(webhook_id) != client.create_signing_key(webhook_id)


@fails(CREATE_KEY, 403, "NO_PERMISSION_TO_MANAGE_WEBHOOKS", raises=ats.Forbidden)
def a_key_asked_for_by_a_user_who_is_not_an_administrator(stage: Stage) -> None:
    stage.ats(EXTENDED).create_signing_key(stage.ats().create_webhook(URL))


@fails(CREATE_KEY, 403, "SECRET_KEYS_LIMIT_EXCEEDED", raises=ats.AtsRefused)
def a_key_too_many(stage: Stage) -> None:
    client = stage.ats()
    webhook_id = client.create_webhook(URL)
    for _ in range(17):
        client.create_signing_key(webhook_id)


@fails(CREATE_KEY, 404, raises=ats.NotVisible)
def a_key_of_no_subscription(stage: Stage) -> None:
    stage.ats().create_signing_key(NOTHING)


@succeeds(NEWEST_KEY)
def the_newest_key(stage: Stage) -> None:
    client = stage.ats()
    webhook_id = client.create_webhook(URL)
    client.create_signing_key(webhook_id)
    newest = client.create_signing_key(webhook_id)
    assert _newest_key(stage, webhook_id).json()["secretKey"] == newest


@fails(NEWEST_KEY, 403)
def the_newest_key_requested_by_a_user_who_is_not_an_administrator(stage: Stage) -> None:
    _newest_key(stage, stage.ats().create_webhook(URL), user=EXTENDED)


@fails(NEWEST_KEY, 404)
def the_newest_key_of_a_missing_subscription(stage: Stage) -> None:
    _newest_key(stage, NOTHING)


def _newest_key(stage: Stage, webhook_id: str, *, user: str = ADMINISTRATOR) -> Response:
    return stage.raw(NEWEST_KEY, f"{BASE}/{webhook_id}/secret-key", user=user)


@succeeds(LOG)
def callbacks_that_failed(stage: Stage) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=2)
    with subscribed(stage) as (client, webhook_id, receiver):
        assert client.failed_deliveries(webhook_id, after=long_ago) == []
        _move(stage, receiver, "Crosschq", status=202)
        missed = [_move(stage, receiver, step, status=500) for step in ("On-site interview", "Phone interview")]
        failed = client.failed_deliveries(webhook_id, after=long_ago)
        assert [callback.event_id for callback in failed] == missed
        assert {callback.event_name for callback in failed} == {"application.status.updated"}
        assert [callback.body.encode() for callback in failed] == [got.body for got in receiver.callbacks[1:]]
        assert client.failed_deliveries(webhook_id, after=datetime.now(UTC) + timedelta(hours=1)) == []


def _move(stage: Stage, receiver: Receiver, step: str, *, status: int) -> str:
    receiver.status = status
    ids = {"candidate_id": stage.candidate(), "job_id": stage.job()}
    event_id = stage.sandbox.act("move", **ids, status="INTERVIEW", sub_status=step)["event_id"]
    stage.sandbox.settle()
    return str(event_id)


@contextmanager
def subscribed(stage: Stage) -> Iterator[tuple[SmartRecruitersAts, str, Receiver]]:
    """A client, its active subscription, and the receiver of its deliveries."""
    client = stage.ats()
    with run_receiver() as receiver:
        webhook_id = client.create_webhook(receiver.url)
        client.create_signing_key(webhook_id)
        client.activate_webhook(webhook_id)
        yield client, webhook_id, receiver
