"""Calls in flight, as the shared store counts them: each stays counted while its process lives, and not much longer.

A process that is killed cannot give its places back, and may have had them for calls that take minutes. So a place is
booked for seconds, and a thread of the process renews it while the call lasts.
"""

import threading
import time
from collections.abc import Callable

import redis
import structlog

log = structlog.get_logger(__name__)

LIFE_SECONDS = 5.0
RENEW_SECONDS = 1.5

# KEYS: the sets that count the call. ARGV: id, life in ms. A call that was given back meanwhile is not counted again.
RENEW = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
for i = 1, #KEYS do
  redis.call('ZADD', KEYS[i], 'XX', now + ARGV[2], ARGV[1])
  redis.call('PEXPIRE', KEYS[i], ARGV[2])
end
return 0
"""

Store = Callable[[], redis.Redis]
_lock = threading.Lock()
_flights: dict[str, tuple[Store, tuple[str, ...]]] = {}
_keeper: threading.Thread | None = None


def begun(call: str, store: Store, keys: tuple[str, ...]) -> None:
    """Keep a booked call counted until `ended`."""
    global _keeper  # noqa: PLW0603 - one thread for each process; a fork leaves it behind, as `is_alive` tells
    with _lock:
        _flights[call] = store, keys
        if _keeper is None or not _keeper.is_alive():
            _keeper = threading.Thread(target=_keep, name="flights", daemon=True)
            _keeper.start()


def ended(call: str) -> None:
    with _lock:
        _flights.pop(call, None)


def _keep() -> None:
    """Renew what is in flight every few seconds, until nothing is."""
    global _keeper  # noqa: PLW0603
    while True:
        time.sleep(RENEW_SECONDS)
        with _lock:
            flights = dict(_flights)
            if not flights:
                _keeper = None
                return
        for call, (store, keys) in flights.items():
            try:
                store().eval(RENEW, len(keys), *keys, call, int(LIFE_SECONDS * 1000))
            except redis.RedisError:
                log.warning("limiter_store_unreachable")
                break
