"""Sent by beat. They carry no data, so a lost or doubled one is harmless."""

from celery import shared_task

from crosschq.core import clock, periodic

from . import export_pump, keeping


@shared_task(name="prospects.keep_consent")
def keep_consent() -> None:
    now = clock.now()

    def end_consents() -> int:
        return keeping.end_consents(now=now)

    def ask_to_renew() -> int:
        return keeping.ask_to_renew(now=now)

    periodic.run_all("keep_consent", end_consents, ask_to_renew)


@shared_task(name="prospects.tidy_exports")
def tidy_exports() -> None:
    export_pump.tidy()
