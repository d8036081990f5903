"""Rung by beat. They carry no data, so a lost or doubled one is harmless."""

from celery import shared_task

from crosschq.core import clock

from . import bounces, chores


@shared_task(name="requests_app.close_overdue")
def close_overdue() -> None:
    chores.close_overdue(now=clock.now())


@shared_task(name="requests_app.forget_codes")
def forget_codes() -> None:
    chores.forget_codes(now=clock.now())


@shared_task(name="requests_app.tell_of_bounces")
def tell_of_bounces() -> None:
    bounces.tell_of_bounces()
