"""Which workers are alive, and whether this one may still begin an effect.

A worker beats every two seconds; one whose beat is eight seconds old is dead, and others take over its work. While the
database is away nobody can beat, so an old beat proves nothing until the database has been there for eight seconds:
each beat carries since when some worker's beats have followed one another without a gap. All of this goes by the
database's clock.

The other side: a worker that was stopped, or cut off, may be taken for dead. So it begins no effect of an item that it
claimed before a gap in its own beats. These go by this process's own clock.
"""

import time
import uuid

from django.db import connection

BEAT_SECONDS = 2.0
# A worker without a beat for this long is dead.
DEAD_AFTER_SECONDS = 8
# A longer gap between beats means that the database was away. A living worker then beats again long before it is
# taken for dead: its last beat is at most this old and 2 s more.
GAP_SECONDS = 4
# Older than this, the last beat no longer protects what this process holds.
FENCE_SECONDS = 6.0
# A worker without a beat for an hour is gone, and its leases have expired.
DELETE_AFTER = "1 hour"

STEADY = f"""EXISTS (SELECT FROM core_worker witness WHERE witness.beat_at > now() - interval '{GAP_SECONDS} seconds'
    AND witness.steady_since < now() - interval '{DEAD_AFTER_SECONDS} seconds')"""
# A worker that said goodbye has no row.
LOST = f"""(lease_until < now() OR (leased_by IS NOT NULL AND (
    NOT EXISTS (SELECT FROM core_worker WHERE core_worker.uid = leased_by)
    OR (EXISTS (SELECT FROM core_worker WHERE core_worker.uid = leased_by
                AND beat_at < now() - interval '{DEAD_AFTER_SECONDS} seconds') AND {STEADY}))))"""  # noqa: S608
BEAT = f"""
INSERT INTO core_worker (uid, beat_at, steady_since)
VALUES (%(uid)s, now(), coalesce(
    (SELECT min(steady_since) FROM core_worker WHERE beat_at > now() - interval '{GAP_SECONDS} seconds'), now()))
ON CONFLICT (uid) DO UPDATE SET beat_at = now(), steady_since = excluded.steady_since
"""  # noqa: S608 - constants
FORGET = f"DELETE FROM core_worker WHERE beat_at < now() - interval '{DELETE_AFTER}' AND {STEADY}"  # noqa: S608

# This process's row in core_worker, while it beats.
worker: uuid.UUID | None = None
_last_beat = 0.0
_unbroken_since = 0.0


def begin() -> None:
    """Make this process a worker that beats."""
    global worker  # noqa: PLW0603 - of this process
    worker = uuid.uuid4()


def beat() -> None:
    """Store that this worker is alive. Raises django.db.Error."""
    global _last_beat, _unbroken_since  # noqa: PLW0603 - of this process
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(BEAT, {"uid": worker})
        cursor.execute(FORGET)
    if began - _last_beat > FENCE_SECONDS:
        _unbroken_since = time.monotonic()
    # When it began: the database may have stored it at any moment since.
    _last_beat = began


def say_goodbye() -> None:
    """Free this worker's leases. Raises django.db.Error."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_worker WHERE uid = %s", [worker])


def may_begin_effects(claimed_at: float) -> bool:
    """Whether nobody can have taken over what this process claimed at this time.monotonic()."""
    if worker is None:
        return True
    return claimed_at >= _unbroken_since and time.monotonic() - _last_beat < FENCE_SECONDS
