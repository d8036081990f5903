"""Which machines keep ledgers outside the database, so that after a restore none of them is forgotten.

A machine whose disk no other machine can read has its own ledgers: one of what went out (sent_ledger.py), and one of
erasures. A file next to each holds its name. Unless the database was just restored, workers record in it which ledgers
are in use. A backup therefore knows which ledgers may have grown since, and all of them must be read.
"""

import platform
import secrets
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from django.conf import settings

from crosschq.core import clock
from crosschq.core.models import Heartbeat, Installation

if TYPE_CHECKING:
    from django.db.models import QuerySet

log = structlog.get_logger(__name__)

SENT, ERASURES = "sent", "erasures"
KINDS = (SENT, ERASURES)
EVERY = timedelta(minutes=10)
# Machines' clocks may differ, and a busy worker may be late.
MARGIN = timedelta(hours=2)
# `Heartbeat.name` is 40 characters long.
HOST_CHARACTERS = 22


def keep_in_use() -> None:
    """Record that this machine's ledgers are in use, every ten minutes. Raises django.db.Error."""
    now = clock.now()
    for kind in KINDS:
        row = _row(kind)
        if row and not Heartbeat.objects.filter(name=row, at__gt=now - EVERY).exists():
            Heartbeat.objects.update_or_create(name=row, defaults={"at": now})


def note_read(kind: str, installation: Installation) -> None:
    """Record that this machine's ledger of this kind was read for the current restore."""
    row = _row(kind)
    if row:
        _set_read(row, installation)


def give_up(name: str, installation: Installation) -> bool:
    """Continue without the erasures of a ledger that no longer exists. Returns whether it was missing.

    What went out from that machine stays unknown.
    """
    is_missing = name in missing(ERASURES, installation)
    if is_missing:
        _set_read(f"{ERASURES}:{name}", installation)
        log.warning("ledger_given_up", ledger=name)
    return is_missing


def missing(kind: str, installation: Installation) -> list[str]:
    """The names of the ledgers that were in use since the backup and haven't been read for this restore."""
    if installation.restored_at is None:
        return []
    rows = _in_use(kind, installation).filter(at__lt=installation.restored_at).order_by("name")
    return [name.partition(":")[2] for name in rows.values_list("name", flat=True)]


def are_complete(kind: str, installation: Installation) -> bool:
    """Whether the backup knows of ledgers of this kind, and all of them have been read."""
    return _in_use(kind, installation).exists() and not missing(kind, installation)


def unread(installation: Installation) -> list[str]:
    """Sentences for the operator about the ledgers that are missing."""
    erasures, sent = missing(ERASURES, installation), missing(SENT, installation)
    found = []
    if erasures:
        found.append(
            f"These ledgers of erasures haven't been read, so erased people may be back: {', '.join(erasures)}."
        )
    if sent:
        found.append(f"These ledgers of what went out haven't been read: {', '.join(sent)}.")
    if found:
        found.append("Start a worker on their machines, or see manage.py read_ledgers --help.")
    return found


def _in_use(kind: str, installation: Installation) -> "QuerySet[Heartbeat]":
    since = installation.lost_since or clock.now()
    return Heartbeat.objects.filter(name__startswith=f"{kind}:", at__gte=since - MARGIN)


def _set_read(row: str, installation: Installation) -> None:
    # A ledger that the backup doesn't know says nothing about the time before it began, so it gets no row here.
    now = clock.now()
    Heartbeat.objects.filter(name=row).update(at=max(now, installation.restored_at or now))


def _row(kind: str) -> str:
    """The name of this machine's row; empty if it has no such ledger, or its disk can't be written."""
    if kind == SENT:
        file = Path(settings.SENT_LEDGER, "name") if settings.SENT_LEDGER else None
    else:
        file = Path(f"{settings.ERASURE_LEDGER}.name") if settings.ERASURE_LEDGER else None
    name = _name_in(file) if file else ""
    return f"{kind}:{name}" if name else ""


def _name_in(file: Path) -> str:
    try:
        if not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileExistsError), file.open("x", encoding="ascii", errors="ignore") as new:
                new.write(f"{platform.node()[:HOST_CHARACTERS]}-{secrets.token_hex(4)}")
        return file.read_text(encoding="ascii", errors="ignore")
    except OSError:
        log.exception("ledger_has_no_name")
        return ""
