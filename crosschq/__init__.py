# Loaded together with Django, so that tasks can reach the broker from any process.
from crosschq.celery import app as celery_app

__all__ = ["celery_app"]
