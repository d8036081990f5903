"""The tasks of the kernel: they carry no data, only the name of the table to begin with."""

from celery import shared_task

from . import alarm, bell, work

# A worker that is told to stop waits for its task: this ends well before whoever stops it loses patience.
SECONDS = 15


@shared_task(name="core.drain")
def drain(label: str = "") -> None:
    """Rung by `bell.ring`, and by beat for whatever a lost bell left behind."""
    alarm.check_now_and_then()
    if not work.drain_in_turns(first=label, seconds=SECONDS):
        bell.ring(label)
