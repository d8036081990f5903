"""Rate limits, counted in rows, so that a flushed cache doesn't reset them."""

import hashlib
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from django.db import connection

from crosschq.core import clock
from crosschq.core.models import TryCount

# The smallest network that an internet provider gives a customer (RFC 6177).
IPV6_PREFIX_BITS = 64
# One statement, so that simultaneous tries are all counted.
COUNT = """
INSERT INTO core_trycount AS old (key, tries, ends_at) VALUES (%(key)s, 1, %(ends_at)s)
ON CONFLICT (key) DO UPDATE SET
    tries = CASE WHEN old.ends_at <= %(now)s THEN 1 ELSE old.tries + 1 END,
    ends_at = CASE WHEN old.ends_at <= %(now)s THEN excluded.ends_at ELSE old.ends_at END
RETURNING tries
"""


def allowed(what: str, who: str, *, most: int, seconds: int) -> bool:
    """Count a try. Returns whether it is one of the first `most` within `seconds` of the first."""
    now = clock.now()
    key = f"{what}:{hashlib.sha256(who.encode()).hexdigest()}"
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"key": key, "now": now, "ends_at": now + timedelta(seconds=seconds)})
        (tries,) = cursor.fetchone()
    return bool(tries <= most)


def forget(*, now: datetime) -> int:
    """Delete expired counts. Returns how many."""
    removed, _by_table = TryCount.objects.filter(ends_at__lt=now).delete()
    return int(removed)


def network(address: str) -> str:
    """The address, or the /64 network of an IPv6 address, whose last half its user can change at will."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:  # from a dual-stack socket: all of these share the first half
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> (128 - IPV6_PREFIX_BITS) << (128 - IPV6_PREFIX_BITS)))
