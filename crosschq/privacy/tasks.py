from celery import shared_task

from crosschq.core.outbox import periodic
from crosschq.privacy.erase.request import forget_failed
from crosschq.privacy.export.request import delete_expired


@shared_task(name="privacy.delete_exports")
def delete_exports() -> None:
    periodic.run_all("privacy.delete_exports", delete_expired, forget_failed)
