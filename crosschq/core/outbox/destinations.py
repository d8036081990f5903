"""How the result of a work item changes its destination's circuit. work_item.py imports this, so items are `Any`."""

from typing import Any

import structlog

from crosschq.core.outbox import circuits

log = structlog.get_logger(__name__)

# Destinations with failures that this process counted. Work that was claimed before a failure doesn't know of it, but
# its success shows that the failures aren't in a row.
_failing: set[str] = set()


def circuit_of(item: Any) -> str:
    """The key of the circuit for the item's destination; empty if it has none."""
    queue = next((each for each in item.queues if each.name == getattr(item, "queue", "")), item.queues[0])
    if queue.destination:
        return str(queue.destination)
    return f"{item.circuit}:{getattr(item, item.concurrency_column)}" if item.circuit else ""


def note_failure(item: Any) -> None:
    key = circuit_of(item)
    if not key:
        return
    _failing.add(key)
    if circuits.count_failure(key):
        log.warning("circuit_open", circuit=key)


def note_success(item: Any, *, seconds: float) -> None:
    key, in_trouble = circuit_of(item), getattr(item, "in_trouble", False)
    if key and item.circuit and seconds > circuits.SLOW_SECONDS:
        circuits.mark_slow(key)
    elif key and (in_trouble or key in _failing):
        _failing.discard(key)
        circuits.mark_working(key)
