"""The call budget that all workers share."""

import itertools
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import Settings

from connectors.ats import RateLimited
from connectors.calls import in_flight
from connectors.calls.limiter import SharedLimiter
from connectors.rates import Budget
from crosschq.core.web import http

FAST = Budget(calls=10, window_seconds=1.0, in_flight=8, scale=4)


def limiter(credential: str = "acme", budget: Budget = FAST) -> SharedLimiter:
    return SharedLimiter(ats_name="Sample ATS", credential=credential, budget=budget)


def spend(shared: SharedLimiter, endpoint: str, calls: int, *, workers: int = 8) -> list[float]:
    """Make calls from several threads and return their start times."""
    begun: list[float] = []

    def call(_number: int) -> None:
        with shared.slot(endpoint):
            begun.append(time.monotonic())

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(call, range(calls)))
    return sorted(begun)


def test_a_window_never_exceeds_the_allowed_calls() -> None:
    begun = spend(limiter(), "GET /jobs/{id}", 45)
    window = FAST.window_seconds / FAST.scale
    # A window has ten slots; a thread may start a few milliseconds after it got one.
    most = max(sum(1 for t in begun if start <= t < start + window * 0.9) for start in begun)
    assert most <= FAST.calls
    assert begun[-1] - begun[0] >= 4 * window * 0.95


def test_each_endpoint_and_credential_has_its_own_budget() -> None:
    started = time.monotonic()
    for credential in ("one", "two"):
        for endpoint in ("GET /a", "GET /b"):
            spend(limiter(credential), endpoint, FAST.calls)
    assert time.monotonic() - started < 20
    with limiter("one").slot("GET /c"), limiter("two").slot("GET /c"):
        pass


@pytest.mark.parametrize(("exclusive", "most"), [(False, 8), (True, 1)])
def test_calls_in_flight_never_exceed_the_limit(exclusive: bool, most: int) -> None:
    shared, lock = limiter(budget=Budget(calls=1000, window_seconds=1.0, in_flight=8)), threading.Lock()
    now = Counter[str]()
    counts: list[int] = []

    def call(_number: int) -> None:
        with shared.slot("GET /candidates", exclusive=exclusive):
            with lock:
                now["flight"] += 1
                counts.append(now["flight"])
            time.sleep(0.01 * most)  # long enough for all others to begin
            with lock:
                now["flight"] -= 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(call, range(32)))
    assert max(counts) == most


def test_a_call_is_reserved_for_when_the_window_allows_it_however_late_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So no time is lost between one call and the next, except what a call itself is late."""
    monkeypatch.setattr("connectors.calls.limiter.AHEAD", 10.0)
    slow = limiter("ahead", Budget(calls=2, window_seconds=60, in_flight=20))

    def starts_in() -> float:
        reserved, pause = slow._take(uuid.uuid4().hex, "GET /a", exclusive=False)
        assert reserved
        return pause

    assert [starts_in(), starts_in()] == [0, 0]
    began = time.monotonic()
    assert starts_in() == pytest.approx(60, abs=5)
    time.sleep(0.05)
    waited = starts_in() + time.monotonic() - began
    assert waited == pytest.approx(60, abs=5)
    slow._take("late", "GET /a", exclusive=False)
    slow._release("late", "GET /a", late=20)
    assert [starts_in(), starts_in()] == pytest.approx([120, 180], abs=5)
    assert starts_in() == pytest.approx(180 + 20, abs=5)


def test_a_call_counts_from_when_it_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which may be long after it was allowed to start, because it needs a new connection."""
    monkeypatch.setattr("connectors.calls.limiter.AHEAD", 10.0)
    slow = limiter("sent", Budget(calls=1, window_seconds=60, in_flight=20))
    monkeypatch.setattr(http, "last_sent_at", lambda: time.monotonic() + 20)
    with slow.slot("GET /a"):
        pass
    reserved, pause = slow._take("next", "GET /a", exclusive=False)
    assert reserved
    assert pause == pytest.approx(80, abs=5)


def test_a_call_asks_again_if_the_window_allows_it_much_later() -> None:
    slow = limiter("later", Budget(calls=1, window_seconds=60, in_flight=8))
    assert slow._take("first", "GET /a", exclusive=False) == (True, 0)
    reserved, pause = slow._take("second", "GET /a", exclusive=False)
    assert not reserved
    assert pause == pytest.approx(54, abs=5)


def test_a_call_that_gets_no_slot_in_time_raises_rate_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.calls.limiter.MAX_WAIT_SECONDS", 0.05)
    slow = limiter(budget=Budget(calls=1, window_seconds=60, in_flight=8))
    with slow.slot("GET /a"):
        pass
    with pytest.raises(RateLimited), slow.slot("GET /a"):
        pass


def test_a_failed_call_releases_its_slot() -> None:
    single = limiter(budget=Budget(calls=100, window_seconds=1.0, in_flight=1))
    for _ in range(3):
        with pytest.raises(ValueError, match="lost"), single.slot("GET /a"):
            raise ValueError("lost")


def test_the_limiter_slows_down_when_the_store_is_unreachable(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.calls.limiter.SECONDS_PER_CALL_WITHOUT_STORE", 0.2)
    settings.CACHES = {"default": {"LOCATION": "redis://localhost:9/1"}}
    begun = spend(limiter(budget=Budget(calls=10, window_seconds=1.0, in_flight=8)), "GET /a", 4)
    gaps = [later - earlier for earlier, later in itertools.pairwise(begun)]
    assert min(gaps) >= 0.15


def test_a_long_call_keeps_its_slot_while_its_process_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_flight, "SLOT_SECONDS", 0.3)
    monkeypatch.setattr(in_flight, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(in_flight, "_renewer", None)  # a thread of an earlier test may still be sleeping
    monkeypatch.setattr("connectors.calls.limiter.MAX_WAIT_SECONDS", 0.6)
    single = limiter("long", Budget(calls=1000, window_seconds=1.0, in_flight=1))
    with single.slot("GET /a"), pytest.raises(RateLimited), single.slot("GET /a"):
        pass
    with single.slot("GET /a"):
        pass


def test_the_slot_of_a_killed_process_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_flight, "SLOT_SECONDS", 0.3)
    monkeypatch.setattr(in_flight, "track", lambda *_of_a_dead_process: None)
    single = limiter("killed", Budget(calls=1000, window_seconds=1.0, in_flight=1))
    begun = time.monotonic()
    with single.slot("GET /a"), single.slot("GET /a"):
        assert 0.25 < time.monotonic() - begun < 5
