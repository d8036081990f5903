"""The tasks of the kernel: they carry no data, only the name of the table to begin with."""

from celery import shared_task

from . import bell, work


@shared_task(name="core.drain")
def drain(label: str = "") -> None:
    """Rung by `bell.ring`, and by beat for whatever a lost bell left behind."""
    if not work.drain_in_turns(first=label):
        bell.ring(label)
