"""Callbacks to subscribers: queued on events, sent by a background task, retried by the sandbox clock.

Only an HTTP 202 within 5 seconds counts as delivered. Failed callbacks are retried up to ten times. The vendor
publishes the delays after the first five failures and the last; those in between are our interpretation.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Callable, Container, Iterable
from datetime import datetime

import httpx

from sandbox import signature
from sandbox.alerts import send_alert
from sandbox.events import Event
from sandbox.state import Attempt, Delivery, State, Subscription, new_id

RETRY_MINUTES = (1, 3, 10, 45, 120, 240, 480, 960, 1440, 1440)
ANSWER_SECONDS = 5.0
HANDSHAKE_SECONDS = 20.0
AT_ONCE = 16


class ServiceError(ValueError):
    """Unexpected response from the subscriber's token service."""


class Dispatcher:
    """Sends due deliveries. Reads ``state`` each time, because a reset replaces it."""

    def __init__(self, state: Callable[[], State], client: httpx.AsyncClient) -> None:
        self._state = state
        self._client = client
        self._wake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._jumping = asyncio.Lock()

    async def run(self) -> None:
        """Send due deliveries until canceled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._start_due(self._state())

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def fire(self, event: Event, *, users: Container[str]) -> list[Delivery]:
        """Queue an event for every active subscription of these users in the event's company."""
        state = self._state()
        return [
            self.queue(event, subscription)
            for subscription in state.subscriptions.values()
            if subscription.active and event.name in subscription.events and subscription.user_id in users
        ]

    def queue(self, event: Event, subscription: Subscription) -> Delivery:
        """Queue one more delivery of an event, due now."""
        state = self._state()
        delivery = Delivery(new_id(), event, subscription.id, subscription.callback_url, state.clock.now())
        state.wait(delivery, due=state.clock.elapsed)
        self._wake.set()
        return delivery

    def send_again(self, delivery: Delivery) -> None:
        """Make a delivery due now, whatever its state."""
        state = self._state()
        if delivery.state != "sending":
            state.wait(delivery, due=state.clock.elapsed)
            self._wake.set()

    def wake(self) -> None:
        self._wake.set()

    async def advance(self, seconds: float) -> None:
        """Move the clock, stopping at each retry on the way; returns once everything due has been attempted."""
        async with self._jumping:
            state = self._state()
            target = state.clock.elapsed + seconds
            await self.settle()
            while (due := _next_due(state)) is not None and due <= target:
                state.clock.jump_to(due)
                self._start_due(state)
                await self.settle()
            state.clock.jump_to(target)

    async def settle(self) -> None:
        """Wait until nothing is being sent."""
        self._start_due(self._state())
        while self._running:
            await asyncio.wait(self._running)

    async def send_in_order(self, deliveries: Iterable[Delivery]) -> None:
        """Send held deliveries one after the other."""
        state = self._state()
        for delivery in deliveries:
            state.stop_waiting(delivery, "sending")
            await self._attempt(state, delivery)

    async def shake_hands(self, subscription: Subscription) -> bool:
        """The activation handshake: a POST with ``X-Hook-Secret`` must get a 200 with the same header within 20 s."""
        secret = secrets.token_urlsafe(16)
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                headers, body = {"X-Hook-Secret": secret, "Accept": "application/json"}, b""
                if self._state().switches.handshake_body == "object":
                    headers["Content-Type"], body = "application/json", b"{}"
                request = self._client.stream("POST", subscription.callback_url, headers=headers, content=body)
                async with request as answer:
                    return answer.status_code == 200 and answer.headers.get("x-hook-secret") == secret
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError):
            return False

    def _start_due(self, state: State) -> None:
        for delivery in state.due():
            state.stop_waiting(delivery, "sending")
            task = asyncio.create_task(self._attempt(state, delivery))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _attempt(self, state: State, delivery: Delivery) -> None:
        subscription = state.subscriptions.get(delivery.subscription_id)
        if subscription is None or not subscription.active:
            delivery.state = "dropped"
            return
        async with self._slots:
            attempt = await self._post(state, delivery, subscription)
        delivery.attempts.append(attempt)
        if attempt.successful:
            delivery.state = "delivered"
            subscription.failures_in_a_row = 0
        else:
            _after_failure(state, delivery, subscription)

    async def _post(self, state: State, delivery: Delivery, subscription: Subscription) -> Attempt:
        at, elapsed = state.clock.now(), state.clock.elapsed
        headers = signed_headers(state, delivery.event, subscription, at=at)
        if delivery.attempts and state.switches.retry_signature == "kept":
            headers = delivery.attempts[0].headers
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                sent = headers | await self._authentication(subscription)
                request = self._client.stream("POST", delivery.url, content=delivery.event.body, headers=sent)
                async with request as answer:
                    return Attempt(at, elapsed, headers, answer.status_code, None)
        except TimeoutError:
            return Attempt(at, elapsed, headers, None, f"no answer within {ANSWER_SECONDS:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return Attempt(at, elapsed, headers, None, f"{type(error).__name__}: {error}"[:200])

    async def _authentication(self, subscription: Subscription) -> dict[str, str]:
        """The header that the subscriber requested (``callbackAuthentication``)."""
        how = subscription.authentication
        if how is None:
            return {}
        if how["type"] == "header":
            return {how["headerName"]: how["headerValue"]}
        if how["type"] == "basic":
            pair = base64.b64encode(f"{how['username']}:{how['password']}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        form = {
            "client_id": how["clientId"],
            "client_secret": how["clientSecret"],
            "grant_type": "client_credentials",
        }
        answer = await self._client.post(how["tokenServiceUrl"], data=form)
        body = answer.raise_for_status().json()
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str):
            raise ServiceError("the token service sent no access token")
        return {"Authorization": f"Bearer {token}"}


def signed_headers(state: State, event: Event, subscription: Subscription, *, at: datetime) -> dict[str, str]:
    """Headers of one callback, except the subscriber's own authentication. Signed again for each attempt.

    Always includes the timestamp, but a signature only while the subscription has a live key.
    """
    timestamp, switches = str(int(at.timestamp())), state.switches
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "event-id": event.id,
        "event-name": event.name,
        "event-version": event.version,
        "smartrecruiters-timestamp": timestamp,
    }
    if event.link:
        headers["Link"] = event.link
    keys = [key.value for key in subscription.live_keys(state.clock.elapsed)]
    if keys:
        headers["smartrecruiters-signature"] = signature.header(
            keys,
            timestamp=timestamp,
            body=event.body,
            event_id=event.id,
            event_name=event.name,
            event_version=event.version,
            link=event.link,
            separator="," if switches.signature_separator == "comma" else ";",
            upper=switches.signature_hex == "upper",
        )
    return headers


def _next_due(state: State) -> float | None:
    if state.holding:
        return None
    return min((delivery.due for delivery in state.waiting.values()), default=None)


def _after_failure(state: State, delivery: Delivery, subscription: Subscription) -> None:
    """Plan the next attempt, or give up; suspend the subscription after a series of failures."""
    failures = len(delivery.attempts)
    subscription.failures_in_a_row += 1
    if failures > len(RETRY_MINUTES):
        delivery.state = "gave_up"
        send_alert(state, subscription, "A webhook callback could not be delivered", delivery.event)
    elif subscription.active:
        state.wait(delivery, due=delivery.attempts[-1].elapsed + RETRY_MINUTES[failures - 1] * 60)
    else:
        delivery.state = _fate(state)
    threshold = state.switches.suspend_after
    if threshold and subscription.active and subscription.failures_in_a_row >= threshold:
        suspend(state, subscription)
        send_alert(state, subscription, "Your webhook subscription was suspended", delivery.event)


def suspend(state: State, subscription: Subscription) -> None:
    """Stop sending to a subscription; switches decide what happens to it and its pending deliveries."""
    subscription.active, subscription.suspended = False, True
    stop_all(state, subscription.id, _fate(state))
    if state.switches.suspension_shows_as == "deleted":
        del state.subscriptions[subscription.id]


def stop_all(state: State, subscription_id: str, fate: str) -> None:
    """Set all pending or kept deliveries of a subscription to ``dropped`` or ``kept``."""
    for delivery in state.deliveries.values():
        if delivery.subscription_id == subscription_id and delivery.state in ("waiting", "kept"):
            state.stop_waiting(delivery, fate)


def _fate(state: State) -> str:
    gone = state.switches.suspension_shows_as == "deleted"
    return "dropped" if gone else state.switches.suspended_deliveries
