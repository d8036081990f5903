"""The Celery app: it wakes workers and schedules periodic tasks."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import celeryd_init, setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crosschq.settings")
# Django's checks take half of a worker's start, and `migrate` runs them first.
os.environ.setdefault("CELERY_SKIP_CHECKS", "true")

app = Celery("crosschq")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Daily tasks run when it is night for most customers. Any task can run late or twice.
app.conf.beat_schedule = {
    "close export runs": {"task": "prospects.tidy_exports", "schedule": 5.0, "options": {"expires": 5}},
    "close overdue requests": {"task": "requests_app.close_overdue", "schedule": crontab(minute="7")},
    "cancel paused requests": {"task": "requests_app.cancel_paused", "schedule": crontab(minute="17")},
    "notify owners of due dates": {"task": "requests_app.notify_due", "schedule": crontab(minute="12")},
    "notify owners of candidates who have not started": {
        "task": "requests_app.notify_silence",
        "schedule": crontab(minute="22"),
    },
    "finish requests with enough answers": {"task": "requests_app.finish_by_rule", "schedule": crontab(minute="*/15")},
    "notify owners of bounced emails": {"task": "requests_app.notify_bounces", "schedule": crontab(minute="*/5")},
    "plan connection jobs": {"task": "webhooks.plan_chores", "schedule": 60.0, "options": {"expires": 60}},
    "notify owners of moves without a request": {
        "task": "webhooks.notify_owners",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "renew and end prospect consent": {"task": "prospects.keep_consent", "schedule": crontab(minute="57")},
    "delete finished background tasks": {
        "task": "connectors.forget_background_tasks",
        "schedule": crontab(minute="*/10"),
    },
    "delete exports of people": {"task": "privacy.delete_exports", "schedule": crontab(minute="27")},
    "delete files of request lists": {"task": "requests_app.delete_downloads", "schedule": crontab(minute="37")},
    "delete what has expired": {"task": "retention.delete_expired", "schedule": crontab(minute="17", hour="2")},
}


@celeryd_init.connect
def wait_for_the_broker(conf: Any, **_: object) -> None:
    """Let workers wait for an unresponsive broker; web requests don't."""
    conf.broker_transport_options = {**conf.broker_transport_options, "socket_timeout": 5, "socket_connect_timeout": 5}


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Keep Celery from replacing the log handlers from settings.py."""
