"""One call budget per credential, shared by all workers.

The ATS limits a credential's calls per endpoint and second, and its calls in flight. We count the same way in Valkey,
with one atomic script and Valkey's clock, because workers' clocks differ. If Valkey can't be reached, each process
slows to one call per second instead of dropping the limit.
"""

import random
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import redis
import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from connectors import ats, rates
from connectors.calls import in_flight
from crosschq.core.web import http

log = structlog.get_logger(__name__)

MAX_WAIT_SECONDS = 20  # after that the work item is retried later
SECONDS_PER_CALL_WITHOUT_STORE = 1.0
JITTER_SECONDS = 0.001
STORE_TIMEOUT_SECONDS = 1.0

# How long before its start a call can reserve it, as a share of the window. Otherwise the time until the next one asks
# would be lost with each call, and a slot in flight is held meanwhile.
AHEAD = 0.1

# KEYS: starts of recent calls to the endpoint, its calls in flight, the credential's calls in flight.
# ARGV: id, calls per window, window in ms, calls in flight per endpoint and per credential, lifetime of a slot in ms,
# how many ms ahead a call can be reserved. Returns whether a call is reserved, and the microseconds until it may start,
# or before the next try.
TAKE = """
local t = redis.call('TIME')
local now = t[1] * 1000 + t[2] / 1000
local start = now
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4]) or redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[5]) then
  return {0, 20000}
end
local before = redis.call('ZCARD', KEYS[1]) - ARGV[2]
if before >= 0 then
  start = math.max(now, redis.call('ZRANGE', KEYS[1], before, before, 'WITHSCORES')[2] + ARGV[3])
  if start > now + ARGV[7] then
    return {0, math.ceil((start - now - ARGV[7]) * 1000)}
  end
end
redis.call('ZADD', KEYS[1], start, ARGV[1])
redis.call('PEXPIRE', KEYS[1], math.ceil(start - now + 2 * ARGV[3]))
for i = 2, 3 do
  redis.call('ZADD', KEYS[i], now + ARGV[6], ARGV[1])
  redis.call('PEXPIRE', KEYS[i], ARGV[6])
end
return {1, math.ceil((start - now) * 1000)}
"""

_without_store = threading.Lock()
# By endpoint of a credential, since customers' limits may differ.
_reported_limits: dict[str, int] = {}
# Threads that wait for the same endpoint take turns at polling the store.
_pollers: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@cache
def _store(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=STORE_TIMEOUT_SECONDS, socket_connect_timeout=STORE_TIMEOUT_SECONDS)


@cache
def _take_script(store: redis.Redis) -> Any:
    """The script, which the store keeps, so that a call sends only its name."""
    return store.register_script(TAKE)


def _shared_store() -> redis.Redis:
    return _store(settings.CACHES["default"]["LOCATION"])


class SharedLimiter:
    """The limiter of one credential. `slot` waits for a free slot, holds it during the call, and releases it."""

    def __init__(self, *, ats_name: str, credential: str, budget: rates.Budget) -> None:
        self.ats_name = ats_name
        self.credential = credential
        self.budget = budget

    def observe(self, endpoint: str, limit: int | None) -> None:
        """Follow the limit that an endpoint's responses report, while it is lower than what the vendor documents."""
        reported = self._keys(endpoint)[0]
        if limit and limit < self.budget.calls:
            if _reported_limits.get(reported) != limit:
                log.info("limit_is_lower", endpoint=endpoint, limit=limit)
            _reported_limits[reported] = limit
        elif limit:
            _reported_limits.pop(reported, None)

    def _too_many(self) -> ats.RateLimited:
        sentence = _("Too many calls are waiting for %(ats)s right now.") % {"ats": self.ats_name}
        return ats.RateLimited(sentence)

    def _calls(self, endpoint: str) -> int:
        return min(self.budget.calls, _reported_limits.get(self._keys(endpoint)[0], self.budget.calls))

    @contextmanager
    def slot(self, endpoint: str, *, exclusive: bool = False) -> Iterator[None]:
        """Wait for a slot, and hold it during the block. Raises RateLimited if none was free within 20 seconds."""
        call = uuid.uuid4().hex
        planned = self._wait(call, endpoint, exclusive=exclusive)
        began = time.monotonic()
        try:
            yield
        finally:
            if planned is not None:
                self._release(call, endpoint, late=max(began, http.last_sent_at()) - planned)

    def _wait(self, call: str, endpoint: str, *, exclusive: bool) -> float | None:
        """Return once the call may start, and since when. None, after a pause, if the store can't be reached."""
        deadline = time.monotonic() + MAX_WAIT_SECONDS
        poller = _pollers[self._keys(endpoint)[0]]
        if not poller.acquire(timeout=MAX_WAIT_SECONDS):
            raise self._too_many()
        try:
            planned = self._reserve(deadline, call, endpoint, exclusive=exclusive)
            if planned is not None:
                time.sleep(max(0.0, planned - time.monotonic()))
                in_flight.track(call, _shared_store, self._keys(endpoint)[1:])
            return planned
        finally:
            poller.release()

    def _reserve(self, deadline: float, call: str, endpoint: str, *, exclusive: bool) -> float | None:
        """Return when the call may start. None, after a pause, if the store can't be reached."""
        while True:
            asked_at = time.monotonic()
            try:
                is_reserved, pause = self._take(call, endpoint, exclusive=exclusive)
            except redis.RedisError:
                log.warning("limiter_store_unreachable")
                with _without_store:
                    time.sleep(SECONDS_PER_CALL_WITHOUT_STORE / self.budget.scale)
                return None
            if is_reserved:
                return asked_at + pause
            if time.monotonic() + pause > deadline:
                raise self._too_many()
            # Jitter keeps waiting processes from returning in the same millisecond.
            time.sleep(pause + random.uniform(0, JITTER_SECONDS))  # noqa: S311 - not for security

    def _take(self, call: str, endpoint: str, *, exclusive: bool) -> tuple[bool, float]:
        """Return whether the call is reserved, and the seconds until it may start, or before the next try."""
        budget = self.budget
        of_endpoint = budget.in_flight_exclusive if exclusive else budget.in_flight
        window, life = budget.window_seconds * 1000 / budget.scale, int(in_flight.SLOT_SECONDS * 1000)
        limits: list[str | int | float] = [self._calls(endpoint), window, of_endpoint, budget.in_flight, life]
        arguments = [call, *limits, window * AHEAD]
        is_reserved, microseconds = _take_script(_shared_store())(keys=self._keys(endpoint), args=arguments)
        return bool(is_reserved), int(microseconds) / 1_000_000

    def _release(self, call: str, endpoint: str, *, late: float) -> None:
        """Free the slot, and count the call from when it was sent, because the ATS can't have counted it before."""
        calls, endpoint_slots, credential_slots = self._keys(endpoint)
        in_flight.untrack(call)
        try:
            with _shared_store().pipeline(transaction=False) as pipe:
                pipe.zadd(calls, {call: late * 1000}, xx=True, incr=True)
                pipe.zrem(endpoint_slots, call)
                pipe.zrem(credential_slots, call)
                pipe.execute()
        except redis.RedisError:
            log.warning("limiter_store_unreachable")

    def _keys(self, endpoint: str) -> tuple[str, str, str]:
        # The braces keep a credential's keys on one node of a cluster.
        head = f"limit:{{{self.credential}}}"
        return f"{head}:{endpoint}:calls", f"{head}:{endpoint}:in_flight", f"{head}:in_flight"
