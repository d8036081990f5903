from celery import shared_task

from webhooks import connection_jobs
from webhooks.log import owner_notices


@shared_task(name="webhooks.plan_chores")
def plan_connection_jobs() -> None:
    connection_jobs.plan()


@shared_task(name="webhooks.notify_owners")
def notify_owners() -> None:
    owner_notices.plan()
