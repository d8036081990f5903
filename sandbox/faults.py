"""Faults set on a route, each for a number of calls."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from typing import Any

KINDS = ("status", "delay", "truncated", "not_json", "reset", "empty_token")
# The default timing: "after" means that the operation ran and its response is lost.
DEFAULT_WHEN = {
    "status": "before",
    "delay": "after",
    "truncated": "after",
    "not_json": "before",
    "reset": "after",
    "empty_token": "before",
}
MAX_DELAY = 300.0
SMTP_ROUTE = "SMTP"


@dataclass
class Fault:
    """``route`` is ``METHOD /path/{template}``, ``/path/{template}``, ``*`` for every API call, or ``SMTP``."""

    id: int
    route: str
    kind: str
    left: int
    status: int
    seconds: float
    when: str
    share: float

    def matches(self, method: str, template: str) -> bool:
        return self.route in ("*", template, f"{method} {template}")

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "route": self.route,
            "kind": self.kind,
            "times": self.left,
            "status": self.status,
            "seconds": self.seconds,
            "when": self.when,
            "share": self.share,
        }


class FaultError(ValueError):
    """Invalid fault description; the message says why."""


@dataclass
class Faults:
    active: list[Fault] = field(default_factory=list)
    # Not for secrets; deterministic for the same sequence of calls.
    _lot: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def add(
        self,
        *,
        route: str,
        kind: str,
        times: int = 1,
        status: int = 503,
        seconds: float = 5.0,
        when: str | None = None,
        share: float = 1.0,
    ) -> Fault:
        """Add a fault for ``times`` matching calls: the next ones, or about this ``share`` of them.

        A delay's ``seconds`` are real time. Raises FaultError.
        """
        if kind not in KINDS:
            raise FaultError(f"kind must be one of {', '.join(KINDS)}.")
        if when not in (None, "before", "after"):
            raise FaultError("when must be before or after.")
        if not route:
            raise FaultError("route is missing.")
        if route == SMTP_ROUTE and kind not in ("status", "delay"):
            raise FaultError("The inbox knows the kinds status and delay.")
        if times < 1 or not 200 <= status <= 599 or not 0 <= seconds <= MAX_DELAY:
            raise FaultError(f"times must be 1 or more, status 200 to 599, seconds 0 to {MAX_DELAY:.0f}.")
        if not 0 < share <= 1:
            raise FaultError("share must be above 0, and 1 at most.")
        fault = Fault(next(self._ids), route, kind, times, status, seconds, when or DEFAULT_WHEN[kind], share)
        self.active.append(fault)
        return fault

    def take(self, method: str, template: str) -> Fault | None:
        """The oldest matching fault, with its count reduced by one."""
        of_api = (f for f in self.active if f.route != SMTP_ROUTE)
        found = next((f for f in of_api if f.matches(method, template) and self._struck(f)), None)
        return self._use(found)

    def take_smtp(self) -> Fault | None:
        return self._use(next((f for f in self.active if f.route == SMTP_ROUTE and self._struck(f)), None))

    def remove(self, fault_id: int) -> None:
        self.active = [f for f in self.active if f.id != fault_id]

    def clear(self) -> None:
        self.active.clear()

    def _struck(self, fault: Fault) -> bool:
        return fault.share >= 1 or self._lot.random() < fault.share

    def _use(self, fault: Fault | None) -> Fault | None:
        if fault is not None:
            fault.left -= 1
            if fault.left == 0:
                self.active.remove(fault)
        return fault
