from celery import shared_task

from crosschq.core import clock, periodic, throttle
from crosschq.organizations.tenancy import cross_tenant

from . import caps
from .send import scrub_dead


@shared_task(name="messaging.scrub")
def scrub() -> None:
    now = clock.now()

    def forget_texts() -> None:
        with cross_tenant("retention of messages is a rule for everybody"):
            scrub_dead(now=now)

    def forget_counts() -> None:
        caps.forget(now=now)
        throttle.forget(now=now)

    periodic.run_all("scrub", forget_texts, forget_counts)
