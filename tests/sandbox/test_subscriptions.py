"""Subscriptions: creating, activating, keys, limits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.receiver import Receiver
from tests.sandbox.running import Running
from tests.sandbox.subscribing import SUBSCRIPTIONS, move_maya, subscribe


def test_a_new_subscription_is_inactive_until_the_handshake(sandbox: Running, receiver: Receiver) -> None:
    api = sandbox.api(sandbox.connect())
    body = {"callbackUrl": receiver.url, "events": ["application.status.updated", "job.updated"]}
    made = api.post(SUBSCRIPTIONS, json=body)
    assert made.status_code == 201
    found = made.json()
    assert set(found) == {"id", "callbackUrl", "events", "status"}
    assert found["status"] == "inactive"
    assert found["events"][0] == {"name": "application.status.updated", "version": "v1"}
    assert api.put(f"{SUBSCRIPTIONS}/{found['id']}/activation").status_code == 204
    assert api.get(f"{SUBSCRIPTIONS}/{found['id']}").json()["status"] == "active"
    assert [item["id"] for item in api.get(SUBSCRIPTIONS).json()] == [found["id"]]
    assert receiver.handshakes == 1


def test_a_handshake_without_an_echo_returns_424(sandbox: Running, receiver: Receiver) -> None:
    receiver.echo = False
    api = sandbox.api(sandbox.connect())
    body = {"callbackUrl": receiver.url, "events": ["application.status.updated"]}
    one = f"{SUBSCRIPTIONS}/{api.post(SUBSCRIPTIONS, json=body).json()['id']}"
    failed = api.put(f"{one}/activation")
    assert (failed.status_code, bool(failed.json()["errors"])) == (424, True)
    assert api.get(one).json()["status"] == "inactive"


def test_activating_twice_returns_409(sandbox: Running, receiver: Receiver) -> None:
    subscribed = subscribe(sandbox, receiver)
    api = subscribed.api
    assert api.put(f"{subscribed.url}/activation").status_code == 409


def test_the_previous_key_stays_valid_for_a_day(sandbox: Running, receiver: Receiver) -> None:
    subscribed = subscribe(sandbox, receiver)
    api = subscribed.api
    newest = api.post(f"{subscribed.url}/secret-key").json()["secretKey"]
    assert api.get(f"{subscribed.url}/secret-key").json() == {"secretKey": newest}
    move_maya(sandbox)
    sandbox.settle()
    assert receiver.callbacks[-1].headers["smartrecruiters-signature"].count("v1=") == 2
    sandbox.act("advance", seconds=24 * 3600)
    move_maya(sandbox, "On-site interview")
    sandbox.settle()
    assert receiver.callbacks[-1].headers["smartrecruiters-signature"].count("v1=") == 1


def test_at_most_sixteen_keys_are_live(sandbox: Running, receiver: Receiver) -> None:
    subscribed = subscribe(sandbox, receiver)
    api = subscribed.api
    for _ in range(15):
        assert api.post(f"{subscribed.url}/secret-key").status_code == 201
    refused = api.post(f"{subscribed.url}/secret-key")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "SECRET_KEYS_LIMIT_EXCEEDED")


def test_at_most_twenty_subscriptions_and_the_list_pages_by_link(sandbox: Running, receiver: Receiver) -> None:
    api = sandbox.api(sandbox.connect())
    body = {"callbackUrl": receiver.url, "events": ["job.created"]}
    for _ in range(20):
        assert api.post(SUBSCRIPTIONS, json=body).status_code == 201
    refused = api.post(SUBSCRIPTIONS, json=body)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "SUBSCRIPTIONS_LIMIT_EXCEEDED")
    first = api.get(SUBSCRIPTIONS)
    second = api.get(first.links["next"]["url"])
    assert (len(first.json()), len(second.json())) == (10, 10)
    assert "next" not in second.links


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"events": ["job.created"]}, 400),
        ({"callbackUrl": "https://hook.example/"}, 400),
        ({"callbackUrl": "https://hook.example/", "events": []}, 400),
        ({"callbackUrl": "https://hook.example/", "events": ["job.created", "job.created"]}, 400),
        ({"callbackUrl": "https://hook.example/", "events": ["candidate.moved"]}, 422),
        ({"callbackUrl": "ftp://hook.example/", "events": ["job.created"]}, 422),
        ({"callbackUrl": "https://[", "events": ["job.created"]}, 422),
        ([], 400),
    ],
)
def test_an_invalid_subscription_is_rejected(sandbox: Running, body: Any, status: int) -> None:
    api = sandbox.api(sandbox.connect())
    assert api.post(SUBSCRIPTIONS, json=body).status_code == status


def test_only_an_administrator_may_subscribe(sandbox: Running, receiver: Receiver) -> None:
    api = sandbox.api(sandbox.connect(user="Dana Ruiz"))
    refused = api.post(SUBSCRIPTIONS, json={"callbackUrl": receiver.url, "events": ["job.created"]})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "NO_PERMISSION_TO_MANAGE_WEBHOOKS")


def test_a_deleted_subscription_gets_no_callbacks(sandbox: Running, receiver: Receiver) -> None:
    subscribed = subscribe(sandbox, receiver)
    api = subscribed.api
    assert api.delete(subscribed.url).status_code == 204
    assert api.get(subscribed.url).status_code == 404
    move_maya(sandbox)
    sandbox.settle()
    assert receiver.callbacks == []
