"""Sent by beat. They carry no data, so a lost or doubled one is harmless."""

from celery import shared_task

from crosschq.core import clock

from . import export_pump, keeping


@shared_task(name="prospects.keep_consent")
def keep_consent() -> None:
    now = clock.now()
    keeping.end_consents(now=now)
    keeping.ask_to_renew(now=now)


@shared_task(name="prospects.tidy_exports")
def tidy_exports() -> None:
    export_pump.tidy()
