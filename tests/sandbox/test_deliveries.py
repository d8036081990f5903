"""Delivery of callbacks: what is sent, what counts as received, retries, suspension, the log."""

from __future__ import annotations

import json
import time

import pytest

from sandbox import deliveries, signature
from sandbox.deliveries import RETRY_MINUTES
from tests.patience import wait_for
from tests.sandbox.receiver import Receiver, run_receiver
from tests.sandbox.running import Running
from tests.sandbox.subscribing import SUBSCRIPTIONS, move_maya, subscribe


def test_a_move_callback_contains_only_ids_and_signs_the_sent_body(sandbox: Running, receiver: Receiver) -> None:
    subscribed = subscribe(sandbox, receiver)
    event_id = move_maya(sandbox)
    wait_for(lambda: receiver.callbacks)
    got = receiver.callbacks[0]
    candidate, job = sandbox.candidate("Maya Osei"), sandbox.job("Backend Engineer")
    assert set(json.loads(got.body)) == {"job_id", "candidate_id", "application_id"}
    assert json.loads(got.body)["candidate_id"] == candidate
    assert got.headers["event-id"] == event_id
    assert got.headers["event-name"] == "application.status.updated"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["accept"] == "application/json"
    assert got.headers["link"] == f"<{sandbox.url}/candidates/{candidate}/jobs/{job}>; rel=self"
    expected = signature.v1(
        subscribed.key,
        timestamp=got.headers["smartrecruiters-timestamp"],
        body=got.body,
        event_id=got.headers["event-id"],
        event_name=got.headers["event-name"],
        event_version=got.headers["event-version"],
        link=got.headers["link"],
    )
    assert got.headers["smartrecruiters-signature"] == f"v1={expected}"
    api = subscribed.api
    assert api.get(got.headers["link"].split(">")[0][1:]).json()["subStatus"] == "Crosschq"


def test_the_timestamp_is_always_sent_and_the_signature_only_with_a_key(sandbox: Running, receiver: Receiver) -> None:
    api = sandbox.api(sandbox.connect())
    body = {"callbackUrl": receiver.url, "events": ["application.status.updated"]}
    url = f"{SUBSCRIPTIONS}/{api.post(SUBSCRIPTIONS, json=body).raise_for_status().json()['id']}"
    api.put(f"{url}/activation").raise_for_status()
    earliest = int(time.time())
    move_maya(sandbox)
    sandbox.settle()
    api.post(f"{url}/secret-key").raise_for_status()
    move_maya(sandbox, "On-site interview")
    sandbox.settle()
    without, signed = (got.headers for got in receiver.callbacks)
    assert "smartrecruiters-signature" not in without
    assert "smartrecruiters-signature" in signed
    times = [int(headers["smartrecruiters-timestamp"]) for headers in (without, signed)]
    assert earliest <= times[0] <= times[1] <= time.time()


@pytest.mark.parametrize("status", [200, 204, 500, 302])
def test_only_202_counts_as_received(sandbox: Running, receiver: Receiver, status: int) -> None:
    subscribe(sandbox, receiver)
    receiver.status = status
    move_maya(sandbox)
    sandbox.settle()
    (delivery,) = sandbox.read("deliveries")
    assert (delivery["state"], delivery["due_in"]) == ("waiting", 60)


def test_a_failed_callback_is_retried_ten_times_by_the_sandbox_clock(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, alertingEmailAddress="ops@product.example")
    receiver.status = 500
    event_id = move_maya(sandbox)
    sandbox.settle()
    for number, minutes in enumerate(RETRY_MINUTES, start=1):
        sandbox.act("advance", seconds=minutes * 60 - 1)
        assert len(receiver.callbacks) == number
        sandbox.act("advance", seconds=1)
        assert len(receiver.callbacks) == number + 1
    sandbox.act("advance", seconds=30 * 86400)
    assert len(receiver.callbacks) == 11
    assert {got.event_id for got in receiver.callbacks} == {event_id}
    assert len({got.headers["smartrecruiters-timestamp"] for got in receiver.callbacks}) == 11
    assert sandbox.read("deliveries")[0]["state"] == "gave_up"
    assert sandbox.read("mails", to="ops@product.example")


def test_one_long_clock_jump_makes_every_retry(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver)
    receiver.status = 500
    move_maya(sandbox)
    sandbox.act("advance", seconds=(1 + 3 + 10) * 60)
    assert len(receiver.callbacks) == 4
    receiver.status = 202
    sandbox.act("advance", seconds=45 * 60)
    assert len(receiver.callbacks) == 5
    assert sandbox.read("deliveries")[0]["state"] == "delivered"


def test_a_response_after_five_seconds_counts_as_none(
    sandbox: Running, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert deliveries.ANSWER_SECONDS == 5
    monkeypatch.setattr(deliveries, "ANSWER_SECONDS", 0.3)
    subscribe(sandbox, receiver)
    receiver.pause = 0.6
    move_maya(sandbox)
    sandbox.settle()
    (delivery,) = sandbox.read("deliveries")
    assert delivery["attempts"][0]["error"] == "no answer within 0.3 s"
    assert delivery["state"] == "waiting"


def test_the_move_does_not_wait_for_the_subscriber(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver)
    receiver.pause = 1.0
    move_maya(sandbox)
    assert [d["attempts"] for d in sandbox.read("deliveries")] == [[]]
    sandbox.settle()
    assert [len(d["attempts"]) for d in sandbox.read("deliveries")] == [1]


def test_the_log_lists_attempts_newest_first_and_can_be_filtered(sandbox: Running, receiver: Receiver) -> None:
    subscribed = subscribe(sandbox, receiver)
    receiver.status = 500
    event_id = move_maya(sandbox)
    sandbox.settle()
    receiver.status = 202
    sandbox.act("advance", seconds=60)
    newest, oldest = subscribed.log()
    assert (newest["status"], oldest["status"]) == ("successful", "failed")
    details = oldest["requestDetails"]
    assert details["url"] == receiver.url
    assert json.loads(details["body"])["job_id"] == sandbox.job("Backend Engineer")
    assert details["headers"]["event-id"] == event_id
    assert subscribed.log(callbackStatus="failed") == [oldest]
    assert subscribed.log(after=oldest["timestamp"], limit="1") == [newest]
    page_one = subscribed.api.get(f"{subscribed.url}/callbacks-log", params={"limit": 1})
    assert subscribed.api.get(page_one.links["next"]["url"]).json() == [oldest]


def test_the_log_covers_thirty_days(sandbox: Running, receiver: Receiver) -> None:
    subscribed = subscribe(sandbox, receiver)
    move_maya(sandbox)
    sandbox.settle()
    tokens = sandbox.connect()
    sandbox.act("advance", seconds=30 * 86400 + 1)
    renewed = sandbox.token(grant_type="refresh_token", refresh_token=tokens.refresh)
    assert renewed.status_code == 400  # the refresh token is older than 28 days too
    subscribed.api = sandbox.api(sandbox.connect())
    assert subscribed.log() == []
    api = subscribed.api
    early = {"after": "2020-01-01T00:00:00.000Z"}
    assert api.get(f"{subscribed.url}/callbacks-log", params=early).status_code == 400


def test_a_series_of_failures_suspends_the_subscription(sandbox: Running, receiver: Receiver) -> None:
    subscribed = subscribe(sandbox, receiver)
    sandbox.act("switches", suspend_after=3)
    receiver.status = 503
    move_maya(sandbox)
    sandbox.act("advance", seconds=4 * 60)
    assert subscribed.status() == "inactive"
    assert len(receiver.callbacks) == 3
    assert sandbox.read("deliveries")[0]["state"] == "dropped"
    receiver.status = 202
    assert subscribed.api.put(f"{subscribed.url}/activation").status_code == 204
    move_maya(sandbox, "On-site interview")
    sandbox.settle()
    assert len(receiver.callbacks) == 4


def test_a_delivery_can_be_repeated_and_duplicated_with_the_same_event_id(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver)
    event_id = move_maya(sandbox)
    sandbox.settle()
    sandbox.act("redeliver", event_id=event_id)
    sandbox.settle()
    sandbox.act("duplicate", event_id=event_id, copies=3)
    sandbox.settle()
    assert [got.event_id for got in receiver.callbacks] == [event_id] * 5


def test_held_deliveries_are_released_in_the_requested_order(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver)
    sandbox.act("hold")
    events = [move_maya(sandbox), move_maya(sandbox, "On-site interview")]
    sandbox.settle()
    assert receiver.callbacks == []
    sandbox.act("release", order="newest_first")
    assert [got.event_id for got in receiver.callbacks] == events[::-1]


@pytest.mark.parametrize(
    ("wish", "header", "value"),
    [
        ({"type": "header", "headerName": "X-Token", "headerValue": "t0p"}, "x-token", "t0p"),
        ({"type": "basic", "username": "u", "password": "p"}, "authorization", "Basic dTpw"),
    ],
)
def test_callbacks_carry_the_requested_authentication(
    sandbox: Running, receiver: Receiver, wish: dict[str, str], header: str, value: str
) -> None:
    subscribed = subscribe(sandbox, receiver, callbackAuthentication=wish)
    move_maya(sandbox)
    sandbox.settle()
    assert receiver.callbacks[0].headers[header] == value
    assert value not in json.dumps(subscribed.log())


def test_callbacks_carry_a_token_from_the_subscribers_token_service(sandbox: Running, receiver: Receiver) -> None:
    wish = {"type": "oauth2", "clientId": "c", "clientSecret": "s", "tokenServiceUrl": receiver.token_url}
    subscribe(sandbox, receiver, callbackAuthentication=wish)
    move_maya(sandbox)
    sandbox.settle()
    assert receiver.token_requests == [b"client_id=c&client_secret=s&grant_type=client_credentials"]
    assert receiver.callbacks[0].headers["authorization"] == "Bearer tok"


def test_every_active_subscription_gets_the_same_event_id(sandbox: Running, receiver: Receiver) -> None:
    with run_receiver() as other:
        subscribe(sandbox, receiver)
        subscribe(sandbox, other)
        event_id = move_maya(sandbox)
        sandbox.settle()
        assert [got.event_id for got in receiver.callbacks + other.callbacks] == [event_id, event_id]
