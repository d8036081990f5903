"""Whether a read of an application may be older than the event that told of it, and when to read again.

SmartRecruiters' reads lag behind its events: public clients wait 10 to 60 seconds before they believe one. So a move
that reads as another step is believed once the status history shows as many moves as we were told of, or once the
event is old enough. Otherwise it waits its turn behind whatever comes before, and is read again. So does one whose
application, candidate or job can't be read: a new one may not be shown yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors import ats

# After the event: about 15 s, then 60 s more.
READ_AGAIN = (timedelta(seconds=15), timedelta(seconds=75))
# From a move to the time that its delivery is signed with, which a first repetition signs anew after a minute.
DELIVERY = timedelta(minutes=2)


@dataclass(frozen=True)
class Heard:
    """An event of a move: when it was signed at the vendor's, and when it came to us."""

    happened_at: datetime
    created_at: datetime


@dataclass(frozen=True)
class Stale:
    """A read that shows fewer moves than we were told of; `until`: when to read again."""

    until: datetime
    shown: int


def staleness(heard: Sequence[Heard], changes: Sequence[ats.StatusChange], *, now: datetime) -> Stale | None:
    """None where the read can be believed.

    `heard`: every move that we were told of for this application; `changes`: its history, oldest first.
    """
    newest = max(heard, key=lambda one: one.happened_at, default=None)
    if newest is None:
        return None
    since = newest.happened_at - DELIVERY
    told = sum(one.happened_at >= since for one in heard)
    # The first entry is the application itself, of which no move tells.
    shown = sum(change.at >= since for change in changes[1:])
    if shown >= told:
        return None
    until = read_again_at(newest, now=now)
    return Stale(until, shown) if until else None


def read_again_at(heard: Heard, *, now: datetime) -> datetime | None:
    """When what is not shown yet is read again; None once the event is old enough for it to be missing."""
    began = min(heard.happened_at, heard.created_at)
    return next((began + after for after in READ_AGAIN if began + after > now), None)


def stay_began(changes: Sequence[ats.StatusChange]) -> datetime | None:
    """Since when the application stands where its history ends."""
    began = None
    for change in reversed(changes):
        if (change.step, change.status) != (changes[-1].step, changes[-1].status):
            break
        began = change.at
    return began
