"""How much of its work a test does: a part in `make test`, all of it in `make test-slow`.

A Hypothesis profile says which run this is. None limits the time of an example, which depends on the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest
from _pytest.mark.structures import ParameterSet
from hypothesis import HealthCheck, settings

PART, FULL = "part", "full"
FEW = 5
Test = TypeVar("Test", bound=Callable[..., Any])


def register_profiles() -> None:
    """`part` is the default; the command line can say ``--hypothesis-profile=full``."""
    for name in (PART, FULL):
        settings.register_profile(name, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile(PART)


def in_full() -> bool:
    return bool(settings.get_current_profile_name() == FULL)


def first_of(values: Iterable[Any], count: int = 1) -> list[ParameterSet]:
    """Values to parametrize with: the first few in `make test`, the others only in `make test-slow`.

    A tuple holds the values of several arguments.
    """
    return [
        pytest.param(
            *(value if isinstance(value, tuple) else (value,)), marks=() if place < count else pytest.mark.slow
        )
        for place, value in enumerate(values)
    ]


def whole_forms(examples: int) -> Callable[[Test], Test]:
    """For a test whose example is a whole page or process: at most five in `make test`, and all in `make test-slow`."""

    def decorate(test: Test) -> Test:
        number = examples if in_full() else min(examples, FEW)
        limited = settings(max_examples=number, suppress_health_check=list(HealthCheck))(test)
        marked: Test = pytest.mark.in_full(limited)
        return marked

    return decorate
