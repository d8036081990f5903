from celery import shared_task
from django.core.management import call_command

from .sessions import forget_ended


@shared_task(name="organizations.clear_sessions")
def clear_sessions() -> None:
    """Remove sessions that ended: Django keeps them until it is told."""
    call_command("clearsessions")
    forget_ended()
