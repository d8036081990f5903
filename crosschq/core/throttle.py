"""So many tries in so many seconds, counted in the cache; without a cache nothing is refused."""

import hashlib
from ipaddress import IPv6Address, ip_address

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
# What one customer of an access provider has at least (RFC 6177).
IPV6_PREFIX_BITS = 64


def allowed(what: str, who: str, *, most: int, seconds: int) -> bool:
    """Count a try, and say whether it is one of the first `most`. A count lasts `seconds`, from its first try on."""
    key = f"throttle:{what}:{hashlib.sha256(who.encode()).hexdigest()}"
    try:
        cache.add(key, 0, timeout=seconds)
        return cache.incr(key) <= most
    except ValueError:
        return True  # the count ended between both calls
    except RedisError:
        log.warning("throttle_without_cache", what=what)
        return True


def network(address: str) -> str:
    """Whoever changes the last half of an IPv6 address at will stays the same."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    return str(IPv6Address(int(parsed) >> (128 - IPV6_PREFIX_BITS) << (128 - IPV6_PREFIX_BITS)))
