from celery import shared_task

from . import background


@shared_task(name="connectors.forget_background_tasks")
def forget_background_tasks() -> None:
    background.forget()
