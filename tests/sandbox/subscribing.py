"""Steps that several tests of webhooks share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.sandbox.receiver import Received, Receiver
from tests.sandbox.running import Running

SUBSCRIPTIONS = "/webhooks-api/v201907/subscriptions"


@dataclass
class Subscribed:
    id: str
    key: str
    api: httpx.Client

    @property
    def url(self) -> str:
        return f"{SUBSCRIPTIONS}/{self.id}"

    def status(self) -> str:
        return str(self.api.get(self.url).raise_for_status().json()["status"])

    def log(self, **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.get(f"{self.url}/callbacks-log", params=query).raise_for_status().json()
        return found


def subscribe(sandbox: Running, receiver: Receiver, *, user: str = "Ada Integration", **more: Any) -> Subscribed:
    """Subscribe to status updates, create a key, and activate. In this order, every callback is signed."""
    api = sandbox.api(sandbox.connect(user=user))
    body = {"callbackUrl": receiver.url, "events": ["application.status.updated"]} | more
    made = api.post(SUBSCRIPTIONS, json=body)
    assert made.status_code == 201, made.text
    found = Subscribed(made.json()["id"], "", api)
    found.key = api.post(f"{found.url}/secret-key").raise_for_status().json()["secretKey"]
    assert api.put(f"{found.url}/activation").status_code == 204
    return found


ALL_EVENTS = [
    "job.created",
    "job.updated",
    "job.hiring-team.updated",
    "application.created",
    "application.status.updated",
    "application.source.updated",
    "application.attachment.created",
    "candidate.created",
    "candidate.updated",
    "candidate.deleted",
]


def events_received(sandbox: Running, receiver: Receiver) -> list[str]:
    """The names of all events that came since the last time, in order."""
    sandbox.settle()
    names = [got.headers["event-name"] for got in sorted(receiver.callbacks, key=_when_made(sandbox))]
    receiver.callbacks.clear()
    return names


def _when_made(sandbox: Running) -> Callable[[Received], int]:
    """Several callbacks are sent concurrently; the sandbox lists its deliveries in the order of the events."""
    order = {delivery["event_id"]: -number for number, delivery in enumerate(sandbox.read("deliveries"))}
    return lambda got: order[got.event_id]


def move_maya(sandbox: Running, sub_status: str = "Crosschq", status: str = "INTERVIEW") -> str:
    """Move Maya Osei on the tagged job; returns the event's id."""
    moved = sandbox.act(
        "move",
        candidate_id=sandbox.candidate("Maya Osei"),
        job_id=sandbox.job("Backend Engineer"),
        status=status,
        sub_status=sub_status,
    )
    return str(moved["event_id"])
