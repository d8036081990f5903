"""Celery tasks scheduled by beat. They carry no data, so a lost or duplicate task is harmless."""

from celery import shared_task

from crosschq.core import clock
from crosschq.core.outbox import periodic
from prospects.export import worker
from prospects.opt_in import retention


@shared_task(name="prospects.keep_consent")
def keep_consent() -> None:
    now = clock.now()

    def end_consents() -> int:
        return retention.end_consents(now=now)

    def ask_to_renew() -> int:
        return retention.ask_to_renew(now=now)

    periodic.run_all("keep_consent", end_consents, ask_to_renew)


@shared_task(name="prospects.tidy_exports")
def tidy_exports() -> None:
    worker.tidy()
