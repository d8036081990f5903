from celery import shared_task

from . import chores


@shared_task(name="webhooks.plan_chores")
def plan_chores() -> None:
    chores.plan()
