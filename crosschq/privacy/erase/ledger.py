"""The ledger of erasures: a file outside the database, so that a restored backup doesn't bring a person back.

Each line is the JSON of one erasure. It names no one: addresses and ATS ids are keyed hashes, and the rest are random
ids of rows. docs/privacy.md shows a line.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.utils.dateparse import parse_datetime

from crosschq.core.restore.append import append_line
from crosschq.core.security.pseudonyms import pseudonym

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Entry:
    """One erasure. `keys`: hashes of the person's keys. `uids`: the person's rows.

    `everything`: the whole organization. `heir`: the membership of the member who got the person's open requests.
    """

    erasure: str
    organization: str
    at: str
    person: str
    only_reference: bool = False
    everything: bool = False
    keys: list[str] = field(default_factory=list)
    uids: list[str] = field(default_factory=list)
    heir: str = ""


def hashed(key: str) -> str:
    return pseudonym(key, purpose="erasure").hex()


def append(entry: Entry) -> None:
    """Append a line, and wait until it is on disk. Raises OSError."""
    if not settings.ERASURE_LEDGER:
        log.warning("erasure_not_in_ledger", erasure=entry.erasure)
        return
    path = Path(settings.ERASURE_LEDGER)
    is_new = not path.exists()
    append_line(path, json.dumps(asdict(entry), separators=(",", ":")), sync=True)
    if is_new:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _check(entry: Entry) -> None:
    """Raises ValueError, TypeError or AttributeError if an id of this entry isn't one, or its time isn't a text."""
    parse_datetime(entry.at)
    people = [] if entry.everything else [entry.person, *entry.uids]
    for uid in (entry.erasure, entry.organization, *people):
        UUID(uid)


def entries() -> Iterable[Entry]:
    """Every line, oldest first. A line cut off by a crash is skipped, because its erasure wasn't committed."""
    path = Path(settings.ERASURE_LEDGER)
    if not settings.ERASURE_LEDGER or not path.exists():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        if not line:
            continue
        try:
            entry = Entry(**json.loads(line))
            _check(entry)
        except (ValueError, TypeError, AttributeError):
            log.error("ledger_line_unreadable", line=number)
            continue
        yield entry
