"""Writes to an ATS that has no idempotency keys: we record that we are about to write, write, and store the result.

If a process dies in between, the next attempt looks for the effect before it repeats the write.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from connectors import ats
from connectors.calls.gateway import as_setback
from connectors.models import AtsWrite, Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant


def write_again(item: AtsWrite, *, is_missing: bool = False) -> bool:
    """Make a write that failed, or may have happened, due now. Its effect is looked for first, unless it `is_missing`.

    Call inside `tenant()`. Returns False if its state doesn't allow it.
    """
    if is_missing:
        type(item)._base_manager.filter(pk=item.pk, state=WorkState.UNKNOWN).update(asked_at=None)
    return work_item.try_again(item)


def mark_written(item: AtsWrite) -> None:
    """Record that a member found what may have been written. Call inside `tenant()`."""
    unknown = type(item)._base_manager.filter(pk=item.pk, state=WorkState.UNKNOWN)
    unknown.update(state=WorkState.DONE, reason="", finished_at=clock.now())


def wait_if_under_way(item: AtsWrite, sentence: str) -> None:
    """Raise Retry while the ATS may still be processing an earlier attempt."""
    if item.asked_at is not None and item.asked_at > clock.now() - _longest():
        retry = work_item.Retry(sentence)
        retry.until = item.asked_at + _longest()
        raise retry


def follow_merge(item: AtsWrite, opened: ats.Ats, connection: Connection) -> None:
    """Use the remaining profile if this one was merged: what we send to the old id appears on no profile."""
    try:
        found = opened.candidate(item.candidate_id)
    except ats.Malformed:
        return
    except ats.AtsError as error:
        raise as_setback(error, connection) from error
    if found.id != item.candidate_id:
        item.candidate_id = found.id
        with tenant(item.organization):
            type(item)._base_manager.filter(pk=item.pk).update(candidate_id=found.id)


def before_send(item: AtsWrite) -> Callable[[], None]:
    """What to call when it is the write's turn. Raises LeaseLost."""

    def remember() -> None:
        work_item.ensure_ours(item)
        # Not while the call waits for its turn: if this process dies after this line, the next one waits two minutes.
        _remember_asking(item, at=clock.now())
        work_item.ensure_ours(item)

    return remember


def note_failure(item: AtsWrite, error: ats.AtsError) -> None:
    """Remember what a failed write means for the next attempt."""
    if definitely_failed(error):
        _remember_asking(item, at=None)
    elif isinstance(error, ats.Unavailable) and error.ended:
        # It may have written, but it is no longer working on it: look for the effect without waiting.
        _remember_asking(item, at=clock.now() - _longest())


def definitely_failed(error: ats.AtsError) -> bool:
    """Whether nothing was written, because the vendor refused or never got the call."""
    return not (isinstance(error, ats.Malformed) or (isinstance(error, ats.Unavailable) and error.sent))


def _longest() -> timedelta:
    return timedelta(seconds=settings.ATS_WRITE_SECONDS * settings.LEASE_SCALE)


def _remember_asking(item: AtsWrite, *, at: datetime | None) -> None:
    with tenant(item.organization):
        type(item)._base_manager.filter(pk=item.pk).update(asked_at=at)
