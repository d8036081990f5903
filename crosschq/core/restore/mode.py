"""Restore mode: after the database was restored, nothing is sent that may have been sent before.

It begins automatically, before a worker claims anything: each new database connection of a worker checks the stamp. All
waiting work with an effect outside the database is put on hold. Then the erasures since the backup are repeated. An
operator compares the held work with what the email provider and the ATS have, and releases or drops it: `manage.py
restore_status` and `manage.py release_held`.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.backends.signals import connection_created
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.core.models import Installation
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.provided import Provided
from crosschq.core.restore import stamp

log = structlog.get_logger(__name__)

HELD_FOR = "restore"
# Work that was waiting when the backup was made may have been done shortly before.
MARGIN = timedelta(minutes=10)
# Replays the ledger of erasures, which is kept outside the database. Returns how many there were.
replay_erasures: Provided[[], int] = Provided("restore.replay_erasures")


def watch() -> None:
    """Check now, and on each connection that this process opens from now on. For workers: only they have effects."""
    connection_created.connect(_check_new_connection, dispatch_uid="restore")
    check()


def _check_new_connection(**_: Any) -> None:
    check()


def check() -> bool:
    """Enter restore mode if the database is older than it should be. Returns whether it is in restore mode."""
    known = stamp.outside()
    row = stamp.installation()
    if row.restored_at:
        return True
    if row.number == 0:
        # No worker has run on this new database, so the stamps outside belong to another one.
        stamp.forget_outside()
        return False
    why = stamp.why_restored(row, known)
    if why:
        enter(why)
    return bool(why)


def enter(why: str) -> None:
    """Put all waiting work that has an effect outside the database on hold, once."""
    with transaction.atomic():
        row = Installation.objects.select_for_update().get(pk=1)
        if row.restored_at:
            return
        reason = _(
            "Our database was restored from a backup. This may have happened already, so it's on hold until we check."
        )
        number = sum(_hold(model, reason) for model in held_kinds())
        now = clock.now()
        Installation.objects.filter(pk=1).update(restored_at=now, restored_why=why, lost_since=row.at)
    log.error("restore_mode", why=why, held=number, lost_since=row.at.isoformat())


def held_kinds() -> list[type[work_item.WorkItem]]:
    """Tables whose work has an effect outside the database. Other work only reads, or writes to our database."""
    return [model for model in work_item.kinds() if model.held_after_restore]


def _hold(model: type[work_item.WorkItem], reason: str) -> int:
    with rls.scope(rls.ALL_TENANTS):
        waiting = model._base_manager.filter(state__in=[WorkState.PENDING, WorkState.WORKING])
        return waiting.update(state=WorkState.HELD, held_for=HELD_FOR, reason=reason, lease_until=None)


def repeat_erasures() -> bool:
    """Repeat the erasures that the backup lacks, once. Returns whether this call did so."""
    row = stamp.installation()
    if row.restored_at is None or row.erasures_repeated_at is not None:
        return False
    # After an error this stays undone, so the next poll tries again.
    number = replay_erasures() if replay_erasures.is_provided else 0
    Installation.objects.filter(pk=1).update(erasures_repeated_at=clock.now(), erasures=number)
    log.warning("erasures_repeated", number=number)
    return True


def may_be_lost(moment: datetime) -> bool:
    """Whether effects from this moment may be missing in the database, because it was restored since then."""
    row = Installation.objects.filter(pk=1, lost_since__lte=moment + MARGIN).first()
    return row is not None and moment <= (row.lost_until or clock.now())


def held() -> Counter[str]:
    """Count what is on hold, by table."""
    found: Counter[str] = Counter()
    with rls.scope(rls.ALL_TENANTS):
        for model in held_kinds():
            found[model._meta.label] = model._base_manager.filter(state=WorkState.HELD, held_for=HELD_FOR).count()
    return +found


def release(*, drop: bool) -> Counter[str]:
    """End restore mode: continue what is on hold, or drop it because it happened before. Returns how much, by table."""
    released = held()
    with transaction.atomic():
        for model in held_kinds():
            _release(model, drop=drop)
        Installation.objects.filter(pk=1).update(
            restored_at=None, lost_until=clock.now(), restored_why="", erasures_repeated_at=None, erasures=0
        )
    stamp.forget_outside()
    log.warning("restore_mode_ended", released=sum(released.values()), dropped=drop)
    return released


def _release(model: type[work_item.WorkItem], *, drop: bool) -> None:
    with rls.scope(rls.ALL_TENANTS):
        rows = model._base_manager.filter(state=WorkState.HELD, held_for=HELD_FOR)
        if drop:
            reason = _("It went out before our database was restored from a backup.")
            rows.update(state=WorkState.CANCELLED, held_for="", reason=reason, finished_at=clock.now())
            return
        rows.update(state=WorkState.PENDING, held_for="", reason="", attempts=0, available_at=clock.now())
    work_item.wake_workers(model)
