"""Opens pages in two databases alternately, and compares their times."""

from __future__ import annotations

import gc
import re
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, cast

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.results import Line
from crosschq.core.database import rls
from crosschq.tenancy.models import User
from tests.architecture.pages import MOST_QUERIES, OF_ALL_TABLES, queries

MOST_RATIO = 1.2
# Less than this, in seconds, is noise.
NOISE = 0.005
PHONE, STAFF, LISTS = 0.050, 0.100, 0.150
LIST_PAGES = ("requests:list", "events:list", "prospects:list", "audit:list")


@dataclass
class Side:
    """A database, and the browsers of those who open pages in it."""

    database: BaseDatabaseWrapper
    browsers: dict[str, Client] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)

    def database_time(self) -> float:
        """The CPU seconds of its process, from https://docs.kernel.org/scheduler/sched-stats.html."""
        backend = self.database.connection.info.backend_pid
        return int(Path(f"/proc/{backend}/schedstat").read_text().split()[0]) / 1e9


@dataclass(frozen=True)
class Seconds:
    """The seconds of one visit: elapsed, and of CPU time in this thread and in the database's process."""

    wall: float
    cpu: float


@dataclass
class Figures:
    """The times of one page in seconds: a list for each round, at both sizes."""

    name: str
    is_staff: bool
    queries: int = 0
    few: list[list[Seconds]] = field(default_factory=list)
    many: list[list[Seconds]] = field(default_factory=list)
    slowest: list[tuple[float, str]] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios of CPU time."""
        return statistics.median(self.ratios)

    @property
    def ratios(self) -> list[float]:
        return [_cpu(many) / _cpu(few) for few, many in zip(self.few, self.many, strict=True)]

    @property
    def details(self) -> dict[str, Any]:
        return {
            "queries": self.queries,
            "p95_few_ms": round(p95(self.few) * 1000, 1),
            "p95_many_ms": round(p95(self.many) * 1000, 1),
            "most_ms": self.most * 1000,
            "ratios": [round(each, 2) for each in self.ratios],
        }

    @property
    def difference(self) -> float:
        return _cpu([*chain(*self.many)]) - _cpu([*chain(*self.few)])

    @property
    def most(self) -> float:
        if self.name.partition(" ")[0] in LIST_PAGES:
            return LISTS
        return STAFF if self.is_staff else PHONE

    @property
    def is_missed(self) -> bool:
        is_slower = self.ratio > MOST_RATIO and self.difference > NOISE
        return is_slower or self.queries > OF_ALL_TABLES.get(self.name, MOST_QUERIES) or p95(self.many) > self.most


def _cpu(visits: Sequence[Seconds]) -> float:
    return statistics.median(each.cpu for each in visits)


def p95(rounds: Sequence[Sequence[Seconds]]) -> float:
    """The 95th percentile of the CPU time, which is what a visit takes on an idle machine."""
    values = sorted(visit.cpu for each in rounds for visit in each)
    return values[int(len(values) * 0.95)]


@dataclass(frozen=True)
class Extent:
    """How often each page is opened at each size, and which. with_plans: print the plans of the slowest statements.

    only: a regular expression for their names.
    """

    rounds: int
    samples: int
    only: str
    with_plans: bool


def measured(few_url: str, many_url: str, extent: Extent) -> list[Figures]:
    few, many = Side(_wrapper(few_url)), Side(_wrapper(many_url))
    for side in (few, many):
        with using(side):
            side.marks = _marks()
    with using(few), few.database.cursor() as sql:
        sql.execute("SELECT name, path, member FROM bench_page")
        pages = [page for page in sql.fetchall() if re.search(extent.only, page[0])]
    figures = []
    for name, path, member in pages:
        found = _page(few, many, extent, name, path, member)
        if found:
            figures.append(found)
            print(line(found), flush=True)
            if extent.with_plans:
                with using(many):
                    _print_plans(found)
    return figures


def _print_plans(found: Figures) -> None:
    """The plans of the statements that took longest."""
    from crosschq.tenancy.models import Organization

    with rls.scope(str(Organization.objects.order_by("pk")[0].pk)), connection.cursor() as sql:
        for seconds, statement in found.slowest:
            if statement.startswith("SELECT"):
                sql.execute("EXPLAIN (ANALYZE, COSTS OFF, BUFFERS OFF) " + statement)
                print(f"{seconds * 1000:.0f} ms: {statement}")
                print("\n".join(f"    {row[0]}" for row in sql.fetchall()))


def _page(few: Side, many: Side, extent: Extent, name: str, path: str, member: str) -> Figures | None:
    found = Figures(name, is_staff=bool(member))
    statuses = [_open(side, path, member, found) for side in (few, many)]
    if statuses != [200, 200]:
        if max(statuses) >= 500:
            print(f"{name}: {statuses}")
        return None
    # As in gunicorn.conf.py. Otherwise a collection goes through everything that was loaded, 150 ms of one visit.
    gc.collect()
    gc.freeze()
    for _round in range(extent.rounds):
        for side, times in ((few, found.few), (many, found.many)):
            with using(side):
                times.append([_seconds(side, path, member) for _ in range(extent.samples)])
    return found


def _open(side: Side, path: str, member: str, found: Figures) -> int:
    """The first visit fills the caches of the process, counts the queries, and keeps the slowest of them."""
    with using(side):
        if member not in side.browsers:
            side.browsers[member] = Client(SERVER_NAME="localhost", raise_request_exception=False)
            if member:
                side.browsers[member].force_login(User.objects.get(email=member))
        with CaptureQueriesContext(side.database) as asked:
            status = side.browsers[member].get(path.format(**side.marks)).status_code
        statements = [(float(one["time"]), one["sql"]) for one in asked.captured_queries]
        found.queries = max(found.queries, len(queries(asked)))
        found.slowest = sorted(statements, reverse=True)[:2]
        return status


def _seconds(side: Side, path: str, member: str) -> Seconds:
    began, ours, theirs = time.perf_counter(), time.thread_time(), side.database_time()
    response = side.browsers[member].get(path.format(**side.marks))
    if response.streaming:
        b"".join(cast(Any, response).streaming_content)
    cpu = time.thread_time() - ours + side.database_time() - theirs
    return Seconds(time.perf_counter() - began, cpu)


def line(found: Figures) -> str:
    few, many = p95(found.few) * 1000, p95(found.many) * 1000
    mark = "  <-- missed" if found.is_missed else ""
    return f"{found.name:60} {found.queries:3} {few:8.1f} {many:8.1f} {found.ratio:6.2f}{mark}"


def lines(figures: Sequence[Figures]) -> list[Line]:
    """The ratio of each page that missed a goal, then how many did; all pages are in the details."""
    missed = [each for each in figures if each.is_missed]
    pages = {each.name: each.details for each in figures}
    return [
        *(Line(each.name, each.ratios, most=MOST_RATIO, details=each.details) for each in missed),
        Line("pages that missed a goal", [len(missed)], most=0, gates=True, details=pages),
        Line("median ratio of all pages", [statistics.median(each.ratio for each in figures)], most=MOST_RATIO),
    ]


def _marks() -> dict[str, str]:
    """The middle of each list, and a word that one candidate has, in this database."""
    from crosschq.tenancy.models import AuditEntry, Organization
    from crosschq.tenancy.scope import tenant
    from prospects.models import Prospect
    from requests_app.models import ReferenceRequest
    from requests_app.report.sharing.live import LATEST, live_shares
    from webhooks.log.queries import cursor_of
    from webhooks.models import InboundEvent

    first = Organization.objects.order_by("pk")[0]
    with tenant(first):

        def middle(rows: Any) -> Any:
            # Its key first, from an index alone: whole rows would take longer than a statement may.
            return rows.get(pk=rows.values_list("pk", flat=True)[max(rows.count() // 2 - 1, 0)])

        request = middle(ReferenceRequest.objects.order_by("-created_at", "-pk"))
        event = middle(InboundEvent.objects.order_by("-created_at", "-pk"))
        prospect = middle(Prospect.objects.filter(removed_at=None).order_by("-created_at", "-pk"))
        reader = middle(live_shares().order_by(*LATEST))
        entry = middle(AuditEntry.objects.order_by("-at"))
        return {
            "request": str(request.uid),
            "template": str(request.version.template.uid),
            "event": cursor_of(event),
            "entry": str(entry.uid),
            "prospect": str(prospect.uid),
            "reader": str(reader.uid),
            "member": str(reader.shared_by_id),
            "word": request.candidate_last_name.rpartition(" ")[2],
        }


def _wrapper(url: str) -> BaseDatabaseWrapper:
    from psycopg2.extensions import parse_dsn

    parts = parse_dsn(url.replace("postgres://", "postgresql://", 1))
    wrapper = connections["default"].copy()
    wrapper.settings_dict = {**wrapper.settings_dict, "NAME": parts["dbname"], "CONN_MAX_AGE": None}
    # Their CPU time would be left out.
    options = wrapper.settings_dict["OPTIONS"]
    alone = f"{options['options']} -c max_parallel_workers_per_gather=0"
    wrapper.settings_dict["OPTIONS"] = {**options, "options": alone}
    return wrapper


@contextmanager
def using(side: Side) -> Iterator[None]:
    """Let the product work in this database."""
    before = connections["default"]
    connections["default"] = side.database
    try:
        yield
    finally:
        connections["default"] = before
