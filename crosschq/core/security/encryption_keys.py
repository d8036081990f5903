"""The encryption keys of all running processes. Each process stores the ids of its keys in its own row.

If a process encrypts with a key that another one lacks, the other can't read those values, so a key change can be
checked before that happens. The row is renewed with the process's connections to the database, which live for a minute
at most while they are used, and deleted when the process ends. A process that was killed counts for an hour. (The name
of a connection wouldn't do: behind a pooler it is that of the last client.)
"""

import atexit
import contextlib
import os
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import Error, connection
from django.db.backends.signals import connection_created

from crosschq.core.database import timeouts
from crosschq.core.security import encryption

RENEW_SECONDS = 30.0
COUNTS_FOR = "1 hour"
END_SECONDS = 1.0
OTHERS = f"""
SELECT DISTINCT key_ids FROM core_keyholder WHERE uid <> %s AND seen_at > now() - interval '{COUNTS_FOR}'
"""  # noqa: S608 - a constant
RENEW = """
INSERT INTO core_keyholder (uid, key_ids, seen_at) VALUES (%s, %s, now())
ON CONFLICT (uid) DO UPDATE SET seen_at = now()
"""


@dataclass
class _ThisProcess:
    pid: int = field(default_factory=os.getpid)
    uid: uuid.UUID = field(default_factory=uuid.uuid4)
    renewed_at: float = float("-inf")


_this = _ThisProcess()


def announce() -> None:
    """Store the ids of our keys, but not the keys, from the first connection on."""
    connection_created.connect(_renew, dispatch_uid="encryption keys")
    atexit.register(forget)


def _own() -> _ThisProcess:
    global _this  # noqa: PLW0603 - a fork is a separate process
    if _this.pid != os.getpid():
        _this = _ThisProcess()
    return _this


def _renew(**_: Any) -> None:
    own = _own()
    if time.monotonic() < own.renewed_at + RENEW_SECONDS:
        return
    own.renewed_at = time.monotonic()
    # Before the first migration there is no table, and a standby can't be written to.
    with contextlib.suppress(Error), connection.cursor() as cursor:
        cursor.execute(RENEW, [own.uid, ",".join(encryption.key_ids())])


def forget() -> None:
    """Delete this process's row, if it has one: the process ends."""
    own = _own()
    if own.renewed_at == float("-inf"):
        return
    own.renewed_at = float("inf")
    with contextlib.suppress(Error), timeouts.answers_within(END_SECONDS), connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_keyholder WHERE uid = %s", [own.uid])
    connection.close()


def of_other_processes() -> list[list[str]]:
    """The distinct key id lists of other processes that use this database, each with its encrypting key first."""
    with connection.cursor() as cursor:
        cursor.execute(OTHERS, [_own().uid])
        return sorted(key_ids.split(",") for (key_ids,) in cursor.fetchall())


def problem() -> str:
    """Describe any conflict between our keys and those of other processes, for the operator; empty if there is none."""
    ours, others = encryption.key_ids(), of_other_processes()
    missing = sorted({held[0] for held in others} - set(ours))
    if missing:
        return f"FIELD_KEYS lacks {', '.join(missing)}, with which another process encrypts"
    if any(ours[0] not in held for held in others):
        return f"another process lacks {ours[0]}, with which this one encrypts"
    return ""


def not_ready_for(key_id: str) -> list[str]:
    """The key ids, as in FIELD_KEYS, of other processes that don't encrypt with this key yet."""
    return [",".join(held) for held in of_other_processes() if held[0] != key_id]
