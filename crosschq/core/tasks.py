"""The task that performs due work in one queue of a table."""

from celery import shared_task

from crosschq.core.outbox import draining, wakeup, workers  # noqa: F401 - its receivers of Celery's signals


@shared_task(name=wakeup.DRAIN)
def drain(label: str, queue: str) -> None:
    """Drain one queue of a table. wakeup.py sends this task."""
    wakeup.arrived(label, queue)
    draining.run(label, queue, wake_thread=wakeup.notify_now)
