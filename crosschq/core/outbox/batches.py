"""Work items that were claimed together. work_item.py imports this, so items are `Any`."""

from collections.abc import Sequence
from typing import Any

import structlog
from django.utils.module_loading import import_string

from crosschq.core.database import rls
from crosschq.core.outbox import claims

log = structlog.get_logger(__name__)


def read_organizations(items: Sequence[Any]) -> None:
    """Give each item its organization, which every kind of work needs next. Call inside a scope of all tenants."""
    if not items:
        return
    organizations = type(items[0])._meta.get_field("organization").related_model._base_manager
    found = organizations.in_bulk({item.organization_id for item in items})
    for item in items:
        if item.organization_id in found:
            item.organization = found[item.organization_id]


def read_together(items: Sequence[Any]) -> None:
    """Read what performing the items needs, in few queries, if their table knows how."""
    read_by = items[0].read_by
    if len(items) == 1 or not read_by:
        return
    try:
        import_string(read_by)(items)
    except Exception as error:
        # Each item can read what it needs by itself, and then its own error is the one to store.
        log.warning("batch_not_read", work=items[0]._meta.label, kind=type(error).__name__)


def give_back(items: Sequence[Any]) -> None:
    """Give back claimed items that this process hasn't begun, so that they are due again."""
    tokens = [item.lease_token for item in items]
    if tokens:
        with rls.scope(rls.ALL_TENANTS):
            claims.give_back(items[0]._meta.db_table, tokens)
