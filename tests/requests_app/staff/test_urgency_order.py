"""The list by urgency goes through all requests in one order, from each of them on, in both directions."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crosschq.core import clock
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.attention.problems import RANKS
from requests_app.models import OPEN_STATES, Problem, ReferenceRequest, RequestState
from requests_app.staff import paging
from requests_app.staff.queries import ALL, DONE, NEEDS, OPEN, URGENT, RequestFilters
from tests.extent import in_full
from tests.factories import make_organization
from tests.templates_app.factories import make_template

pytestmark = pytest.mark.django_db
PAGE_ROWS = 3
NONE = RequestFilters()
CAUSED = ("", Problem.REFERENCE_BOUNCED, Problem.APPROVAL, Problem.NOTE_FAILED, Problem.PAUSED)
DAYS = (-2, 1, 5)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Organization:
    """Requests with each kind of problem, due and silent or not, and some that have ended."""
    monkeypatch.setattr(paging, "PAGE_ROWS", PAGE_ROWS)
    acme = make_organization()
    template, now = make_template(acme), clock.now()
    with tenant(acme):
        ReferenceRequest.objects.bulk_create(
            ReferenceRequest(
                organization=acme,
                version=template.current,
                state=state,
                problem=problem if state in OPEN_STATES or problem == Problem.NOTE_FAILED else "",
                candidate_first_name=f"{state} {problem} {due} {silent}",
                candidate_email="maya@home.example",
                created_at=now - timedelta(days=9),
                due_at=now + timedelta(days=due),
                silent_at=now + timedelta(days=silent) if state in OPEN_STATES and problem != Problem.PAUSED else None,
                closes_at=now + timedelta(days=30),
            )
            for problem, due, silent in product(CAUSED, DAYS, (-1, 3))
            for state in (RequestState.SENT, RequestState.READY)
        )
    return acme


def expected(group: str, now: datetime) -> list[UUID]:
    """The requests of a group in the order of their most urgent problem, their due date, and their key."""

    def urgency(each: ReferenceRequest) -> int:
        problems = [RANKS[Problem(each.problem)]] if each.problem else []
        if each.is_open:
            problems += [RANKS[Problem.DUE]] if each.due_at <= now else []
            problems += [RANKS[Problem.SILENT]] if each.silent_at and each.silent_at <= now else []
        return min(problems, default=len(Problem))

    rows = [
        each
        for each in ReferenceRequest.objects.all()
        if {NEEDS: urgency(each) < len(Problem), OPEN: each.is_open, DONE: not each.is_open, ALL: True}[group]
    ]
    rows.sort(key=lambda each: (urgency(each), each.due_at, each.pk))
    return [each.uid for each in rows]


@pytest.mark.parametrize("group", [NEEDS, OPEN, DONE, ALL])
@pytest.mark.in_full
def test_from_each_request_on_the_next_and_previous_ones_are_in_order(desk: Organization, group: str) -> None:
    start = clock.now()
    with tenant(desk):
        for now in (start, start + timedelta(days=2), start + timedelta(days=4)):
            order = expected(group, now)
            assert len(order) > 4 * PAGE_ROWS
            for place, uid in list(enumerate(order))[:: 1 if in_full() else 7]:
                after = paging.page(NONE, group, URGENT, now, after=uid)
                assert [each.uid for each in after.rows] == order[place + 1 : place + 1 + PAGE_ROWS]
                before = paging.page(NONE, group, URGENT, now, before=uid)
                assert [each.uid for each in before.rows] == order[max(0, place - PAGE_ROWS) : place]


def test_all_pages_forward_and_back_show_each_request_once(desk: Organization) -> None:
    now = clock.now()
    with tenant(desk):
        order = expected(ALL, now)
        found = [paging.page(NONE, ALL, URGENT, now)]
        while found[-1].next:
            found.append(paging.page(NONE, ALL, URGENT, now, after=found[-1].next))
        assert [each.uid for page in found for each in page.rows] == order
        back = [paging.page(NONE, ALL, URGENT, now, before=page.previous) for page in found[1:]]
        assert [page.rows for page in back] == [page.rows for page in found[:-1]]


def test_a_request_that_no_longer_needs_a_person_is_left_behind(desk: Organization) -> None:
    now = clock.now()
    with tenant(desk):
        calm = expected(ALL, now)[-1]
        assert not paging.page(NONE, NEEDS, URGENT, now, after=calm).rows
        last = [each.uid for each in paging.page(NONE, NEEDS, URGENT, now, before=calm).rows]
        assert last == expected(NEEDS, now)[-PAGE_ROWS:]


@pytest.mark.in_full
def test_a_page_takes_at_most_two_statements(desk: Organization) -> None:
    now = clock.now()
    with tenant(desk):
        for uid in expected(ALL, now)[:: 1 if in_full() else 5]:
            with CaptureQueriesContext(connection) as seen:
                paging.page(NONE, ALL, URGENT, now, after=uid)
            # One more reads the request that the page starts from.
            assert len(seen) <= 3
