from celery import shared_task

from crosschq.core import clock
from webhooks import connection_jobs
from webhooks.inbox import retention
from webhooks.log import owner_notices


@shared_task(name="webhooks.plan_chores")
def plan_connection_jobs() -> None:
    connection_jobs.plan()


@shared_task(name="webhooks.forget_events")
def delete_expired_events() -> None:
    retention.delete_expired(now=clock.now())


@shared_task(name="webhooks.notify_owners")
def notify_owners() -> None:
    owner_notices.plan()
