from celery import shared_task

from crosschq.core import clock
from crosschq.organizations.tenancy import cross_tenant

from .send import scrub_dead


@shared_task(name="messaging.scrub")
def scrub() -> None:
    with cross_tenant("retention of messages is a rule for everybody"):
        scrub_dead(now=clock.now())
