"""Which workers are alive, and whether this worker may still begin an effect.

A worker sends a heartbeat every two seconds. If its last heartbeat is eight seconds old, it counts as dead and other
workers take over its work. While the database is unavailable, no worker can send heartbeats, so an old heartbeat proves
nothing until the database has been available for eight seconds. To show this, each heartbeat stores the time since
which at least one worker's heartbeats have had no gap. All of this uses the database's clock.

Conversely, other workers may consider a worker dead after it was paused or cut off. So after a gap in its own
heartbeats, it begins no effect of an item that it claimed before the gap. This part uses the process's own clock.
"""

import time
import uuid

from django.db import connection

BEAT_SECONDS = 2.0
# A worker without a heartbeat for this long is dead.
DEAD_AFTER_SECONDS = 8
# A longer gap between heartbeats means that the database was unavailable. A live worker then sends another heartbeat
# long before it counts as dead: its last one is at most this old plus 2 s.
GAP_SECONDS = 4
# Once the last heartbeat is older than this, it no longer protects the leases of this process.
FENCE_SECONDS = 6.0
# After an hour without a heartbeat the worker is gone, and its leases have expired.
DELETE_AFTER = "1 hour"

STEADY = f"""EXISTS (SELECT FROM core_worker witness WHERE witness.beat_at > now() - interval '{GAP_SECONDS} seconds'
    AND witness.steady_since < now() - interval '{DEAD_AFTER_SECONDS} seconds')"""
# A worker that shut down properly has no row.
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

# The key of this process's row in core_worker, while it sends heartbeats.
worker: uuid.UUID | None = None
_last_beat = 0.0
_unbroken_since = 0.0


def begin() -> None:
    """Register this process as a worker that sends heartbeats."""
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
    # Count from the start of the query, because the database may have stored it at any moment since.
    _last_beat = began


def say_goodbye() -> None:
    """Release this worker's leases. Raises django.db.Error."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_worker WHERE uid = %s", [worker])


def may_begin_effects(claimed_at: float) -> bool:
    """Whether no other worker can have taken over what this process claimed at this time.monotonic()."""
    if worker is None:
        return True
    return claimed_at >= _unbroken_since and time.monotonic() - _last_beat < FENCE_SECONDS
