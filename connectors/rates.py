"""Rate limits of an ATS: the budget that a vendor declares, and the limiter that enforces it (calls/limiter.py)."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Budget:
    """What an ATS allows one credential: calls per endpoint and window, and calls in flight.

    `in_flight_exclusive` applies to exclusive endpoints. `scale` raises the rate for a sandbox that runs faster by the
    same factor.
    """

    calls: int
    window_seconds: float
    in_flight: int
    in_flight_exclusive: int = 1
    scale: float = 1.0


class Limiter(Protocol):
    """Keeps one credential within the vendor's limits. An endpoint is `METHOD /path/{template}`."""

    def slot(self, endpoint: str, *, exclusive: bool = False) -> AbstractContextManager[None]:
        """Hold a slot during one call. An exclusive call is the only one on its endpoint. Raises RateLimited."""

    def observe(self, endpoint: str, limit: int | None) -> None:
        """Record the limit that a response reported for its endpoint, if any."""
