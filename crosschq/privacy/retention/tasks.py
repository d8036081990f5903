"""Scheduled by beat."""

from celery import shared_task

from crosschq.core import clock
from crosschq.privacy.retention import nightly


@shared_task(name="retention.delete_expired")
def delete_expired() -> None:
    nightly.run(now=clock.now())
