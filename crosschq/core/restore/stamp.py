"""Notice that the database is older than it was: a number that grows, kept in it and outside of it.

Each worker adds 1 to the number every ten seconds, first in the database, then in a file and in the cache. So what is
kept outside is never ahead, unless the database lost what it had: a backup was restored, or a replica that was behind
took over. Its system identifier is only evidence: pg_upgrade changes it and loses nothing, and a replica shares it.
docs/decisions/0025 compares the ways to notice.
"""

import json
import time
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import F
from redis import RedisError

from crosschq.core import clock
from crosschq.core.models import Installation

log = structlog.get_logger(__name__)

EVERY_SECONDS = 10.0
CACHE_KEY = "installation"
_last = 0.0


@dataclass(frozen=True)
class Stamp:
    """What is known of the database: which one it is, and how far it had come."""

    uid: str
    number: int
    system_identifier: str


def advance_periodically() -> None:
    """Count on, at most every ten seconds in this process. Raises django.db.Error."""
    global _last  # noqa: PLW0603 - of this process
    if time.monotonic() - _last >= EVERY_SECONDS:
        _last = time.monotonic()
        advance()


def advance() -> None:
    """Count on in the database, then outside of it. While the database is restored, the outside waits."""
    # Never lower what is kept outside: a restored database that this connection hasn't checked yet may be behind it.
    known = outside()
    row = installation()
    if row.restored_at is None and not any(each.number > row.number for each in known):
        Installation.objects.filter(pk=row.pk).update(number=F("number") + 1, at=clock.now())
        keep_outside(_stamp(installation()))


def installation() -> Installation:
    """The one row. Created on first use."""
    row, _created = Installation.objects.get_or_create(
        pk=1, defaults={"uid": uuid.uuid4(), "system_identifier": system_identifier()}
    )
    return row


def system_identifier() -> str:
    """The cluster's identity, which initdb gives it; empty where the role isn't allowed to read it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_function_privilege('pg_control_system()', 'EXECUTE')")
        if not cursor.fetchone()[0]:
            return ""
        cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
        return str(cursor.fetchone()[0])


def why_restored(row: Installation, known: list[Stamp]) -> str:
    """Why this database isn't where it was; empty if it is.

    `known` was read before `row`: otherwise another worker may count on in between, and a healthy database looks old.
    """
    identifier = system_identifier()
    if known and any(stamp.uid != str(row.uid) for stamp in known):
        return "another database"
    if any(stamp.number > row.number for stamp in known):
        return "an older state of the database"
    if not known and row.number and identifier != row.system_identifier:
        return "another server, and nothing outside of it says how far it had come"
    if identifier != row.system_identifier:
        # pg_upgrade, or a move to another server, after which nothing is missing.
        log.warning("database_moved", before=row.system_identifier, now=identifier)
        Installation.objects.filter(pk=row.pk).update(system_identifier=identifier)
    return ""


def outside() -> list[Stamp]:
    """What the file and the cache say; neither is there at the first start."""
    return [stamp for stamp in (_from_file(), _from_cache()) if stamp]


def keep_outside(stamp: Stamp) -> None:
    """Remember how far the database has come, where a restore of the database doesn't change it."""
    try:
        cache.set(CACHE_KEY, asdict(stamp), timeout=None)
    except RedisError:
        log.warning("stamp_not_kept", place="cache")
    if settings.RESTORE_STAMP_FILE:
        _write(Path(settings.RESTORE_STAMP_FILE), json.dumps(asdict(stamp)))


def forget_outside() -> None:
    """Take the database as it is from now on."""
    keep_outside(_stamp(installation()))


def _stamp(row: Installation) -> Stamp:
    return Stamp(str(row.uid), row.number, row.system_identifier)


def _from_file() -> Stamp | None:
    if not settings.RESTORE_STAMP_FILE:
        return None
    try:
        return Stamp(**json.loads(Path(settings.RESTORE_STAMP_FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        log.exception("stamp_unreadable")
        return None


def _from_cache() -> Stamp | None:
    try:
        kept = cache.get(CACHE_KEY)
    except RedisError:
        return None
    return Stamp(**kept) if kept else None


def _write(path: Path, text: str) -> None:
    """Replace the file. Several threads may do so, and each writes a number that the database had."""
    try:
        new = path.with_name(f"{path.name}.{uuid.uuid4()}")
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except OSError:
        log.exception("stamp_not_kept", place="file")
