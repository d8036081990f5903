"""Rate limits, counted in rows so that a flushed cache doesn't reset them."""

import hashlib
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from django.db import connection

from crosschq.core import clock
from crosschq.core.models import TryCount

# The smallest network that an internet provider assigns to a customer (RFC 6177).
IPV6_PREFIX_BITS = 64
# A single statement, so that simultaneous attempts are all counted.
COUNT = """
INSERT INTO core_trycount AS old (key, tries, ends_at) VALUES (%(key)s, 1, %(ends_at)s)
ON CONFLICT (key) DO UPDATE SET
    tries = CASE WHEN old.ends_at <= %(now)s THEN 1 ELSE old.tries + 1 END,
    ends_at = CASE WHEN old.ends_at <= %(now)s THEN excluded.ends_at ELSE old.ends_at END
RETURNING tries
"""


def allowed(what: str, who: str, *, most: int, seconds: int) -> bool:
    """Count an attempt. Returns whether it is one of the first `most` within `seconds` of the first."""
    now = clock.now()
    key = f"{what}:{hashlib.sha256(who.encode()).hexdigest()}"
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"key": key, "now": now, "ends_at": now + timedelta(seconds=seconds)})
        (tries,) = cursor.fetchone()
    return bool(tries <= most)


def tries(what: str, who: str) -> int:
    """How many of the counted attempts haven't expired yet."""
    key = f"{what}:{hashlib.sha256(who.encode()).hexdigest()}"
    row = TryCount.objects.filter(key=key, ends_at__gt=clock.now()).first()
    return row.tries if row else 0


def clear(what: str, who: str) -> None:
    TryCount.objects.filter(key=f"{what}:{hashlib.sha256(who.encode()).hexdigest()}").delete()


def network(address: str) -> str:
    """The address, or for IPv6 its /64 network, since users can change the last half as they like."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:  # an address from a dual-stack socket: all of these share the first half
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> (128 - IPV6_PREFIX_BITS) << (128 - IPV6_PREFIX_BITS)))
