"""Deleting an expired row costs the same in a large table as in a small one, because an index finds it."""

from __future__ import annotations

from django.db import connection

from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.privacy.retention.lifetimes import Expires, expiring
from crosschq.privacy.retention.sweep import expired
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from scripts.stack.stack import Stack
from tests.factories import make_organization
from tests.plans import without_autovacuum

FILL = """
INSERT INTO messaging_deliveryevent (organization_id, message_uid, provider, event_id, event_type, reject_reason,
    happened_at, received_at)
SELECT %(organization)s, gen_random_uuid(), 'smtp', n::text, 'delivered', '', now(),
    now() - n * interval '1 second' - %(days)s * interval '1 day'
FROM generate_series(1, %(rows)s) n
"""
REPORTS = next(line for line in expiring() if line.table == "messaging.DeliveryEvent")


def fill(organization: Organization, rows: int, *, days: int) -> None:
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as sql:
        sql.execute(FILL, {"organization": organization.pk, "rows": rows, "days": days})


def test_the_query_plan_uses_the_index(transactional_db: None, stack: Stack) -> None:
    acme = make_organization()
    with without_autovacuum(stack, "messaging_deliveryevent") as analyze:
        fill(acme, 20_000, days=1)
        fill(acme, 200, days=500)
        assert "messaging_delivery_received" in plan(REPORTS, acme)
        analyze()
        assert "messaging_delivery_received" in plan(REPORTS, acme)


def plan(line: Expires, organization: Organization) -> str:
    with tenant(organization):
        rows = expired(line, now=clock.now(), organization=organization)
        return str(rows.values_list("pk", flat=True)[:500].explain())
