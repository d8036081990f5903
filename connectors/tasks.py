from celery import shared_task

from connectors.background_tasks import lifecycle


@shared_task(name="connectors.forget_background_tasks")
def forget_background_tasks() -> None:
    lifecycle.forget()
