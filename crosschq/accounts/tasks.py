from celery import shared_task
from django.core.management import call_command

from crosschq.accounts.profile.sessions import forget_ended
from crosschq.core.outbox import periodic


@shared_task(name="organizations.clear_sessions")
def clear_sessions() -> None:
    """Delete expired sessions, which Django would otherwise keep."""

    def clear_ended() -> None:
        call_command("clearsessions")

    periodic.run_all("clear_sessions", clear_ended, forget_ended)
