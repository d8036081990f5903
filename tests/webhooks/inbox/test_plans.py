"""With many events, the log, its filters and the claims use indexes and never scan the whole table."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import claims, work_item
from crosschq.core.outbox.queues import VENDOR
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import cross_tenant, tenant
from scripts.stack.stack import Stack
from tests.factories import make_connection, make_organization
from tests.patience import without_hurry
from tests.plans import without_autovacuum
from webhooks.decision import burst_guard
from webhooks.inbox import backfill
from webhooks.log import owner_notices, queries, review
from webhooks.models import InboundEvent

pytestmark = pytest.mark.slow
TABLE = "webhooks_inboundevent"
CONNECTIONS, EVENTS = 20, 1000
FILL = """
INSERT INTO webhooks_inboundevent (
    organization_id, connection_id, uid, event_id, event_name, event_version, body, happened_at, outcome, "values",
    checks, candidate_id, candidate_name, job_id, job_title, attempt_log, outcome_at, allow_repeat, asked_by,
    notified_outcome, state, attempts, available_at, held_for, reason, trace_id, created_at
)
SELECT c.organization_id, c.id, gen_random_uuid(), 'e-' || n, 'application.status.updated', '', '', at, outcome, '{}',
    '[]', 'c-' || n, 'Candidate ' || n, 'j-' || n %% 50, 'Job ' || n %% 50, '[]', at, false, '', outcome, filled.state,
    1, at, '', '', '', at
FROM connectors_connection c CROSS JOIN LATERAL (
    SELECT n, now() - n * interval '1 hour' AS at,
        CASE WHEN n %% 100 = 0 THEN 'hold.old' WHEN n %% 10 = 0 THEN 'fail.gave_up' WHEN n %% 5 = 0 THEN 'no.tag_empty'
             WHEN n %% 4 = 0 THEN 'sent.matched' ELSE 'no.other_step' END AS outcome,
        CASE WHEN n %% 100 = 0 THEN 'held' WHEN n %% 250 = 1 THEN 'pending' ELSE 'done' END AS state
    FROM generate_series(1, %s) n
) filled
WHERE c.id = %s
"""
LOG = {
    "all about the step": queries.EventFilters(),
    "everything": queries.EventFilters(family="all"),
    "a family": queries.EventFilters(family="hold"),
    "a text": queries.EventFilters(text="Candidate 77"),
    "days": queries.EventFilters(since=clock.now() - timedelta(days=3), until=clock.now()),
    "a template": queries.EventFilters(template=uuid.uuid4()),
}
LOOKS: dict[str, Callable[[Connection], object]] = {
    "who waits for a review": lambda one: list(review.waiting(one)),
    "how many wait": review.counted,
    "a flood": lambda one: list(burst_guard.waiting(one)),
    "another page": lambda one: queries.page(queries.find(one, queries.EventFilters()), before="1780000000000000-5"),
    "the candidates' earlier events": lambda one: backfill._known(one, {"c-7", "c-9"}, clock.now()),
}


@pytest.fixture
def busy(transactional_db: None, stack: Stack) -> Iterator[Connection]:
    """One of twenty connections with a thousand events each."""
    made = [make_connection(make_organization(), requests_on_since=clock.now()) for _ in range(CONNECTIONS)]
    with without_autovacuum(stack, TABLE) as analyze, without_hurry():
        with cross_tenant("rows of every organization, to plan for"), database.cursor() as sql:
            for one in made:
                sql.execute(FILL, [EVENTS, one.pk])
        analyze()
        yield made[7]


def plans(ask: Callable[[], object]) -> list[str]:
    """The query plan of each statement about events that this runs, in the same scope."""
    with CaptureQueriesContext(database) as seen:
        ask()
        statements = [query["sql"] for query in seen.captured_queries if TABLE in query["sql"]]
    found = []
    with database.cursor() as sql:
        for statement in statements:
            sql.execute("EXPLAIN " + statement)
            found.append("\n".join(row[0] for row in sql.fetchall()))
    assert found
    return found


def test_log_pages_are_read_from_an_index_without_sorting(busy: Connection) -> None:
    indexes = {
        "all about the step": "webhooks_event_log",
        "everything": "webhooks_event_newest",
        "a family": "webhooks_event_family",
        "a template": "webhooks_event_of_template",
    }
    for name, index in indexes.items():
        with tenant(busy.organization):
            (plan,) = plans(lambda name=name: queries.page(queries.find(busy, LOG[name])))  # type: ignore[misc]
        # What is sorted are the rows that name one candidate.
        page, _names = plan.split("SubPlan", 1)
        assert f"using {index} " in page, f"{name}:\n{plan}"
        assert "Sort" not in page, f"{name}:\n{plan}"


def test_a_search_reads_the_newest_events_without_sorting(busy: Connection) -> None:
    with tenant(busy.organization):
        (plan,) = plans(lambda: queries.page(queries.find(busy, LOG["a text"])))
    newest, _limit, _others = plan.partition("SubPlan")
    assert newest.count("using webhooks_event_log ") == 2, plan
    assert "Sort" not in newest, plan


def test_each_page_of_the_review_reads_an_index_in_its_order(busy: Connection) -> None:
    with tenant(busy.organization):
        first, later, counts, looking = (
            plans(look)[0]
            for look in (
                lambda: review.page(busy),
                lambda: review.page(busy, "1780000000000000-5"),
                lambda: review.counted(busy),
                lambda: review.looking(busy),
            )
        )
    for plan in (first, later, counts):
        # What is sorted are the events of one candidate and job.
        assert "using webhooks_event_to_review " in plan, plan
        assert not re.search(r"^( *-> +)?(Sort|Unique|Hash)", plan.split("SubPlan")[0], re.MULTILINE), plan
    assert "using webhooks_inboundevent_held " in counts, counts
    assert "using webhooks_event_again " in looking, looking


def test_an_event_is_changed_by_its_key(busy: Connection) -> None:
    """Not by the small index of all events that are worked on: it keeps the entries of many that no longer are."""
    with tenant(busy.organization):
        event = InboundEvent.objects.filter(state=WorkState.PENDING).earliest("pk")
        event.lease_token = uuid.uuid4()
        (plan,) = plans(lambda: claims.change_under_lease(event, {"state": WorkState.DONE}))
    assert "using webhooks_inboundevent_pkey " in plan, plan
    assert "webhooks_inboundevent_busy" not in plan, plan


def test_a_claim_counts_what_a_connection_runs_once(busy: Connection) -> None:
    statement, parameters = claims.due_rows(claims.table_of(InboundEvent), VENDOR, 3)
    with cross_tenant("work is claimed for every organization"), database.cursor() as sql:
        sql.execute("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + statement, parameters)
        plan = "\n".join(row[0] for row in sql.fetchall())
    assert re.search(r"Index Scan using webhooks_inboundevent_busy .*loops=1\)", plan), plan


def test_no_query_scans_the_whole_table(busy: Connection) -> None:
    looked = dict(LOOKS)
    for name, filters in LOG.items():
        looked[name] = lambda one, filters=filters: queries.page(queries.find(one, filters))  # type: ignore[misc]
    for name, look in looked.items():
        with tenant(busy.organization):
            for plan in plans(lambda look=look: look(busy)):  # type: ignore[misc]
                assert f"Seq Scan on {TABLE}" not in plan, f"{name}:\n{plan}"
                # All rows of the organization, intersected with all of its connection.
                assert "BitmapAnd" not in plan, f"{name}:\n{plan}"
    for name, work_of_all in {
        "a claim": lambda: work_item.claim(InboundEvent),
        "the notices": owner_notices.plan,
    }.items():
        with cross_tenant("work is claimed for every organization"):
            for plan in plans(work_of_all):
                assert f"Seq Scan on {TABLE}" not in plan, f"{name}:\n{plan}"
