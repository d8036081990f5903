"""Pages that start at a row go through all rows once, in both directions, also where rows share a time."""

import re
from datetime import timedelta

import pytest
from django.db import connection

from crosschq.core import clock
from crosschq.core.database.keyset import behind, turned
from crosschq.tenancy.models import AuditEntry, Organization
from crosschq.tenancy.scope import tenant
from tests.factories import make_organization

NEWEST = ("-at", "-id")
ROWS, EACH = 12, 5


@pytest.fixture
def organization(db: None) -> Organization:
    """With twelve entries, four of them at the same time."""
    made, now = make_organization(), clock.now()
    with tenant(made):
        AuditEntry.objects.bulk_create(
            AuditEntry(organization=made, action=f"action-{n}", at=now - timedelta(minutes=n // 4)) for n in range(ROWS)
        )
    return made


@pytest.mark.parametrize("order", [NEWEST, tuple(turned(NEWEST))])
def test_each_row_is_on_one_page(organization: Organization, order: tuple[str, ...]) -> None:
    with tenant(organization):
        rows = AuditEntry.objects.filter(action__startswith="action-").order_by(*order)
        every, seen = list(rows), list(rows[:EACH])
        assert len(every) == ROWS
        while page := list(rows.filter(behind(order, (seen[-1].at, seen[-1].pk)))[:EACH]):
            seen += page
        assert seen == every
        backwards = rows.filter(behind(turned(order), (every[EACH].at, every[EACH].pk)))
        assert list(backwards) == every[:EACH]


def test_an_index_can_start_from_the_row(organization: Organization) -> None:
    with tenant(organization), connection.cursor() as sql:
        sql.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        plan = AuditEntry.objects.filter(behind(NEWEST, (clock.now(), 5))).order_by("-at").explain()
    assert "using organizations_audit_newest " in plan, plan
    assert re.search(r"Index Cond: .*\bat <=? ", plan), plan
    assert "Sort" not in plan, plan


def test_an_order_that_goes_up_and_down_is_refused() -> None:
    with pytest.raises(ValueError, match="goes up and down"):
        behind(("-at", "id"), (clock.now(), 5))
