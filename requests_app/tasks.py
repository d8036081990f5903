"""Rung by beat. They carry no data, so a lost or doubled one is harmless."""

from celery import shared_task

from crosschq.core import clock

from . import bounces, chores, pausing


@shared_task(name="requests_app.close_overdue")
def close_overdue() -> None:
    chores.close_overdue(now=clock.now())


@shared_task(name="requests_app.cancel_paused")
def cancel_paused() -> None:
    pausing.cancel_paused(now=clock.now())


@shared_task(name="requests_app.tell_of_due")
def tell_of_due() -> None:
    chores.tell_of_due(now=clock.now())


@shared_task(name="requests_app.tell_of_silence")
def tell_of_silence() -> None:
    chores.tell_of_silence(now=clock.now())


@shared_task(name="requests_app.finish_by_rule")
def finish_by_rule() -> None:
    chores.finish_by_rule(now=clock.now())


@shared_task(name="requests_app.forget_codes")
def forget_codes() -> None:
    chores.forget_codes(now=clock.now())


@shared_task(name="requests_app.tell_of_bounces")
def tell_of_bounces() -> None:
    bounces.tell_of_bounces()
