"""The task that performs due work in one queue of a table."""

from celery import shared_task

from crosschq.core.outbox import draining, wakeup, workers  # noqa: F401 - its receivers of Celery's signals


@shared_task(name=wakeup.DRAIN)
def drain(label: str, queue: str) -> None:
    """Wake a thread that drains one queue of a table. wakeup.py sends this task."""
    draining.wake(label, queue, by_broker=True)
