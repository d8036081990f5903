"""Notice that the database is older than it was, with a growing number kept both in it and outside it.

Each worker adds 1 to the number every ten seconds, first in the database, then in a file and in the cache. So the
number outside is never ahead, unless the database lost data: a backup was restored, or a replica that was behind took
over. The system identifier of the database is only evidence: pg_upgrade changes it without losing anything, and a
replica shares it. docs/decisions/0025 compares the ways to notice.
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
from crosschq.core.restore import ledgers

log = structlog.get_logger(__name__)

EVERY_SECONDS = 10.0
CACHE_KEY = "installation"
_last = 0.0


@dataclass(frozen=True)
class Stamp:
    """What is known about the database: which one it is, and how far it had advanced."""

    uid: str
    number: int
    system_identifier: str


# Whether this process watches the database, and how far it had advanced at the last check. A claim compares that too:
# behind a pooler, a restored database takes the place of the old one without a new connection.
watching = False
checked: Stamp | None = None


def is_due() -> bool:
    """Whether ten seconds have passed since the last time in this process."""
    global _last  # noqa: PLW0603 - of this process
    if time.monotonic() - _last < EVERY_SECONDS:
        return False
    _last = time.monotonic()
    return True


def accept(row: Installation) -> None:
    """Let this process, if it watches, claim work in the database as it is."""
    global checked  # noqa: PLW0603 - of this process
    if watching:
        checked = _stamp(row)


def advance() -> None:
    """Advance the number in the database, then outside. In restore mode, the number outside stays as it is.

    Also records which ledgers are in use.
    """
    # Never lower the number outside: a restored database that this connection hasn't checked yet may be behind it.
    known = outside()
    row = installation()
    if row.restored_at is None and not any(each.number > row.number for each in known):
        Installation.objects.filter(pk=row.pk).update(number=F("number") + 1, at=clock.now())
        row = installation()
        keep_outside(_stamp(row))
        accept(row)
        ledgers.keep_in_use()


def installation() -> Installation:
    """Return the one row. Created on first use."""
    row, _created = Installation.objects.get_or_create(
        pk=1, defaults={"uid": uuid.uuid4(), "system_identifier": system_identifier()}
    )
    return row


def system_identifier() -> str:
    """The cluster's identity from initdb; empty if the role isn't allowed to read it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_function_privilege('pg_control_system()', 'EXECUTE')")
        if not cursor.fetchone()[0]:
            return ""
        cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
        return str(cursor.fetchone()[0])


def why_restored(row: Installation, known: list[Stamp]) -> str:
    """Explain how the database fell behind; empty if it didn't.

    `known` must be read before `row`. Otherwise another worker may advance the number in between, and a healthy
    database would look old.
    """
    identifier = system_identifier()
    if known and any(stamp.uid != str(row.uid) for stamp in known):
        return "another database"
    if any(stamp.number > row.number for stamp in known):
        return "an older state of the database"
    if not known and row.number and identifier != row.system_identifier:
        return "another server, and nothing outside it says how far it had advanced"
    if identifier != row.system_identifier:
        # This comes from pg_upgrade or a move to another server, which loses nothing.
        log.warning("database_moved", before=row.system_identifier, now=identifier)
        Installation.objects.filter(pk=row.pk).update(system_identifier=identifier)
    return ""


def outside() -> list[Stamp]:
    """Read the stamps from the file, the cache and this process; none exists on the first start."""
    return [stamp for stamp in (_from_file(), _from_cache(), checked) if stamp]


def keep_outside(stamp: Stamp) -> None:
    """Store how far the database has advanced, in places that a restore of the database doesn't change."""
    try:
        cache.set(CACHE_KEY, asdict(stamp), timeout=None)
    except RedisError:
        log.warning("stamp_not_kept", place="cache")
    if settings.RESTORE_STAMP_FILE:
        _write(Path(settings.RESTORE_STAMP_FILE), json.dumps(asdict(stamp)))


def forget_outside() -> None:
    """Accept the database in its current state from now on."""
    row = installation()
    keep_outside(_stamp(row))
    accept(row)


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
