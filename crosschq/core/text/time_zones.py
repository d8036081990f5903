"""Time zones by name. An unknown name falls back to UTC, since the tz database can drop a zone."""

from functools import lru_cache
from zoneinfo import ZoneInfo

import structlog

log = structlog.get_logger(__name__)


@lru_cache(maxsize=1000)
def find_time_zone(name: str) -> ZoneInfo:
    """Find the zone with this name, else UTC. Logs an unknown name once per process."""
    found = _find(name)
    if found is None:
        log.error("time_zone_unknown", zone=name)
    return found or ZoneInfo("UTC")


def is_known(name: str) -> bool:
    return _find(name) is not None


def _find(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, malformed, or a directory of zones
        return None
