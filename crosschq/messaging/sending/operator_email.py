"""Emails to the operator (OPERATOR_EMAIL) about what alarm.py found. Ids and numbers only."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.core.outbox.alarm import Signs
from crosschq.messaging.content.email import Email
from crosschq.messaging.sending.send import send_email
from crosschq.tenancy.scope import cross_tenant

WORDS = {
    "scheduler_silent": gettext_lazy("The scheduler (celery beat) has stopped. Start it again."),
    "work_late": gettext_lazy("Work is late. Check the workers, and what the oldest item is waiting for."),
    "periodic_rows_fail": gettext_lazy(
        "Some rows are failing in periodic tasks. Search the log for periodic_row_failed. Each run retries them."
    ),
    "sending_fails": gettext_lazy(
        "The email or text message server refuses everything or doesn't respond. Search the log for work_set_back: its "
        "code says which. Messages wait, and go out once the server accepts them."
    ),
    "database_restored": gettext_lazy(
        "The database was restored from a backup, so emails and notes are on hold. Run manage.py restore_status."
    ),
}


def notify(name: str, signs: Signs) -> None:
    """Queue the email, if the operator has an address."""
    if not settings.OPERATOR_EMAIL:
        return
    numbers = [f"{key}: {'never' if value is None else value}" for key, value in signs.as_report().items()]
    numbers += [f"{label}: {signs.age(moment)}" for label, moment in sorted(signs.oldest_due.items())]
    email = Email(
        subject=_("Crosschq needs attention: %(name)s") % {"name": name},
        preheader=str(WORDS[name]),
        paragraphs=(str(WORDS[name]), "\n".join(numbers)),
        after=(_("We repeat this email every hour until it's fixed."),),
    )
    with cross_tenant("an email to the operator belongs to no organization"):
        send_email(organization=None, kind="operator_alarm", to_email=settings.OPERATOR_EMAIL, to_name="", email=email)
