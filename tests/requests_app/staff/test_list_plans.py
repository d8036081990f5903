"""With 200 organizations and many requests, lists and counts read one organization's rows by index, on each page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from crosschq.core import clock
from crosschq.core.database.counting import count_up_to, is_any
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.attention.problems import RANKS
from requests_app.attention.urgency import urgency
from requests_app.models import Problem, ReferenceRequest
from requests_app.provided import open_requests_of_connection
from requests_app.report.settings import networks, private
from requests_app.staff import paging, queries
from requests_app.staff.queries import ALL, DONE, ENDED, NEEDS, OPEN, RequestFilters
from requests_app.start import ownership
from scripts.stack.stack import Stack
from templates_app.models import RequestTemplate
from templates_app.request_templates import usage
from tests.factories import make_connection, make_organization
from tests.patience import without_hurry
from tests.plans import without_autovacuum
from tests.stack.migrated import inserting
from tests.templates_app.factories import make_template

pytestmark = pytest.mark.slow
ORGANIZATIONS, EACH = 200, 500
TABLE, WORD_TABLE = "requests_app_referencerequest", "requests_app_searchword"
# One in ten is open; of those, one in ten bounced.
REQUESTS = """
INSERT INTO requests_app_referencerequest (
    organization_id, uid, state, version_id, position, job_title, candidate_first_name, candidate_last_name,
    candidate_email, candidate_phone, owner_name, owner_email, owner_rule, personal_message, ats_candidate_id,
    ats_job_id, ats_application_id, origin_sentence, is_test, erased_references, created_at, due_at, closes_at,
    finished_at, search_text, problem, silent_at
)
SELECT own.id, gen_random_uuid(), CASE WHEN n % 10 = 0 THEN 'waiting_for_references' WHEN n % 10 < 6 THEN 'ready'
    WHEN n % 10 < 8 THEN 'cancelled' ELSE 'expired' END, {version}, 'Engineer', 'Engineer ' || n % 20, 'Ana',
    'Ruiz ' || n,
    n || '@home.example', '', 'Owner ' || n % 20, 'owner-' || n % 20 || '@acme.example', '', '', '', '', '', '',
    false, 0, now() - n * interval '1 minute', now() + (n % 20 + 1) * interval '1 day', now() + interval '30 days',
    CASE WHEN n % 10 > 0 THEN now() END, 'ana ruiz ' || n || E'\\nengineer ' || n % 20,
    CASE WHEN n % 100 = 0 THEN 'reference_bounced' ELSE '' END,
    CASE WHEN n % 10 = 0 THEN now() + interval '3 days' END
FROM organizations_organization own, generate_series(1, {each}) n ORDER BY own.id, n
"""
WORDS = """
INSERT INTO requests_app_searchword (organization_id, reference_request_id, word)
SELECT organization_id, id, unnest(string_to_array(replace(search_text, E'\\n', ' '), ' '))
FROM requests_app_referencerequest
"""

# Half of them overdue, half bounced, among as many that need no person yet.
OVERDUE = """
INSERT INTO requests_app_referencerequest (
    organization_id, uid, state, version_id, position, job_title, candidate_first_name, candidate_last_name,
    candidate_email, candidate_phone, owner_name, owner_email, owner_rule, personal_message, ats_candidate_id,
    ats_job_id, ats_application_id, origin_sentence, is_test, erased_references, created_at, due_at, closes_at,
    search_text, problem, silent_at
)
SELECT %s, gen_random_uuid(), 'sent', %s, '', '', 'Ana', 'Ruiz', n || '@home.example', '', '', '', '', '', '', '', '',
    '', false, 0, now() - interval '9 days', now() + (n %% 40 - 20) * interval '1 hour', now() + interval '30 days',
    'ana ruiz', CASE WHEN n %% 4 = 0 THEN 'reference_bounced' ELSE '' END, now() + interval '3 days'
FROM generate_series(1, 8000) n
"""


# What a page is read from, without sorting all requests of its group.
INDEXES = {
    (ALL, queries.URGENT): "using requests_app_by_due_date",
    (OPEN, queries.NEWEST): "using requests_app_newest_live",
}


@pytest.fixture
def analyze(transactional_db: None, stack: Stack) -> Iterator[Callable[[], None]]:
    with without_autovacuum(stack, TABLE, WORD_TABLE) as analyze:
        yield analyze


@pytest.fixture
def crowded(analyze: Callable[[], None], stack: Stack) -> Organization:
    """One of 200 organizations with 500 requests each, before PostgreSQL has analyzed the tables."""
    with without_hurry():
        return fill(stack)


def fill(stack: Stack) -> Organization:
    organizations = [make_organization() for _ in range(ORGANIZATIONS)]
    crowded = organizations[ORGANIZATIONS // 2]
    template = make_template(crowded)
    with tenant(crowded):
        version = template.current.pk
    with inserting(stack, database.settings_dict["NAME"]) as sql:
        sql.execute(REQUESTS.format(version=version, each=EACH))
        sql.execute(WORDS)
    return crowded


def plan_of(organization: Organization, group: str, filters: RequestFilters, sort: str, *, deep: bool) -> str:
    """The query plans of a page and its counts."""
    now = clock.now()
    with tenant(organization):
        rows = queries.matching(filters, group, now)
        after = rows.order_by("pk").values_list("uid", flat=True)[rows.count() // 2] if deep else None

        def look() -> None:
            counts = queries.counts(organization, filters, now)
            assert paging.page(filters, group, sort, now, keys=counts.keys, after=after).rows

        return plans(look)


def plans(look: Callable[[], object]) -> str:
    with CaptureQueriesContext(database) as seen:
        look()
    found = []
    with database.cursor() as sql:
        for query in seen.captured_queries:
            sql.execute("EXPLAIN " + query["sql"])
            found += [row[0] for row in sql.fetchall()]
    return "\n".join(found)


def assert_counts_stop(organization: Organization) -> None:
    """The rows that a change affects are counted up to 1,000, from an index that has no others."""
    link = make_connection(organization)
    with tenant(organization):
        template = RequestTemplate.objects.get()
        looks: list[tuple[str, Callable[[], object]]] = [
            ("requests_app_state", lambda: private.affected(organization)),
            ("requests_app_state_of_owner", lambda: count_up_to(ownership.open_requests_of("owner-0@acme.example"))),
            ("requests_app_of_version_open", lambda: usage.request_usage([template.current])),
            ("requests_app_of_version_open", lambda: usage.newest_open_requests(template, 20)),
            ("requests_app_", lambda: open_requests_of_connection(link)),
            ("requests_app_", lambda: networks.open_requests(organization)),
        ]
        for index, look in looks:
            plan = plans(look)
            assert index in plan, plan
            assert f"Seq Scan on {TABLE}" not in plan, plan


def test_no_page_or_count_reads_other_organizations_requests(
    crowded: Organization, analyze: Callable[[], None]
) -> None:
    mine = RequestFilters(owner="owner-0@acme.example")
    cases = [(group, RequestFilters(), sort) for group in (NEEDS, OPEN, DONE, ENDED, ALL) for sort in paging.ORDERS]
    cases += [
        (OPEN, mine, queries.NEWEST),
        (NEEDS, mine, queries.URGENT),
        (OPEN, RequestFilters(due="7"), queries.BY_DUE),
    ]
    cases += [
        (ALL, RequestFilters(search="ruiz 40"), queries.NEWEST),
        (ALL, RequestFilters(job="Engineer 3"), queries.NEWEST),
        (ALL, RequestFilters(search="ana ruiz engineer"), queries.NEWEST),
        (DONE, RequestFilters(search="ana ruiz engineer"), queries.BY_DUE),
    ]
    for has_statistics in (False, True):
        for group, filters, sort in cases:
            for deep in (False, True):
                plan = plan_of(crowded, group, filters, sort, deep=deep)
                assert f"Seq Scan on {TABLE}" not in plan, (group, filters, sort, plan)
                if has_statistics and group == NEEDS and filters == RequestFilters():
                    assert "requests_app_attention" in plan, plan
                if has_statistics and group == ALL and sort != queries.URGENT and filters == RequestFilters():
                    # Neither all requests nor all that come after a page are sorted to find the keys of the next one.
                    assert re.search(r"on requests_app_referencerequest u0\b", plan), plan
                    assert not re.search(r"Sort Key: u0\.(created_at|due_at|name_key)", plan), (sort, plan)
                if has_statistics and filters == RequestFilters() and (group, sort) in INDEXES:
                    assert INDEXES[group, sort] in plan, (group, sort, plan)
                # Words that all requests have are looked up for each row of a page.
                assert "Semi Join" not in plan or not filters.search, plan
        analyze()
    assert_counts_stop(crowded)


def test_the_most_urgent_requests_are_read_in_order_however_many_need_a_person(
    crowded: Organization, analyze: Callable[[], None]
) -> None:
    with tenant(crowded), database.cursor() as sql:
        sql.execute(OVERDUE, [crowded.pk, RequestTemplate.objects.get().current.pk])
    analyze()
    now = clock.now()
    with tenant(crowded):
        # Of a large organization, PostgreSQL expects one soon wherever it begins to read.
        assert "Seq Scan" in plans(ReferenceRequest.objects.exists)
        assert "Seq Scan" not in plans(lambda: is_any(ReferenceRequest.objects.all()))
        rows = ReferenceRequest.objects.filter(queries.in_group(NEEDS, now))
        urgent = rows.annotate(urgency=urgency(now)).order_by("urgency", "due_at", "pk")
        anchors = [None, *(urgent.filter(urgency=rank)[100].uid for rank in (1, RANKS[Problem.DUE]))]
        for group, uid in product((NEEDS, ALL), anchors):
            for after, before in ((uid, None), (None, uid)):
                read = partial(paging.page, RequestFilters(), group, queries.URGENT, now, after=after, before=before)
                plan = plans(read)
                assert "requests_app_by_urgency" in plan, plan
                # Only the rows of the page are sorted, once more after their keys are known.
                assert not re.search(r"Sort Key:.*\bu0\.", plan), plan
