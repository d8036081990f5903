from celery import shared_task

from crosschq.core import clock

from . import chores, notices, retention


@shared_task(name="webhooks.plan_chores")
def plan_chores() -> None:
    chores.plan()


@shared_task(name="webhooks.forget_events")
def forget_events() -> None:
    retention.forget(now=clock.now())


@shared_task(name="webhooks.tell_of_moves")
def tell_of_moves() -> None:
    notices.plan()
