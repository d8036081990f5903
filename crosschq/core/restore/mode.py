"""Restore mode: after the database was restored, nothing is sent that may have been sent before.

It begins automatically, before a worker claims anything: each new database connection of a worker checks the stamp. All
waiting work with an effect outside the database is put on hold. Then each machine repeats the erasures in its ledger,
and compares the rest with its ledger of what went out (held.py). Once all machines have repeated their erasures, what
can look in the ATS first continues. Members of each organization decide about the rest on a page; an operator can
decide about all of it: `manage.py restore_status`, `manage.py read_ledgers` and `manage.py release_held`.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.backends.signals import connection_created
from django.db.models import F
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.core.models import Installation
from crosschq.core.outbox import work_item
from crosschq.core.outbox.after_restore import AfterRestore
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.provided import Provided
from crosschq.core.restore import held, ledgers, stamp
from crosschq.core.restore.held import HELD_FOR, held_kinds

log = structlog.get_logger(__name__)

# Work that was waiting when the backup was made may have been done shortly before.
MARGIN = timedelta(minutes=10)
# The banner about the restore stays for at least this long, even if nothing is on hold.
SHOWN_FOR = timedelta(days=1)
# More than workers count in years, so that the stamps on other machines stay below it.
JUMP = 100_000_000
# The restore after which this process read this machine's ledgers.
_read_for: datetime | None = None
# Replays the ledger of erasures, which is kept outside the database. Returns how many there were.
replay_erasures: Provided[[], int] = Provided("restore.replay_erasures")
# Asks the ATS of every connection what happened since the backup.
ask_ats: Provided[[], None] = Provided("restore.ask_ats")


def watch() -> None:
    """Check now, and on each connection that this process opens from now on. For workers: only they have effects."""
    stamp.watching = True
    connection_created.connect(_check_new_connection, dispatch_uid="restore")
    check()


def check_and_advance() -> None:
    """Check, and advance the number if nothing was restored, at most once every ten seconds. Raises django.db.Error."""
    if stamp.is_due() and not check():
        stamp.advance()


def _check_new_connection(**_: Any) -> None:
    check()


def check() -> bool:
    """Enter restore mode if the database is older than it should be. Returns whether it is in restore mode."""
    known = stamp.outside()
    row = stamp.installation()
    if row.restored_at:
        stamp.accept(row)  # everything that may have gone out is on hold
        return True
    if row.number == 0:
        # No worker has run on this new database, so the stamps outside belong to another one.
        stamp.forget_outside()
        return False
    why = stamp.why_restored(row, known)
    if why:
        enter(why)
    stamp.accept(row)
    return bool(why)


def enter(why: str) -> None:
    """Put all waiting work that has an effect outside the database on hold, once."""
    with transaction.atomic():
        row = Installation.objects.select_for_update().get(pk=1)
        if row.restored_at:
            return
        reason = _(
            "Our database was restored from a backup. This may already have happened, so it's on hold until we check."
        )
        now = clock.now()
        number = sum(_hold(model, reason, now) for model in held_kinds())
        Installation.objects.filter(pk=1).update(restored_at=now, restored_why=why, lost_since=row.at)
    log.error("restore_mode", why=why, held=number, lost_since=row.at.isoformat())


def _hold(model: type[work_item.WorkItem], reason: str, now: datetime) -> int:
    with rls.scope(rls.ALL_TENANTS):
        waiting = model._base_manager.filter(state__in=[WorkState.PENDING, WorkState.WORKING])
        if model.after_restore is AfterRestore.WAITS_IF_DUE:
            waiting = waiting.filter(available_at__lte=now)
        return waiting.update(state=WorkState.HELD, held_for=HELD_FOR, reason=reason, lease_until=None)


def catch_up() -> bool:
    """Read the ledgers, then find out what happened since the backup. Returns whether this process did the latter.

    Each step runs once; after an error, the next poll tries it again.
    """
    row = stamp.installation()
    if row.restored_at is None:
        return False
    _read_ledgers(row)
    if row.compared_at is not None:
        if row.restored_at < clock.now() - SHOWN_FOR:
            end_if_decided()
        return False
    if ledgers.missing(ledgers.ERASURES, row):
        return False
    continued = _continue_what_looks_first()
    if ask_ats.is_provided:
        ask_ats()
    Installation.objects.filter(pk=1).update(compared_at=clock.now())
    log.warning("restore_compared", continued=continued)
    return True


def _read_ledgers(row: Installation) -> None:
    """Repeat the erasures and note what went out, from this machine's ledgers. Once per process and restore."""
    global _read_for  # noqa: PLW0603 - of this process
    if row.restored_at == _read_for:
        return
    number = replay_erasures() if replay_erasures.is_provided else 0
    Installation.objects.filter(pk=1).update(erasures_repeated_at=clock.now(), erasures=F("erasures") + number)
    ledgers.note_read(ledgers.ERASURES, row)
    found = held.compare_with_ledger(row.lost_since or clock.now())
    ledgers.note_read(ledgers.SENT, row)
    if ledgers.are_complete(ledgers.SENT, row):
        held.mark_rest_as_not_sent()
    _read_for = row.restored_at
    log.warning("ledgers_read", erasures=number, went_out=found)


def _continue_what_looks_first() -> int:
    """Continue the items that check in the ATS whether they have happened, after the erasures are repeated."""
    with rls.scope(rls.ALL_TENANTS):
        return sum(held.send(each) for each in held_kinds() if each.after_restore is AfterRestore.LOOKS_FIRST)


def may_be_lost(moment: datetime) -> bool:
    """Whether effects from this moment may be missing in the database, because it was restored since then."""
    row = Installation.objects.filter(pk=1, lost_since__lte=moment + MARGIN).first()
    return row is not None and moment <= (row.lost_until or clock.now())


def restored_since(moment: datetime) -> bool:
    """Whether the database was restored after this moment."""
    row = Installation.objects.filter(pk=1).exclude(lost_since=None).first()
    return row is not None and (row.restored_at or row.lost_until or moment) > moment


def end() -> None:
    """End restore mode, and accept the database as it is from now on."""
    Installation.objects.filter(pk=1).update(
        number=F("number") + JUMP,
        restored_at=None,
        lost_until=clock.now(),
        restored_why="",
        erasures_repeated_at=None,
        compared_at=None,
        erasures=0,
    )
    stamp.forget_outside()
    log.warning("restore_mode_ended")


def end_if_decided() -> bool:
    """End restore mode once everything has been compared and nothing is on hold in any organization.

    Waits for every machine: one that started after the end wouldn't repeat its erasures. Returns whether it ended.
    """
    row = stamp.installation()
    if row.restored_at is None or row.compared_at is None or held.count() or ledgers.missing(ledgers.ERASURES, row):
        return False
    end()
    return True


def release(*, drop: bool) -> Counter[str]:
    """End restore mode: continue what is on hold, or drop it because it happened before. Returns how much, by table."""
    decided = held.count()
    with transaction.atomic():
        with rls.scope(rls.ALL_TENANTS):
            for model in held_kinds():
                (held.drop if drop else held.send)(model)
        end()
    return decided
