"""With many prospects, each list filter reads a prospect's exports once, even before tables are analyzed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.core.paginator import Paginator
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from crosschq.core import clock
from crosschq.core.database.counting import count_up_to
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from prospects.export.views.run import notes
from prospects.models import ExportItem, ExportRun, ExportSettings
from prospects.staff import queries
from scripts.stack.stack import Stack
from tests.factories import make_connection, make_organization
from tests.patience import without_hurry
from tests.plans import without_autovacuum

pytestmark = pytest.mark.slow
PEOPLE = 20_000
TABLES = ("prospects_prospect", "prospects_exportitem", "prospects_prospectword")
PROSPECTS = """
INSERT INTO prospects_prospect (
    organization_id, uid, first_name, last_name, email, email_key, phone, employer, title, area_of_interest,
    created_at, consented_at, ends_at, removal, ats_candidate_id
)
SELECT %s, gen_random_uuid(), 'Ana', 'Ruiz ' || n, n || '@home.example', n || '@home.example', '', '', '', '',
    now() - n * interval '1 minute', now(), now() + interval '1 year', '', ''
FROM generate_series(%s, %s) n
"""
ITEMS = """
INSERT INTO prospects_exportitem (
    organization_id, settings_id, prospect_id, uid, state, attempts, available_at, held_for, reason, trace_id,
    created_at, job_id, job_title, outcome, candidate_id, automatic
)
SELECT organization_id, %s, id, gen_random_uuid(),
    CASE WHEN id %% 50 = 1 THEN 'dead' WHEN id %% 20 = 2 THEN 'pending' ELSE 'done' END,
    1, now(), '', '', '', now(), '', '', 'created', 'c-' || id, false
FROM prospects_prospect WHERE id %% 10 > 0 ORDER BY id
"""

WORDS = """
INSERT INTO prospects_prospectword (organization_id, prospect_id, word)
SELECT organization_id, id, unnest(ARRAY['ana', 'ruiz']) FROM prospects_prospect
"""


@pytest.fixture
def analyze(transactional_db: None, stack: Stack) -> Iterator[Callable[[], None]]:
    with without_autovacuum(stack, *TABLES) as analyze:
        yield analyze


@pytest.fixture
def crowded(analyze: Callable[[], None]) -> Iterator[Organization]:
    """20,000 prospects, nine in ten just exported, before PostgreSQL has analyzed the tables."""
    with without_hurry():
        yield fill()


def fill() -> Organization:
    link = make_connection(make_organization())
    with tenant(link.organization), database.cursor() as sql:
        settings = ExportSettings.objects.create(organization=link.organization, connection=link)
        sql.execute(PROSPECTS, [link.organization_id, 1, PEOPLE])
        # A foreign key check keeps its plan. A plan made while the table was small would scan the table for each row.
        sql.execute("DISCARD PLANS")
        sql.execute(ITEMS, [settings.pk])
    return link.organization


def plans(organization: Organization, wanted: queries.ProspectFilter) -> str:
    """The query plans of the page and the count of a filter."""
    with tenant(organization), CaptureQueriesContext(database) as seen:
        page = Paginator(queries.list_prospects(wanted, clock.now()), 50).get_page("")
        assert list(page)
        statements = [query["sql"] for query in seen.captured_queries if "exportitem" in query["sql"]]
        with database.cursor() as sql:
            found = []
            for statement in statements:
                sql.execute("EXPLAIN " + statement)
                found += [row[0] for row in sql.fetchall()]
    return "\n".join(found)


def test_each_filter_reads_the_exports_of_a_prospect_from_one_index(crowded: Organization) -> None:
    for state in queries.EXPORT_STATES:
        plan = plans(crowded, queries.ProspectFilter(export=state))
        assert "prospects_export_by_prospect" in plan, f"{state}:\n{plan}"
        for other in ("Nested Loop", "Hash Join", "BitmapAnd", "Seq Scan on prospects_exportitem"):
            assert other not in plan, f"{state}:\n{plan}"


def test_a_page_of_exported_prospects_is_read_in_the_order_of_the_list(
    crowded: Organization, analyze: Callable[[], None]
) -> None:
    analyze()
    with tenant(crowded), database.cursor() as sql:
        rows = queries.list_prospects(queries.ProspectFilter(export="exported"), clock.now())[:51]
        statement, parameters = rows.query.sql_with_params()
        sql.execute("EXPLAIN " + statement, parameters)
        plan = "\n".join(row[0] for row in sql.fetchall())
    assert "using prospects_newest" in plan, plan
    assert "Sort" not in plan, plan


def test_those_to_delete_in_the_ats_are_counted_without_reading_all_removed_ones(crowded: Organization) -> None:
    with tenant(crowded), CaptureQueriesContext(database) as seen, database.cursor() as sql:
        count_up_to(queries.candidates_to_delete())
        sql.execute("EXPLAIN " + seen.captured_queries[-1]["sql"])
        plan = "\n".join(row[0] for row in sql.fetchall())
    assert "prospects_to_delete_there" in plan, plan


def test_what_the_result_of_an_export_lists_is_found_without_reading_all_that_was_exported(
    crowded: Organization, analyze: Callable[[], None]
) -> None:
    with tenant(crowded), database.cursor() as sql:
        run = ExportRun.objects.create(organization=crowded, settings=ExportSettings.objects.get())
        ExportItem.objects.update(run=run)
        analyze()
        rows, parameters = notes(run).order_by().query.sql_with_params()
        sql.execute("EXPLAIN SELECT count(*) FROM (" + rows + ") listed", parameters)
        plan = "\n".join(row[0] for row in sql.fetchall())
    assert "prospects_export_notes" in plan, plan


def test_a_common_word_is_looked_up_for_each_prospect_of_a_page(
    crowded: Organization, analyze: Callable[[], None]
) -> None:
    with tenant(crowded), database.cursor() as sql:
        sql.execute(WORDS)
    analyze()
    for state in ("", *queries.EXPORT_STATES):
        plan = plans(crowded, queries.ProspectFilter("ana ruiz", state))
        assert "prospects_words_of" in plan, plan
        assert "Join" not in plan, plan


def test_the_export_filters_partition_the_prospects(crowded: Organization) -> None:
    with tenant(crowded):
        counts = [
            queries.matching(queries.ProspectFilter(export=state), clock.now()).count() for state in queries.BY_URGENCY
        ]
    assert sum(counts) == PEOPLE
    assert all(counts)
