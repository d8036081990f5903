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

    def forget_texts() -> None:
        with cross_tenant("retention of messages is a rule for everybody"):
            scrub_dead(now=now)

    def forget_counts() -> None:
        caps.forget(now=now)
        throttle.forget(now=now)

    def forget_delivery_events() -> None:
        with cross_tenant("retention of delivery events is a rule for everybody"):
            DeliveryEvent.objects.filter(received_at__lt=now - DELIVERY_EVENTS_KEPT).delete()

    periodic.run_all("scrub", forget_texts, forget_counts, forget_delivery_events)
