"""Keeps the slots of calls in flight alive in the shared store while their process lives.

A killed process can't release its slots, and a call may take minutes. So a slot expires within seconds, and a thread
renews it for as long as the call lasts.
"""

import threading
import time
from collections.abc import Callable

import redis
import structlog

log = structlog.get_logger(__name__)

SLOT_SECONDS = 5.0
RENEW_SECONDS = 1.5

# KEYS: the sets that hold the slot. ARGV: id, lifetime in ms. XX: a slot released in the meantime stays released.
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
_tracked: dict[str, tuple[Store, tuple[str, ...]]] = {}
_renewer: threading.Thread | None = None


def track(call: str, store: Store, keys: tuple[str, ...]) -> None:
    """Renew a call's slots until `untrack`."""
    global _renewer  # noqa: PLW0603 - one thread per process; after a fork `is_alive` is false
    with _lock:
        _tracked[call] = store, keys
        if _renewer is None or not _renewer.is_alive():
            _renewer = threading.Thread(target=_renew, name="renew-slots", daemon=True)
            _renewer.start()


def untrack(call: str) -> None:
    with _lock:
        _tracked.pop(call, None)


def _renew() -> None:
    """Renew all tracked slots every few seconds until none are left."""
    global _renewer  # noqa: PLW0603
    while True:
        time.sleep(RENEW_SECONDS)
        with _lock:
            calls = dict(_tracked)
            if not calls:
                _renewer = None
                return
        for call, (store, keys) in calls.items():
            try:
                store().eval(RENEW, len(keys), *keys, call, int(SLOT_SECONDS * 1000))
            except redis.RedisError:
                log.warning("limiter_store_unreachable")
                break
