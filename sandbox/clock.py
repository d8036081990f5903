"""The sandbox's own clock, which moves only on command.

Durations (tokens, codes, keys, retries, the callbacks log) are measured in ``elapsed`` seconds, so nothing expires
while someone is looking at a page. Timestamps are wall time plus all jumps.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

MAX_JUMP = 400 * 24 * 3600


class Clock:
    def __init__(self) -> None:
        self.elapsed = 0.0

    def now(self) -> datetime:
        """Wall time plus all jumps."""
        return datetime.now(UTC) + timedelta(seconds=self.elapsed)

    def jump_to(self, elapsed: float) -> None:
        """Move forward to this many seconds after the start, but never back."""
        self.elapsed = max(self.elapsed, elapsed)


def vendor_time(moment: datetime) -> str:
    """A timestamp as the vendor writes it: ``2014-10-29T15:56:59.259Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


_FILTER_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)")


def parse_time(text: str) -> datetime:
    """Parse a filter's time, ``yyyy-MM-ddTHH:mm:ss.SSSZZ``. Raises ValueError."""
    if not _FILTER_TIME.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text)
