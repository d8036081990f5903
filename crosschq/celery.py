"""Celery: wake-ups for workers, their threads, and the clock of the periodic chores."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import celeryd_init, setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crosschq.settings")

app = Celery("crosschq")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# At night where most of our customers are; each of these can be late, or run twice.
app.conf.beat_schedule = {
    "close export runs": {"task": "prospects.tidy_exports", "schedule": 5.0, "options": {"expires": 5}},
    "end what is past its last day": {"task": "requests_app.close_overdue", "schedule": crontab(minute="7")},
    "cancel what stays turned down": {"task": "requests_app.cancel_paused", "schedule": crontab(minute="17")},
    "tell of due dates": {"task": "requests_app.tell_of_due", "schedule": crontab(minute="12")},
    "tell of candidates who have not started": {
        "task": "requests_app.tell_of_silence",
        "schedule": crontab(minute="22"),
    },
    "finish what has enough answers": {"task": "requests_app.finish_by_rule", "schedule": crontab(minute="*/15")},
    "tell of mails that did not arrive": {"task": "requests_app.tell_of_bounces", "schedule": crontab(minute="*/5")},
    "plan chores of connections": {"task": "webhooks.plan_chores", "schedule": 60.0, "options": {"expires": 60}},
    "tell of moves that were not sent": {
        "task": "webhooks.tell_of_moves",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "renew and end consent of prospects": {"task": "prospects.keep_consent", "schedule": crontab(minute="57")},
    "forget what pages asked for": {
        "task": "connectors.forget_background_tasks",
        "schedule": crontab(minute="*/10"),
    },
    "forget events": {"task": "webhooks.forget_events", "schedule": crontab(minute="17", hour="2")},
    "forget one-time codes": {"task": "requests_app.forget_codes", "schedule": crontab(minute="27", hour="2")},
    "forget unsent mails": {"task": "messaging.scrub", "schedule": crontab(minute="37", hour="2")},
    "forget sessions": {"task": "organizations.clear_sessions", "schedule": crontab(minute="47", hour="2")},
}


@celeryd_init.connect
def wait_for_the_broker(conf: Any, **_: object) -> None:
    """A web request must not wait for a silent broker; a worker has nothing else to do."""
    conf.broker_transport_options = {**conf.broker_transport_options, "socket_timeout": 5, "socket_connect_timeout": 5}


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Celery would replace the handlers that settings.py made."""
