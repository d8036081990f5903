"""The vendor's limits: calls per second and concurrent calls, per credential and endpoint (dev docs, "Rate limiting").

Measured in wall time, scaled by ``rate_scale``; independent of the sandbox clock.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

CALLS_PER_SECOND = 10
CONCURRENT = 8
CONCURRENT_BY_ENDPOINT = {"GET /candidates": 1}


@dataclass
class _Usage:
    calls: deque[float] = field(default_factory=deque)
    in_flight: int = 0


@dataclass
class Limiter:
    rate_scale: float = 1.0
    _usage: dict[tuple[str, str], _Usage] = field(default_factory=dict)

    def enter(self, credential: str, endpoint: str) -> bool:
        """Count a call; False if over a limit. Don't call `leave` for a refused call."""
        usage = self._current(credential, endpoint)
        if len(usage.calls) >= CALLS_PER_SECOND or usage.in_flight >= _concurrent(endpoint):
            return False
        usage.calls.append(self._time())
        usage.in_flight += 1
        return True

    def leave(self, credential: str, endpoint: str) -> None:
        self._current(credential, endpoint).in_flight -= 1

    def headers(self, credential: str, endpoint: str, *, refused: bool = False) -> dict[str, str]:
        """The four headers. The current call counts as in flight."""
        usage = self._current(credential, endpoint)
        limit = _concurrent(endpoint)
        left = 0 if refused else max(0, CALLS_PER_SECOND - len(usage.calls))
        return {
            "X-RateLimit-Limit": str(CALLS_PER_SECOND),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Concurrent-Limit": str(limit),
            "X-RateLimit-Concurrent-Remaining": str(max(0, limit - usage.in_flight)),
        }

    def _current(self, credential: str, endpoint: str) -> _Usage:
        usage = self._usage.setdefault((credential, endpoint), _Usage())
        start = self._time() - 1.0
        while usage.calls and usage.calls[0] <= start:
            usage.calls.popleft()
        return usage

    def _time(self) -> float:
        return time.monotonic() * self.rate_scale


def _concurrent(endpoint: str) -> int:
    return CONCURRENT_BY_ENDPOINT.get(endpoint, CONCURRENT)
