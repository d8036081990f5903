"""How often an ATS may be asked: what it allows, what it says of that, and who keeps count. See limiter.py."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class RateHeaders:
    """What an answer tells (else None) of its endpoint's limits: calls a second and in flight, allowed and left."""

    limit: int | None
    remaining: int | None
    concurrent_limit: int | None
    concurrent_remaining: int | None


@dataclass(frozen=True)
class Budget:
    """What an ATS allows one credential: calls of an endpoint in a window, calls in flight, in flight where exclusive.

    `scale` runs the rate faster, for a sandbox whose limits run faster by the same factor.
    """

    calls: int
    window_seconds: float
    in_flight: int
    in_flight_exclusive: int = 1
    scale: float = 1.0


class Limiter(Protocol):
    """Keeps one credential within the vendor's limits. An endpoint is `METHOD /path/{template}`."""

    def slot(self, endpoint: str, *, exclusive: bool = False) -> AbstractContextManager[None]:
        """Held during one call; an exclusive one alone of its endpoint. Raises RateLimited before anything is sent."""

    def seen(self, endpoint: str, headers: RateHeaders) -> None:
        """Told after each answer."""
