"""Among many requests of many organizations, a person's are found by indexes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crosschq.privacy.desk.search import find_people
from crosschq.privacy.holdings import everything_about
from crosschq.tenancy.models import Organization
from crosschq.tenancy.person import PersonKind, Sought, email_keys
from crosschq.tenancy.scope import tenant
from tests.requests_app.staff.test_list_plans import TABLE, WORD_TABLE, analyze, crowded, plans

__all__ = ["analyze", "crowded"]
pytestmark = pytest.mark.slow


def test_what_leads_to_a_person_and_their_rows_are_read_by_index(
    crowded: Organization, analyze: Callable[[], None]
) -> None:
    analyze()
    with tenant(crowded):
        plan = plans(search_for_one)
    assert f"Seq Scan on {TABLE}" not in plan, plan
    # Once for the spellings, once for what they lead to, once for the rows.
    conditions = [line for line in plan.splitlines() if "Index Cond" in line and "candidate_mailbox" in line]
    assert len(conditions) >= 3, plan


def test_a_search_by_name_reads_no_table_as_a_whole(crowded: Organization, analyze: Callable[[], None]) -> None:
    analyze()
    for name, people in {"ruiz 40": 11, "ana nobody": 0}.items():
        with tenant(crowded):
            plan = plans(lambda name=name: find_people(name))  # type: ignore[misc]
            assert len(find_people(name).people) == people
        for table in (TABLE, WORD_TABLE):
            assert f"Seq Scan on {table} " not in plan, (name, plan)


def search_for_one() -> None:
    found = everything_about(Sought(keys=email_keys("7@home.example")))
    assert [match.kind for match in found] == [PersonKind.CANDIDATE]
