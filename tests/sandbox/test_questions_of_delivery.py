"""Open questions 9, 10, 11, 13, 16, 17: what is delivered, when, and what a suspension does."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.sandbox.receiver import Receiver
from tests.sandbox.running import Running
from tests.sandbox.subscribing import ALL_EVENTS, SUBSCRIPTIONS, Subscribed, events_received, move_maya, subscribe

STATUS = "application.status.updated"


def suspend(sandbox: Running, receiver: Receiver) -> Subscribed:
    """A subscription suspended after one failed attempt."""
    subscribed = subscribe(sandbox, receiver)
    sandbox.act("switches", suspend_after=1)
    receiver.status = 500
    move_maya(sandbox)
    sandbox.settle()
    receiver.status = 202
    receiver.callbacks.clear()
    return subscribed


def test_the_format_of_version_and_link_can_be_switched(sandbox: Running, receiver: Receiver) -> None:
    sandbox.act("switches", event_version="1.0.0", link_form="quoted")
    subscribed = subscribe(sandbox, receiver)
    assert subscribed.api.get(subscribed.url).json()["events"] == [{"name": STATUS, "version": "1.0.0"}]
    move_maya(sandbox)
    sandbox.settle()
    (got,) = receiver.callbacks
    assert got.headers["event-version"] == "1.0.0"
    assert got.headers["link"].endswith('; rel="self"')


def test_callbacks_match_the_published_log(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver)
    receiver.status = 200
    event_id = move_maya(sandbox)
    sandbox.act("advance", seconds=(1 + 3 + 10) * 60)
    seen = [got.headers for got in receiver.callbacks]
    ids = f"candidates/{sandbox.candidate('Maya Osei')}/jobs/{sandbox.job('Backend Engineer')}"
    assert {headers["link"] for headers in seen} == {f"<{sandbox.url}/{ids}>; rel=self"}
    assert {(headers["event-id"], headers["event-version"]) for headers in seen} == {(event_id, "v1")}
    times = [int(headers["smartrecruiters-timestamp"]) for headers in seen]
    waits = [after - before for before, after in pairwise(times)]
    assert waits == [pytest.approx(minutes * 60, abs=20) for minutes in (1, 3, 10)]


def test_the_signature_of_the_first_attempt_may_be_kept(sandbox: Running, receiver: Receiver) -> None:
    sandbox.act("switches", retry_signature="kept")
    subscribe(sandbox, receiver)
    receiver.status = 500
    move_maya(sandbox)
    sandbox.act("advance", seconds=4 * 60)
    assert len(receiver.callbacks) == 3
    for header in ("smartrecruiters-timestamp", "smartrecruiters-signature"):
        assert len({got.headers[header] for got in receiver.callbacks}) == 1


@pytest.mark.parametrize(("position", "body"), [("empty", b""), ("object", b"{}")])
def test_the_handshake_may_have_a_body(sandbox: Running, receiver: Receiver, position: str, body: bytes) -> None:
    sandbox.act("switches", handshake_body=position)
    subscribe(sandbox, receiver)
    assert receiver.handshake_bodies == [body]
    assert receiver.handshake_headers[0]["accept"] == "application/json"


def test_a_suspended_subscription_is_inactive_and_loses_its_deliveries(sandbox: Running, receiver: Receiver) -> None:
    subscribed = suspend(sandbox, receiver)
    assert subscribed.status() == "inactive"
    assert subscribed.api.put(f"{subscribed.url}/activation").status_code == 204
    sandbox.act("advance", seconds=86400)
    assert receiver.callbacks == []


def test_a_suspended_subscription_may_appear_active(sandbox: Running, receiver: Receiver) -> None:
    sandbox.act("switches", suspension_shows_as="active")
    subscribed = suspend(sandbox, receiver)
    assert subscribed.status() == "active"
    assert subscribed.api.put(f"{subscribed.url}/activation").status_code == 409
    move_maya(sandbox, "On-site interview")
    sandbox.settle()
    assert receiver.callbacks == []


def test_a_suspended_subscription_may_be_gone(sandbox: Running, receiver: Receiver) -> None:
    sandbox.act("switches", suspension_shows_as="deleted")
    subscribed = suspend(sandbox, receiver)
    assert subscribed.api.get(subscribed.url).status_code == 404
    assert subscribed.api.get(SUBSCRIPTIONS).json() == []


def test_pending_deliveries_may_be_sent_after_a_suspension(sandbox: Running, receiver: Receiver) -> None:
    sandbox.act("switches", suspended_deliveries="kept")
    subscribed = suspend(sandbox, receiver)
    assert [delivery["state"] for delivery in sandbox.read("deliveries")] == ["kept"]
    sandbox.act("advance", seconds=86400)
    assert receiver.callbacks == []
    subscribed.api = sandbox.api(sandbox.connect())
    assert subscribed.api.put(f"{subscribed.url}/activation").status_code == 204
    sandbox.settle()
    assert len(receiver.callbacks) == 1


def test_a_step_change_within_a_status_may_fire_no_event(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver)
    move_maya(sandbox)
    assert events_received(sandbox, receiver) == [STATUS]
    sandbox.act("switches", event_on_step_change=False)
    move_maya(sandbox, "On-site interview")
    assert events_received(sandbox, receiver) == []
    move_maya(sandbox, "Offer sent", "OFFERED")
    assert events_received(sandbox, receiver) == [STATUS]


def test_a_move_through_the_api_may_fire_no_event(sandbox: Running, receiver: Receiver) -> None:
    subscribed = subscribe(sandbox, receiver)
    sandbox.act("switches", event_on_api_move=False)
    url = f"/candidates/{sandbox.candidate('Maya Osei')}/jobs/{sandbox.job('Backend Engineer')}/status"
    assert subscribed.api.put(url, json={"status": "INTERVIEW", "subStatus": "Crosschq"}).status_code == 204
    assert events_received(sandbox, receiver) == []
    move_maya(sandbox, "On-site interview")
    assert events_received(sandbox, receiver) == [STATUS]


def test_returning_to_a_step_may_fire_no_event(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver)
    sandbox.act("switches", event_on_reentry=False)
    for step in ("Crosschq", "On-site interview"):
        move_maya(sandbox, step)
    assert events_received(sandbox, receiver) == [STATUS, STATUS]
    move_maya(sandbox)
    assert events_received(sandbox, receiver) == []
    sandbox.act("switches", event_on_reentry=True)
    move_maya(sandbox, "On-site interview")
    assert events_received(sandbox, receiver) == [STATUS]


@pytest.mark.parametrize(
    ("position", "names"), [(False, ["application.created"]), (True, ["application.created", STATUS])]
)
def test_a_first_application_may_fire_the_status_event_too(
    sandbox: Running, receiver: Receiver, position: bool, names: list[str]
) -> None:
    sandbox.act("switches", event_on_first_application=position)
    subscribe(sandbox, receiver, events=ALL_EVENTS)
    person = {"first_name": "Zoë", "last_name": "Park", "job_id": sandbox.job("Backend Engineer")}
    sandbox.act("seed", candidates=[person])
    assert events_received(sandbox, receiver) == ["candidate.created", *names]
