"""The sandbox's state; a reset replaces it."""

from __future__ import annotations

import itertools
import uuid
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sandbox.clock import Clock
from sandbox.config import Config
from sandbox.events import Event
from sandbox.faults import Faults
from sandbox.lag import Past
from sandbox.mail import Mailbox
from sandbox.model import World
from sandbox.oauth import OAuthStore
from sandbox.oddities import Deviation
from sandbox.ratelimit import Limiter
from sandbox.second_company import build_second_world
from sandbox.seed import build_world
from sandbox.switches import Switches
from sandbox.texts import TextBox

KEY_GRACE_SECONDS = 24 * 3600
REQUESTS_KEPT = 100_000


@dataclass
class SecretKey:
    """A signing key; ``expires`` is None while it is the newest."""

    value: str
    expires: float | None = None


@dataclass
class Subscription:
    """A suspended subscription isn't active, whatever the API shows."""

    id: str
    client_id: str
    user_id: str
    callback_url: str
    events: list[str]
    alert_email: str | None
    authentication: dict[str, str] | None
    active: bool = False
    keys: list[SecretKey] = field(default_factory=list)
    failures_in_a_row: int = 0
    suspended: bool = False

    def live_keys(self, now: float) -> list[SecretKey]:
        """Newest first."""
        return [key for key in reversed(self.keys) if key.expires is None or key.expires > now]


@dataclass
class Attempt:
    """One callback request. ``elapsed`` is the sandbox clock when sent; ``error`` says why there was no response."""

    at: datetime
    elapsed: float
    headers: dict[str, str]
    status_code: int | None
    error: str | None

    @property
    def successful(self) -> bool:
        return self.status_code == 202


@dataclass
class Delivery:
    """One event for one subscription.

    States: ``waiting`` (due at ``due``), ``sending``, ``delivered``, ``gave_up`` (after the last retry), ``dropped``
    (subscription deleted or suspended), ``kept`` (until a suspended subscription is activated).
    """

    id: str
    event: Event
    subscription_id: str
    url: str
    created_at: datetime
    due: float = 0.0
    state: str = "waiting"
    attempts: list[Attempt] = field(default_factory=list)


@dataclass
class LoggedRequest:
    """One API call. ``template`` is the path as the vendor documents it; empty if there is no such operation."""

    seq: int
    at: datetime
    method: str
    template: str
    path: str
    query: str
    status: int
    client_id: str | None
    user_id: str | None
    fault: str | None


@dataclass
class State:
    """``holding`` holds callbacks until they are released in a given order.

    ``world`` is the current company, one of ``worlds``; they share everything else.
    """

    world: World
    limiter: Limiter
    worlds: dict[str, World] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    oauth: OAuthStore = field(default_factory=OAuthStore)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    waiting: dict[str, Delivery] = field(default_factory=dict)
    requests: deque[LoggedRequest] = field(default_factory=lambda: deque(maxlen=REQUESTS_KEPT))
    faults: Faults = field(default_factory=Faults)
    mailbox: Mailbox = field(default_factory=Mailbox)
    textbox: TextBox = field(default_factory=TextBox)
    switches: Switches = field(default_factory=Switches)
    deviations: set[Deviation] = field(default_factory=set)
    past: Past = field(default_factory=Past)
    holding: bool = False
    request_numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def wait(self, delivery: Delivery, *, due: float) -> None:
        """Plan the next attempt of a delivery."""
        delivery.state, delivery.due = "waiting", due
        self.deliveries[delivery.id] = self.waiting[delivery.id] = delivery

    def stop_waiting(self, delivery: Delivery, state: str) -> None:
        """Move a delivery from pending to another state."""
        delivery.state = state
        self.waiting.pop(delivery.id, None)

    def due(self) -> list[Delivery]:
        """Due deliveries, oldest first; none while they are held."""
        if self.holding:
            return []
        return [delivery for delivery in self.waiting.values() if delivery.due <= self.clock.elapsed]

    def wait_again(self, subscription_id: str) -> None:
        """Make deliveries kept for a suspended subscription due now."""
        for delivery in list(self.deliveries.values()):
            if delivery.subscription_id == subscription_id and delivery.state == "kept":
                self.wait(delivery, due=self.clock.elapsed)

    def of_user(self, user_id: str) -> State:
        """The state for this user's company."""
        return self.of_company(next((w.company_identifier for w in self.worlds.values() if user_id in w.users), ""))

    def of_company(self, identifier: str) -> State:
        """The state for this company, or for the first one if unknown."""
        world = self.worlds.get(identifier, self.world)
        return self if world is self.world else replace(self, world=world)

    def deliveries_of_event(self, event_id: str) -> list[Delivery]:
        return [d for d in self.deliveries.values() if d.event.id == event_id]


def new_state(config: Config) -> State:
    """The initial state."""
    clock = Clock()
    worlds = [build(config.seed, clock.now()) for build in (build_world, build_second_world)]
    by_identifier = {world.company_identifier: world for world in worlds}
    return State(world=worlds[0], worlds=by_identifier, clock=clock, limiter=Limiter(config.rate_scale))


def new_id() -> str:
    """An id of a candidate, a job, an application, a subscription or an event: a UUID."""
    return str(uuid.uuid4())


def new_hex() -> str:
    """An id of a job field's value: 24 hex digits, as the vendor's are."""
    return uuid.uuid4().hex[:24]


def request_json(entry: LoggedRequest, moment: str) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": moment,
        "method": entry.method,
        "template": entry.template or None,
        "path": entry.path,
        "query": entry.query,
        "status": entry.status,
        "client": entry.client_id,
        "user": entry.user_id,
        "fault": entry.fault,
    }
