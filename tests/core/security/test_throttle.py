"""Attempts are counted per visitor in rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.core.cache import cache
from django.db import connections

from crosschq.core.models import TryCount
from crosschq.core.security.throttle import allowed, network

pytestmark = pytest.mark.django_db


def test_each_visitors_first_attempts_are_allowed() -> None:
    assert [allowed("door", "192.0.2.7", most=2, seconds=60) for _try in range(3)] == [True, True, False]
    assert allowed("door", "192.0.2.8", most=2, seconds=60)
    assert allowed("gate", "192.0.2.7", most=2, seconds=60)


def test_a_count_expires() -> None:
    with time_machine.travel(0, tick=False) as clock:
        assert [allowed("door", "192.0.2.7", most=1, seconds=60) for _try in range(2)] == [True, False]
        clock.shift(59)
        assert not allowed("door", "192.0.2.7", most=1, seconds=60)
        clock.shift(1)
        assert allowed("door", "192.0.2.7", most=1, seconds=60)


def test_flushing_the_cache_does_not_reset_a_count() -> None:
    assert allowed("door", "192.0.2.7", most=1, seconds=60)
    cache.clear()
    assert not allowed("door", "192.0.2.7", most=1, seconds=60)


def test_no_address_is_stored() -> None:
    allowed("door", "192.0.2.7", most=2, seconds=60)
    assert "192.0.2.7" not in TryCount.objects.get().key


@pytest.mark.django_db(transaction=True)
def test_simultaneous_attempts_are_all_counted() -> None:
    def try_once(_number: int) -> bool:
        try:
            return allowed("door", "192.0.2.7", most=5, seconds=60)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as people:
        assert sum(people.map(try_once, range(24))) == 5


@pytest.mark.parametrize(
    ("address", "known_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unknown", "unknown"),
    ],
)
def test_ipv6_addresses_are_counted_by_network(address: str, known_as: str) -> None:
    assert network(address) == known_as
