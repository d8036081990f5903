"""Time zones, one name for each place. An unknown name falls back to UTC, since the tz database can drop a zone."""

import zoneinfo
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

log = structlog.get_logger(__name__)

# The zones of each country, one row each: https://data.iana.org/time-zones/theory.html, "zone.tab".
TABLE = "zone.tab"
# All rules and links of the database in one file. "L Asia/Kolkata Asia/Calcutta": the second is another name.
LINKS = "tzdata.zi"
# The names that browsers still use (CLDR), for a machine without the links.
OLD_NAMES = {
    "Africa/Asmera": "Africa/Asmara",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Catamarca": "America/Argentina/Catamarca",
    "America/Coral_Harbour": "America/Atikokan",
    "America/Cordoba": "America/Argentina/Cordoba",
    "America/Godthab": "America/Nuuk",
    "America/Indianapolis": "America/Indiana/Indianapolis",
    "America/Jujuy": "America/Argentina/Jujuy",
    "America/Louisville": "America/Kentucky/Louisville",
    "America/Mendoza": "America/Argentina/Mendoza",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "Atlantic/Faeroe": "Atlantic/Faroe",
    "Etc/UTC": "UTC",
    "Europe/Kiev": "Europe/Kyiv",
    "Pacific/Enderbury": "Pacific/Kanton",
    "Pacific/Ponape": "Pacific/Pohnpei",
    "Pacific/Truk": "Pacific/Chuuk",
}


@lru_cache(maxsize=1000)
def find_time_zone(name: str) -> ZoneInfo:
    """Find the zone with this name, else UTC. Logs an unknown name once per process."""
    found = _find(name)
    if found is None:
        log.error("time_zone_unknown", zone=name)
    return found or ZoneInfo("UTC")


def is_known(name: str) -> bool:
    return _find(name) is not None


@cache
def of_countries() -> Mapping[str, list[str]]:
    """The zones of each country (ISO 3166) in this machine's time zone database; empty if it has no table."""
    found: dict[str, list[str]] = {}
    for line in _lines(TABLE):
        if not line.startswith("#"):
            country, _where, zone, *_comment = line.split("\t")
            found.setdefault(country, []).append(zone)
    return found


@cache
def places() -> frozenset[str]:
    """The zones of all countries, each place by one name; empty if this machine has no table."""
    return frozenset(zone for zones in of_countries().values() for zone in zones)


@cache
def aliases() -> Mapping[str, str]:
    """The other names of places, such as Asia/Calcutta for Asia/Kolkata. Names that aren't places aren't mapped."""
    links = dict(OLD_NAMES)
    for line in _lines(LINKS):
        if line.startswith("L "):
            _link, target, name = line.split()
            links[name] = "UTC" if target in ("Etc/UTC", "Etc/GMT") else target
    known = places()
    offered = known | {"UTC"} if known else frozenset(links.values())
    return {name: target for name, target in links.items() if "/" in name and name not in known and target in offered}


def canonical(name: str) -> str:
    """The one name of this zone, by which it is offered and shown; the name itself if it has no other."""
    return aliases().get(name, name)


def _lines(name: str) -> list[str]:
    path = next((path for path in (Path(folder) / name for folder in zoneinfo.TZPATH) if path.is_file()), None)
    return path.read_text(encoding="utf-8").splitlines() if path else []


def _find(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, malformed, or a directory of zones
        return None
