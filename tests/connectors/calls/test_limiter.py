"""The call budget that all workers share."""

import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pytest_django import Settings

from connectors.ats import RateLimited
from connectors.calls import in_flight
from connectors.calls.limiter import SharedLimiter, _shared_store
from connectors.rates import Budget
from crosschq.core.web import http
from tests.patience import SECONDS, wait_for

FAST = Budget(calls=10, window_seconds=1.0, in_flight=8, scale=4)


def limiter(credential: str = "acme", budget: Budget = FAST) -> SharedLimiter:
    return SharedLimiter(ats_name="Sample ATS", credential=credential, budget=budget)


def spend(shared: SharedLimiter, endpoint: str, calls: int) -> float:
    """Make calls from several threads and return the seconds that all of them took."""

    def call(_number: int) -> None:
        with shared.slot(endpoint):
            pass

    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(call, range(calls)))
    return time.monotonic() - began


def starts_in(shared: SharedLimiter) -> float:
    """Reserve a call, and return the seconds until it may start."""
    reserved, pause = shared._take(uuid.uuid4().hex, "GET /a", exclusive=False)
    assert reserved
    return pause


def test_a_window_never_exceeds_the_allowed_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.calls.limiter.AHEAD", 10.0)
    slow = limiter("window", Budget(calls=10, window_seconds=60, in_flight=50))
    with ThreadPoolExecutor(8) as pool:
        starts = sorted(pool.map(lambda _: starts_in(slow), range(45)))
    assert starts == pytest.approx([0] * 10 + [60] * 10 + [120] * 10 + [180] * 10 + [240] * 5, abs=20)


def test_calls_wait_until_the_window_allows_them() -> None:
    assert spend(limiter(), "GET /jobs/{id}", 25) >= 2 * FAST.window_seconds / FAST.scale * 0.95


def test_each_endpoint_and_credential_has_its_own_budget() -> None:
    """With a common one, the eleventh call would wait too long."""
    budget = Budget(calls=10, window_seconds=600, in_flight=8)
    for credential in ("one", "two"):
        for endpoint in ("GET /a", "GET /b"):
            spend(limiter(credential, budget), endpoint, budget.calls)


@pytest.mark.parametrize(("exclusive", "most"), [(False, 8), (True, 1)])
def test_calls_in_flight_never_exceed_the_limit(exclusive: bool, most: int) -> None:
    shared, lock = limiter(budget=Budget(calls=1000, window_seconds=1.0, in_flight=8)), threading.Lock()
    now = Counter[str]()
    counts: list[int] = []
    full = threading.Event()

    def call(_number: int) -> None:
        with shared.slot("GET /candidates", exclusive=exclusive):
            with lock:
                now["flight"] += 1
                counts.append(now["flight"])
                if now["flight"] == most:
                    full.set()
            assert full.wait(SECONDS)
            time.sleep(0.01 * most)  # so that one too many would be seen
            with lock:
                now["flight"] -= 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(call, range(32)))
    assert max(counts) == most


def test_a_call_is_reserved_for_when_the_window_allows_it_however_late_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So no time is lost between one call and the next, except what a call itself is late."""
    monkeypatch.setattr("connectors.calls.limiter.AHEAD", 10.0)
    slow = limiter("ahead", Budget(calls=2, window_seconds=60, in_flight=20))
    assert [starts_in(slow), starts_in(slow)] == [0, 0]
    began = time.monotonic()
    assert starts_in(slow) == pytest.approx(60, abs=9)
    time.sleep(0.05)
    waited = starts_in(slow) + time.monotonic() - began
    assert waited == pytest.approx(60, abs=9)
    slow._take("late", "GET /a", exclusive=False)
    slow._release("late", "GET /a", late=20)
    assert [starts_in(slow), starts_in(slow)] == pytest.approx([120, 180], abs=9)
    assert starts_in(slow) == pytest.approx(180 + 20, abs=9)


def test_a_call_counts_from_when_it_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which may be long after it was allowed to start, because it needs a new connection."""
    monkeypatch.setattr("connectors.calls.limiter.AHEAD", 10.0)
    slow = limiter("sent", Budget(calls=1, window_seconds=60, in_flight=20))
    monkeypatch.setattr(http, "last_sent_at", lambda: time.monotonic() + 20)
    with slow.slot("GET /a"):
        pass
    reserved, pause = slow._take("next", "GET /a", exclusive=False)
    assert reserved
    assert pause == pytest.approx(80, abs=9)


def test_a_call_asks_again_if_the_window_allows_it_much_later() -> None:
    slow = limiter("later", Budget(calls=1, window_seconds=60, in_flight=8))
    assert slow._take("first", "GET /a", exclusive=False) == (True, 0)
    reserved, pause = slow._take("second", "GET /a", exclusive=False)
    assert not reserved
    assert pause == pytest.approx(54, abs=9)


def test_a_lower_limit_that_responses_report_is_of_their_credential_and_ends_when_it_rises() -> None:
    ours, theirs = limiter("ours"), limiter("theirs")
    for reported, allowed in ((None, 10), (3, 3), (5, 5), (None, 5), (0, 5), (50, 10)):
        ours.observe("GET /a", reported)
        assert (ours._calls("GET /a"), theirs._calls("GET /a"), ours._calls("GET /b")) == (allowed, 10, 10)


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
    assert spend(limiter(budget=Budget(calls=10, window_seconds=1.0, in_flight=8)), "GET /a", 4) >= 4 * 0.19


def test_a_long_call_keeps_its_slot_while_its_process_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_flight, "SLOT_SECONDS", SECONDS)
    monkeypatch.setattr(in_flight, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(in_flight, "_renewer", None)  # a thread of an earlier test may still be sleeping
    single = limiter("long", Budget(calls=1000, window_seconds=1.0, in_flight=1))
    store, slots = _shared_store(), single._keys("GET /a")[1]

    def latest_end() -> float:
        found: Any = store.zrange(slots, 0, -1, withscores=True)
        return max((end for _call, end in found), default=0.0)

    with single.slot("GET /a"):
        first = latest_end()
        assert first > 0
        wait_for(lambda: latest_end() > first)
    assert latest_end() == 0


def test_the_slot_of_a_killed_process_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_flight, "SLOT_SECONDS", 0.3)
    monkeypatch.setattr(in_flight, "track", lambda *_of_a_dead_process: None)
    single = limiter("killed", Budget(calls=1000, window_seconds=1.0, in_flight=1))
    begun = time.monotonic()
    with single.slot("GET /a"), single.slot("GET /a"):
        assert time.monotonic() - begun > 0.25
