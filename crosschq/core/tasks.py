"""The task that does the waiting work of one table and queue."""

from celery import shared_task

from crosschq.core.outbox import draining, wakeup, workers  # noqa: F401 - its receivers of Celery's signals


@shared_task(name=wakeup.DRAIN)
def drain(label: str, queue: str) -> None:
    """Sent by wakeup.py. Carries no data: rows say what there is to do."""
    wakeup.arrived(label, queue)
    draining.run(label, queue, wake_thread=wakeup.notify_now)
