"""Work items for the kernel's tests: messages and notes that a test function performs instead of sending."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from connectors.models import Writeback
from crosschq.core.database import rls
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkItem
from crosschq.core.security.encryption import sealed
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import cross_tenant, tenant

Job = Callable[[Any], None]
Woken = list[tuple[str, str]]


class Performer:
    """`performed_by` refers to this while a test runs. It records the subjects it was given."""

    def __init__(self) -> None:
        self.job: Job = finish
        self.seen: list[str] = []

    def __call__(self, item: WorkItem) -> None:
        self.seen.append(getattr(item, "subject", ""))
        self.job(item)


def finish(item: Message | Writeback) -> None:
    assert item.organization
    with tenant(item.organization):
        work_item.finish(item)


performer = Performer()


def make_work(organization: Organization, subject: str = "", **fields: Any) -> Message:
    with tenant(organization):
        item: Message = Message.objects.create(
            organization=organization, kind="test", to_email="somebody@example.com", subject=subject, text="x", **fields
        )
        return item


def reread(item: Message) -> Message:
    with cross_tenant("a test looks at a row"):
        found: Message = Message.objects.get(pk=item.pk)
        return found


def change(item: Message, **fields: Any) -> None:
    with rls.scope(rls.ALL_TENANTS):
        Message._base_manager.filter(pk=item.pk).update(**sealed(item, fields))


def end_lease(item: Message) -> None:
    """Let a lease expire. Leases follow the database's clock, which tests can't move."""
    change(item, lease_until=Now() - timedelta(seconds=1))
