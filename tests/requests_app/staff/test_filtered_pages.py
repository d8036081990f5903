"""The pages of a filtered list have the same requests in the same order, whether few or many of them match."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crosschq.core import clock
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.attention.urgency import urgency
from requests_app.models import ReferenceRequest, RequestState
from requests_app.staff import paging, queries
from requests_app.staff.queries import (
    ALL,
    BY_NAME,
    DONE,
    GROUPS,
    NEEDS,
    NEWEST,
    OPEN,
    SORTS,
    URGENT,
    RequestFilters,
)
from tests.architecture.pages import queries as counted
from tests.extent import in_full
from tests.factories import make_organization
from tests.requests_app.staff.crowd import OWNERS, crowd

pytestmark = pytest.mark.django_db
PAGE_ROWS = 6
# Made anew for each list, because they keep what their search found.
FILTERS: list[Callable[[], RequestFilters]] = [
    lambda: RequestFilters(job="Nurse"),
    lambda: RequestFilters(state=RequestState.SENT),
    lambda: RequestFilters(state=RequestState.READY, owner=OWNERS[0][1]),
    lambda: RequestFilters(due="overdue"),
    lambda: RequestFilters(due="7", job="Nurse"),
    lambda: RequestFilters(search="maya"),
    lambda: RequestFilters(search="nurse tom"),
    lambda: RequestFilters(search="nobody"),
    lambda: RequestFilters(owner=OWNERS[1][1]),
]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Organization:
    monkeypatch.setattr(paging, "PAGE_ROWS", PAGE_ROWS)
    # Fewer than match, so that some pages are found among the first requests of a group and others among all.
    monkeypatch.setattr(paging, "WALKED", 12)
    organization = make_organization()
    crowd(organization, open_requests=40, ended=20)
    return organization


# Whether a search and filters find few requests, which are then read by their keys, or more than that.
@pytest.mark.parametrize("most", [2, 1000])
@pytest.mark.in_full
def test_pages_of_each_filter_have_all_its_requests_in_order(
    desk: Organization, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(queries, "MOST_SAMPLED", most)
    now = clock.now()
    with tenant(desk):
        lists = list(product(GROUPS, SORTS)) if in_full() else [(NEEDS, URGENT), (ALL, BY_NAME)]
        for make, (group, sort) in product(FILTERS, lists):
            filters = make()
            rows = queries.filtered(filters, now).filter(queries.in_group(group, now)).annotate(urgency=urgency(now))
            words = filters.search.split()
            expected = [each for each in rows.order_by(*paging.ORDERS[sort]) if has_words(each, words)]
            keys = queries.counts(desk, filters, now).keys
            found = [paging.page(filters, group, sort, now, keys=keys)]
            while found[-1].next:
                found.append(paging.page(filters, group, sort, now, keys=keys, after=found[-1].next))
            shown = [each for page in found for each in page.rows]
            assert shown == expected, (filters, group, sort)
            for page, following in pairwise(found):
                back = paging.page(filters, group, sort, now, keys=keys, before=following.previous)
                assert back.rows == page.rows, (filters, group, sort)


def has_words(each: ReferenceRequest, words: list[str]) -> bool:
    return all(any(one.startswith(word) for one in each.search_text.split()) for word in words)


def test_a_page_takes_at_most_three_queries(desk: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_SAMPLED", 2)
    now = clock.now()
    with tenant(desk):
        for make, group, sort in product(FILTERS, (NEEDS, ALL), (URGENT, NEWEST)):
            filters = make()
            keys, start = queries.counts(desk, filters, now).keys, ReferenceRequest.objects.order_by("pk")[30].uid
            # The search itself is one of two queries, which the counts share.
            _words = filters.words
            with CaptureQueriesContext(connection) as seen:
                paging.page(filters, group, sort, now, keys=keys, after=start)
            assert len(counted(seen)) <= 3, (filters, group, sort)


def test_states_that_a_group_does_not_have_are_not_looked_for(desk: Organization) -> None:
    now = clock.now()
    with tenant(desk), CaptureQueriesContext(connection) as seen:
        assert not paging.page(RequestFilters(state=RequestState.READY), OPEN, "due", now).rows
        assert not paging.page(RequestFilters(due="overdue"), DONE, "due", now).rows
    assert not [query for query in seen.captured_queries if "requests_app_referencerequest" in query["sql"]]
