"""When a cap refuses a send, roll back the whole action and record it in the audit log."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction

from crosschq.core import clock
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy import audit
from crosschq.tenancy.actor import Actor
from crosschq.tenancy.models import AuditEntry, Organization

ACTION = "email.refuse"
LOGGED_EVERY = timedelta(hours=1)


@contextmanager
def rollback_if_refused(organization: Organization, actor: Actor | None) -> Iterator[None]:
    """If the block raises CapReached, roll it back, record that, and re-raise. Call inside `tenant()`."""
    try:
        with transaction.atomic():
            yield
    except CapReached as refused:
        note(organization, actor, refused)
        raise


def note(organization: Organization, actor: Actor | None, refused: CapReached) -> None:
    """Record the refusal, at most once an hour per cap, since people click again. Call inside `tenant()`."""
    since = clock.now() - LOGGED_EVERY
    if AuditEntry.objects.filter(action=ACTION, at__gt=since, after__cap=refused.cap.name).exists():
        return
    after = {"cap": refused.cap.name, "scope": refused.scope, "number": refused.number}
    audit.record(organization=organization, actor=actor, action=ACTION, after=after)
