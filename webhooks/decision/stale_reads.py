"""Detect reads of an application that are older than its event, and decide when to read again.

The ATS may show a change only some seconds after it sent the event: public clients wait 10 to 60 seconds. So if we read
another step, we trust it only once the status history has as many moves as we got events, or once the event is old
enough. Until then we postpone the event and read again. The same goes for an application, candidate, or job that can't
be read, because a new one may not be visible yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors import ats

# After the event: about 15 s, then another 60 s.
READ_AGAIN = (timedelta(seconds=15), timedelta(seconds=75))
# From a move to the timestamp of its delivery. Each retry has a new one, and the third comes 14 minutes after the move.
DELIVERY, LATE_DELIVERY = timedelta(minutes=2), timedelta(minutes=15)


class NotVisibleYet(Exception):
    """The ATS returned a state from before the event."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"read again at {until}")
        self.until = until


@dataclass(frozen=True)
class MoveEvent:
    """An event about a move: when the ATS signed it, and when it reached us."""

    happened_at: datetime
    created_at: datetime


@dataclass(frozen=True)
class StaleRead:
    """A read that shows fewer moves than the events we got.

    `until`: when to read again; `shown`: how many moves of the last two minutes it shows.
    """

    until: datetime
    shown: int


def staleness(moves: Sequence[MoveEvent], changes: Sequence[ats.StatusChange], *, now: datetime) -> StaleRead | None:
    """Return None if the read can be trusted.

    `moves`: the events about moves of this application. `changes`: its status history, oldest first.
    """
    newest = max(moves, key=lambda move: move.happened_at, default=None)
    if newest is None:
        return None
    # The first entry is the application itself, for which there is no move event.
    made = [change.at for change in changes[1:]]
    for since in (newest.happened_at - DELIVERY, newest.happened_at - LATE_DELIVERY):
        if sum(at >= since for at in made) >= sum(move.happened_at >= since for move in moves):
            return None
    until = read_again_at(newest, now=now)
    return StaleRead(until, sum(at >= newest.happened_at - DELIVERY for at in made)) if until else None


def read_again_at(move: MoveEvent, *, now: datetime) -> datetime | None:
    """Return when to read again; None once the event is old enough to believe that the record is missing."""
    began = min(move.happened_at, move.created_at)
    return next((began + after for after in READ_AGAIN if began + after > now), None)


def stay_began(changes: Sequence[ats.StatusChange]) -> datetime | None:
    """Return when the application reached the last step in its history."""
    began = None
    for change in reversed(changes):
        if (change.step, change.status) != (changes[-1].step, changes[-1].status):
            break
        began = change.at
    return began
