"""Periodic tasks, started by Celery beat. They carry no data, so a lost or duplicate one is harmless."""

from celery import shared_task

from crosschq.core import clock
from requests_app.completion import deadlines, pause
from requests_app.list_download import downloads
from requests_app.notifications import bounces


@shared_task(name="requests_app.close_overdue")
def close_overdue() -> None:
    deadlines.close_overdue(now=clock.now())


@shared_task(name="requests_app.cancel_paused")
def cancel_paused() -> None:
    pause.cancel_paused(now=clock.now())


@shared_task(name="requests_app.notify_due")
def notify_due() -> None:
    deadlines.notify_due(now=clock.now())


@shared_task(name="requests_app.notify_silence")
def notify_silence() -> None:
    deadlines.notify_silence(now=clock.now())


@shared_task(name="requests_app.finish_by_rule")
def finish_by_rule() -> None:
    deadlines.finish_by_rule(now=clock.now())


@shared_task(name="requests_app.notify_bounces")
def notify_bounces() -> None:
    bounces.notify_bounces()


@shared_task(name="requests_app.delete_downloads")
def delete_downloads() -> None:
    downloads.delete_expired()
