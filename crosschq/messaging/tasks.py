from datetime import timedelta

from celery import shared_task

from crosschq.core import clock
from crosschq.core.outbox import periodic
from crosschq.core.security import throttle
from crosschq.messaging.models import DeliveryEvent
from crosschq.messaging.sending import caps
from crosschq.messaging.sending.send import scrub_dead
from crosschq.tenancy.scope import cross_tenant

DELIVERY_EVENTS_KEPT = timedelta(days=90)


@shared_task(name="messaging.scrub")
def scrub() -> None:
    now = clock.now()

    def erase_texts() -> None:
        with cross_tenant("message retention applies to all organizations"):
            scrub_dead(now=now)

    def delete_counts() -> None:
        caps.forget(now=now)
        throttle.forget(now=now)

    def delete_delivery_events() -> None:
        with cross_tenant("delivery event retention applies to all organizations"):
            DeliveryEvent.objects.filter(received_at__lt=now - DELIVERY_EVENTS_KEPT).delete()

    periodic.run_all("scrub", erase_texts, delete_counts, delete_delivery_events)
