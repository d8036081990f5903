"""What went out, kept outside the database, so that after a restore we know what happened since the backup.

A folder with one file for each day, in UTC. A line holds the time, a table or purpose, and a random id or a keyed hash,
so it names no one. Files are deleted once they are older than any backup that might be restored.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import transaction

from crosschq.core import clock
from crosschq.core.restore.append import append_line

log = structlog.get_logger(__name__)

KEPT = timedelta(days=35)


def note(what: str, key: str) -> None:
    """Record it once the current transaction has committed. A full disk doesn't stop the work."""
    if settings.SENT_LEDGER:
        transaction.on_commit(lambda: _append(what, key), robust=True)


def find(what: str, keys: Collection[str], *, since: datetime) -> dict[str, datetime]:
    """Which of these were recorded since then, and when each was first recorded."""
    key_set = set(keys)
    found: dict[str, datetime] = {}
    for at, each, key in _lines(since):
        if each == what and key in key_set and at >= since:
            found.setdefault(key, at)
    return found


def forget_old(*, now: datetime) -> int:
    """Delete the files of days that are too long ago. Returns how many."""
    old = [file for file in _files() if _day(file) < f"{now - KEPT:%Y-%m-%d}"]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)


def _append(what: str, key: str) -> None:
    now = clock.now()
    try:
        # For each item that is done, so without the cost of a Path.
        file = f"{settings.SENT_LEDGER}/{now.date()}.log"
        line = f"{now.isoformat()} {what} {key}"
        try:
            append_line(file, line)
        except FileNotFoundError:
            Path(settings.SENT_LEDGER).mkdir(mode=0o700, parents=True, exist_ok=True)
            append_line(file, line)
    except OSError:
        log.exception("not_in_sent_ledger", what=what)


def _lines(since: datetime) -> Iterator[tuple[datetime, str, str]]:
    """The lines of every day since then, oldest first. A line cut off by a crash is skipped."""
    for file in _files():
        if _day(file) >= f"{since.astimezone(UTC):%Y-%m-%d}":
            for line in file.read_text(encoding="ascii", errors="replace").splitlines():
                at, _space, rest = line.partition(" ")
                what, _space, key = rest.partition(" ")
                try:
                    yield datetime.fromisoformat(at), what, key
                except ValueError:
                    continue


def _files() -> list[Path]:
    if not settings.SENT_LEDGER:
        return []
    return sorted(Path(settings.SENT_LEDGER).glob("????-??-??.log"))


def _day(file: Path) -> str:
    return file.stem
