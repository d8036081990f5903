"""How many examples a property test generates: a few in `make test`, all of them in `make test-slow`.

A profile of Hypothesis says which. No profile has a deadline: how long one example takes is a matter of the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

QUICK, FULL = "quick", "full"
FEW = 10
Test = TypeVar("Test", bound=Callable[..., Any])


def register_profiles() -> None:
    """`quick` holds unless the command line says ``--hypothesis-profile=full``."""
    for name in (QUICK, FULL):
        settings.register_profile(name, deadline=None)
    settings.load_profile(QUICK)


def few(examples: int, **more: Any) -> settings:
    """So many examples with the profile `full`, and at most ten with `quick`."""
    full = settings.get_current_profile_name() == FULL
    limits: dict[str, Any] = {"suppress_health_check": list(HealthCheck), **more}
    return settings(max_examples=examples if full else min(examples, FEW), **limits)


def whole_forms(examples: int) -> Callable[[Test], Test]:
    """For a test whose example is a whole page or a whole process: ten in `make test`, and all in `make test-slow`."""

    def decorate(test: Test) -> Test:
        marked: Test = pytest.mark.generated(few(examples)(test))
        return marked

    return decorate
