"""The budget of calls that all workers share."""

import itertools
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import Settings

from connectors.ats import RateLimited
from connectors.calls import in_flight
from connectors.calls.limiter import SharedLimiter
from connectors.rates import Budget

FAST = Budget(calls=10, window_seconds=1.0, in_flight=8, scale=4)


def limiter(credential: str = "acme", budget: Budget = FAST) -> SharedLimiter:
    return SharedLimiter(credential=credential, budget=budget)


def spend(shared: SharedLimiter, endpoint: str, calls: int, *, workers: int = 8) -> list[float]:
    """Make calls from several threads; when each began."""
    begun: list[float] = []

    def call(_number: int) -> None:
        with shared.slot(endpoint):
            begun.append(time.monotonic())

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(call, range(calls)))
    return sorted(begun)


def test_no_window_holds_more_calls_than_allowed() -> None:
    begun = spend(limiter(), "GET /jobs/{id}", 45)
    window = FAST.window_seconds / FAST.scale
    # Ten are booked in a window; a thread may begin a few milliseconds after it was booked.
    most = max(sum(1 for t in begun if start <= t < start + window * 0.9) for start in begun)
    assert most <= FAST.calls
    assert begun[-1] - begun[0] >= 4 * window * 0.95


def test_endpoints_and_credentials_have_budgets_of_their_own() -> None:
    started = time.monotonic()
    for credential in ("one", "two"):
        for endpoint in ("GET /a", "GET /b"):
            spend(limiter(credential), endpoint, FAST.calls)
    assert time.monotonic() - started < 20
    with limiter("one").slot("GET /c"), limiter("two").slot("GET /c"):
        pass


@pytest.mark.parametrize(("exclusive", "most"), [(False, 8), (True, 1)])
def test_no_more_are_in_flight_than_allowed(exclusive: bool, most: int) -> None:
    shared, lock = limiter(budget=Budget(calls=1000, window_seconds=1.0, in_flight=8)), threading.Lock()
    now = Counter[str]()
    seen: list[int] = []

    def call(_number: int) -> None:
        with shared.slot("GET /candidates", exclusive=exclusive):
            with lock:
                now["flight"] += 1
                seen.append(now["flight"])
            time.sleep(0.01)
            with lock:
                now["flight"] -= 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(call, range(32)))
    assert max(seen) == most


def test_a_turn_that_does_not_come_is_the_items_business(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.calls.limiter.PATIENCE_SECONDS", 0.05)
    slow = limiter(budget=Budget(calls=1, window_seconds=60, in_flight=8))
    with slow.slot("GET /a"):
        pass
    with pytest.raises(RateLimited), slow.slot("GET /a"):
        pass


def test_a_failed_call_gives_its_place_back() -> None:
    single = limiter(budget=Budget(calls=100, window_seconds=1.0, in_flight=1))
    for _ in range(3):
        with pytest.raises(ValueError, match="lost"), single.slot("GET /a"):
            raise ValueError("lost")


def test_without_its_store_it_slows_and_does_not_open(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.calls.limiter.WITHOUT_STORE_SECONDS", 0.2)
    settings.CACHES = {"default": {"LOCATION": "redis://localhost:9/1"}}
    begun = spend(limiter(budget=Budget(calls=10, window_seconds=1.0, in_flight=8)), "GET /a", 4)
    gaps = [later - earlier for earlier, later in itertools.pairwise(begun)]
    assert min(gaps) >= 0.15


def test_a_call_that_lasts_is_counted_as_long_as_its_process_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_flight, "LIFE_SECONDS", 0.3)
    monkeypatch.setattr(in_flight, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(in_flight, "_keeper", None)  # that of an earlier test sleeps as long as it was told
    monkeypatch.setattr("connectors.calls.limiter.PATIENCE_SECONDS", 0.6)
    single = limiter("long", Budget(calls=1000, window_seconds=1.0, in_flight=1))
    with single.slot("GET /a"), pytest.raises(RateLimited), single.slot("GET /a"):
        pass
    with single.slot("GET /a"):
        pass


def test_a_call_of_a_process_that_was_killed_stops_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_flight, "LIFE_SECONDS", 0.3)
    monkeypatch.setattr(in_flight, "begun", lambda *_of_a_dead_process: None)
    single = limiter("killed", Budget(calls=1000, window_seconds=1.0, in_flight=1))
    begun = time.monotonic()
    with single.slot("GET /a"), single.slot("GET /a"):
        assert 0.25 < time.monotonic() - begun < 5
