"""Tries are counted for whoever makes them, and a broken cache refuses nobody."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from pytest_django import Settings

from crosschq.core.throttle import allowed, network


def test_the_first_tries_are_allowed_each_for_themselves() -> None:
    assert [allowed("door", "192.0.2.7", most=2, seconds=60) for _try in range(3)] == [True, True, False]
    assert allowed("door", "192.0.2.8", most=2, seconds=60)
    assert allowed("gate", "192.0.2.7", most=2, seconds=60)


def test_a_count_ends_by_itself() -> None:
    assert allowed("door", "192.0.2.7", most=0, seconds=60) is False
    (key,) = [key.decode().rpartition(":1:")[2] for key in cache._cache.get_client().keys("*throttle*")]  # type: ignore[attr-defined]  # Valkey's
    assert 0 < cache._cache.get_client().ttl(cache.make_key(key)) <= 60  # type: ignore[attr-defined]  # Valkey's


def test_no_address_is_stored() -> None:
    allowed("door", "192.0.2.7", most=2, seconds=60)
    assert not any(b"192.0.2.7" in key for key in cache._cache.get_client().keys("*"))  # type: ignore[attr-defined]


def test_without_a_cache_nobody_is_refused(settings: Settings) -> None:
    settings.CACHES = {
        **settings.CACHES,
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"},
    }
    assert allowed("door", "192.0.2.7", most=0, seconds=60)


@pytest.mark.parametrize(
    ("address", "known_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("unknown", "unknown"),
    ],
)
def test_an_ipv6_address_counts_by_its_network(address: str, known_as: str) -> None:
    assert network(address) == known_as
