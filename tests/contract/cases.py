"""The cases for each operation: at least one success, and every documented error that can be produced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connectors import ats
from tests.contract.stage import Stage

Act = Callable[[Stage], object]


@dataclass(frozen=True)
class Case:
    """`error`: the status and code of the last response; None for a success. `raises`: the client's exception."""

    endpoint: str
    name: str
    act: Act
    error: tuple[int, str] | None
    raises: type[ats.AtsError] | None

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.name}"


CASES: list[Case] = []


def succeeds(endpoint: str) -> Callable[[Act], Act]:
    return _case(endpoint, None, None)


def fails(endpoint: str, status: int, code: str = "", raises: type[ats.AtsError] | None = None) -> Callable[[Act], Act]:
    """Without `raises`, the product never makes this request, or the client also accepts this response."""
    return _case(endpoint, (status, code), raises)


def _case(endpoint: str, error: tuple[int, str] | None, raises: type[ats.AtsError] | None) -> Callable[[Act], Act]:
    def keep(act: Act) -> Act:
        CASES.append(Case(endpoint, act.__name__.replace("_", " "), act, error, raises))
        return act

    return keep
