"""One budget of calls for each credential, shared by all workers.

The ATS counts calls of a credential per endpoint and second, and those in flight. So do we, in Valkey, by one script
and Valkey's own clock: workers' clocks differ, and three questions in one round trip cannot disagree. If the store is
gone, each process goes on at one call a second: it slows, it does not open.
"""

import random
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import redis
import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from connectors import ats, rates
from connectors.calls import in_flight

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 20  # waiting longer than this is the work item's business: it is tried again later
WITHOUT_STORE_SECONDS = 1.0
APART_SECONDS = 0.001
STORE_SECONDS = 1.0

# KEYS: calls of the endpoint, calls in flight of the endpoint, calls in flight of the credential.
# ARGV: id, calls in a window, the window in ms, in flight of the endpoint, of the credential, life of a flight in ms.
# Answers 0 and books the call, or the milliseconds after which asking again makes sense.
TAKE = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4]) or redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[5]) then
  return 20
end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return math.max(1, oldest[2] + ARGV[3] - now)
end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
for i = 2, 3 do
  redis.call('ZADD', KEYS[i], now + ARGV[6], ARGV[1])
  redis.call('PEXPIRE', KEYS[i], ARGV[6])
end
return 0
"""

_alone = threading.Lock()
_learned: dict[str, int] = {}
# Of the threads of a process that wait for the same, one asks the store; the others wait for it.
_askers: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@cache
def _store(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=STORE_SECONDS, socket_connect_timeout=STORE_SECONDS)


def _shared_store() -> redis.Redis:
    return _store(settings.CACHES["default"]["LOCATION"])


def too_many() -> ats.RateLimited:
    return ats.RateLimited(_("Too many calls wait for SmartRecruiters at the moment."))


class SharedLimiter:
    """The limiter of one credential: `slot` waits for its turn, holds it during the call, and gives it back."""

    def __init__(self, *, credential: str, budget: rates.Budget) -> None:
        self.credential = credential
        self.budget = budget

    def seen(self, endpoint: str, headers: rates.RateHeaders) -> None:
        """Some endpoints are allowed less than the documents say of most; their answers tell how much."""
        if headers.limit is not None and 0 < headers.limit < self._calls(endpoint):
            log.info("limit_is_lower", endpoint=endpoint, limit=headers.limit)
            _learned[endpoint] = headers.limit

    def _calls(self, endpoint: str) -> int:
        return min(self.budget.calls, _learned.get(endpoint, self.budget.calls))

    @contextmanager
    def slot(self, endpoint: str, *, exclusive: bool = False) -> Iterator[None]:
        """Raises RateLimited when no turn came within 20 seconds."""
        call = uuid.uuid4().hex
        booked = self._wait(call, endpoint, exclusive=exclusive)
        try:
            yield
        finally:
            if booked:
                self._give_back(call, endpoint)

    def _wait(self, call: str, endpoint: str, *, exclusive: bool) -> bool:
        """True once the call is booked; False after a pause where there is no store to book it in."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        asker = _askers[self._keys(endpoint)[0]]
        if not asker.acquire(timeout=PATIENCE_SECONDS):
            raise too_many()
        try:
            return self._ask_until(deadline, call, endpoint, exclusive=exclusive)
        finally:
            asker.release()

    def _ask_until(self, deadline: float, call: str, endpoint: str, *, exclusive: bool) -> bool:
        while True:
            try:
                pause = self._take(call, endpoint, exclusive=exclusive)
            except redis.RedisError:
                log.warning("limiter_store_unreachable")
                with _alone:
                    time.sleep(WITHOUT_STORE_SECONDS / self.budget.scale)
                return False
            if not pause:
                in_flight.begun(call, _shared_store, self._keys(endpoint)[1:])
                return True
            if time.monotonic() + pause > deadline:
                raise too_many()
            # Processes that wait do not all come back in the same millisecond.
            time.sleep(pause + random.uniform(0, APART_SECONDS))  # noqa: S311 - spreads load, guards nothing

    def _take(self, call: str, endpoint: str, *, exclusive: bool) -> float:
        budget = self.budget
        of_endpoint = budget.in_flight_exclusive if exclusive else budget.in_flight
        window, life = int(budget.window_seconds * 1000 / budget.scale), int(in_flight.LIFE_SECONDS * 1000)
        arguments: list[str | int] = [call, self._calls(endpoint), window, of_endpoint, budget.in_flight, life]
        answer = _shared_store().eval(TAKE, 3, *self._keys(endpoint), *arguments)
        return int(answer) / 1000

    def _give_back(self, call: str, endpoint: str) -> None:
        _window, flight, of_credential = self._keys(endpoint)
        in_flight.ended(call)
        try:
            with _shared_store().pipeline(transaction=False) as pipe:
                pipe.zrem(flight, call)
                pipe.zrem(of_credential, call)
                pipe.execute()
        except redis.RedisError:
            log.warning("limiter_store_unreachable")

    def _keys(self, endpoint: str) -> tuple[str, str, str]:
        # The braces keep a credential's keys together where the store is a cluster.
        head = f"limit:{{{self.credential}}}"
        return f"{head}:{endpoint}:calls", f"{head}:{endpoint}:flight", f"{head}:flight"
