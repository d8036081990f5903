"""Ten thousand prospects, exported while a worker is killed every five seconds and 3% of the calls fail.

    make export-storm      (COUNT=n: how many prospects; SCALE=n: multiplies the rate limits on both sides)

Each prospect must become one candidate in a strict sandbox: none missing, none twice, with the chosen tags and source.
Two workers run like Celery's processes. They are killed in turn, and each is replaced immediately. Ceiling: the rate
that SmartRecruiters allows, 10 a second, times SCALE. Goal: at least 95% of it, on a machine that does nothing else.
Takes six minutes, and never more than fifteen.
"""

from __future__ import annotations

import argparse
import os
import signal
import time
from collections import Counter
from datetime import datetime
from multiprocessing import get_context
from typing import Any

import requests

from bench import stage
from scripts.stack.processes import free_port

WORKERS = 2
KILL_EVERY_SECONDS = 5.0
GOAL = 0.95
MOST_SECONDS = 900.0
TAGS = ("crosschq", "storm")
ENDPOINT = "POST /candidates"
# Before the call is done; after it, with the response lost; after it, with the response cut off.
FAULTS = ({"kind": "status", "status": 503}, {"kind": "reset"}, {"kind": "truncated"})


def worker(seconds: float) -> None:
    """What a worker process does without a broker: it polls for work."""
    from crosschq.core.outbox import workers

    workers.start(["export"])
    time.sleep(seconds)


def prepared(url: str, connection_id: int, count: int) -> Any:
    """Prepare this many prospects, valid settings, and a run over all of them."""
    from connectors.models import Connection
    from crosschq.core import clock
    from crosschq.tenancy.scope import cross_tenant, tenant
    from prospects.export import runs
    from prospects.export import settings as export_settings
    from prospects.export_options import options
    from prospects.models import Prospect

    with cross_tenant("a benchmark"):
        connection = Connection.objects.select_related("organization", "connected_by").get(pk=connection_id)
    seen = options.CachedOptions.load(options.refresh_now(connection))
    source = seen.recommended
    if source is None or connection.connected_by is None:
        raise SystemExit("the sandbox's company has changed")
    wanted = export_settings.ExportSettingsInput(dict(seen.types)[source.type_id], source, (), TAGS)
    rows = [
        Prospect(
            organization=connection.organization,
            first_name="Noa",
            last_name=f"Adeyemi-{number}",
            email=f"noa-{number}@example.com",
            email_key=f"noa-{number}@example.com",
            employer="Ledgerly",
            title="Engineer",
            ends_at=clock.now().replace(year=clock.now().year + 1),
        )
        for number in range(count)
    ]
    with tenant(connection.organization):
        Prospect.objects.bulk_create(rows, batch_size=1000)
        settings = export_settings.save(connection=connection, submitted=wanted, actor=connection.connected_by)
        run = runs.start(settings=settings, actor=connection.connected_by)
    for fault in FAULTS:
        body = {"route": ENDPOINT, "times": 1_000_000, "share": 0.01, **fault}
        requests.post(f"{url}/_sandbox/faults", json=body, timeout=10).raise_for_status()
    return run


def kill_in_turns(run: Any) -> tuple[int, float]:
    """Keep the workers running, and kill one every five seconds until the run ends.

    Returns how many kills, and seconds.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(["bench.warm"])
    running = [context.Process(target=worker, args=[MOST_SECONDS], daemon=True) for _ in range(WORKERS)]
    for process in running:
        process.start()
    began, kills = time.monotonic(), 0
    try:
        while not ended(run) and time.monotonic() - began < MOST_SECONDS:
            time.sleep(KILL_EVERY_SECONDS)
            victim = running[kills % WORKERS]
            os.kill(victim.pid or 0, signal.SIGKILL)
            victim.join()
            kills += 1
            running[(kills - 1) % WORKERS] = context.Process(target=worker, args=[MOST_SECONDS], daemon=True)
            running[(kills - 1) % WORKERS].start()
        return kills, time.monotonic() - began
    finally:
        for process in running:
            process.kill()
            process.join()


def ended(run: Any) -> bool:
    from crosschq.tenancy.scope import tenant

    with tenant(run.organization):
        run.refresh_from_db(fields=["finished_at"])
    return run.finished_at is not None


def report(url: str, run: Any, *, count: int, scale: float, kills: int, seconds: float) -> bool:
    """Print the figures. Returns whether the goals are met."""
    from crosschq.tenancy.scope import tenant
    from prospects.models import ExportItem

    there = requests.get(f"{url}/_sandbox/state", timeout=60).json()["candidates"]
    ours = [candidate for candidate in there if (candidate["email"] or "").startswith("noa-")]
    copies = Counter(candidate["email"] for candidate in ours)
    right = [c for c in ours if sorted(c["tags"]) == sorted(TAGS) and c["pool_source"] == "Crosschq"]
    with tenant(run.organization):
        items = ExportItem.objects.filter(run=run)
        states = Counter(items.values_list("state", "outcome"))
        ids = set(items.values_list("candidate_id", flat=True))
    log = requests.get(f"{url}/_sandbox/requests", timeout=60).json()
    calls = [entry for entry in log if f"{entry['method']} {entry['template']}" == ENDPOINT]
    refused = sum(entry["status"] == 429 for entry in calls)
    # The last ones wait for leases and retries rather than for the limits.
    at = [datetime.fromisoformat(entry["at"]) for entry in calls if entry["status"] != 429][: int(count * 0.95)]
    rate = (len(at) - 1) / (at[-1] - at[0]).total_seconds()
    share = rate / (10 * scale)
    print(f"prospects        {count}")
    print(f"candidates       {len(copies)} people, {len(ours) - len(copies)} twice, {count - len(copies)} missing")
    print(f"tags and source  {len(right)} as set")
    print(f"items            { {f'{state} {outcome}'.strip(): n for (state, outcome), n in states.items()} }")
    print(f"ids kept         {len(ids - {''})} of {len({c['id'] for c in ours})}")
    print(f"killed           {kills} times in {seconds:.0f} s")
    print(f"calls            {len(calls)}, of them {sum(e['fault'] is not None for e in calls)} with a fault")
    print(f"answered 429     {refused}, {refused / max(1, len(calls)):.3%}")
    print(f"rate             {rate:.2f} a second of {10 * scale:g} allowed: {share:.1%} (goal {GOAL:.0%})")
    if share < GOAL:
        print(f"below the goal   with a load of {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores")
    return len(copies) == len(ours) == len(right) == count and states == {("done", "created"): count}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--count", type=int, default=10_000)
    arguments.add_argument("--scale", type=float, default=3.0)
    given = arguments.parse_args()
    os.environ.update(CELERY_BROKER_URL=f"redis://127.0.0.1:{free_port()}/0")
    with stage.sandbox(rate_scale=given.scale) as url:
        stage.ready()
        run = prepared(url, stage.connected(url), given.count)
        kills, seconds = kill_in_turns(run)
        if not report(url, run, count=given.count, scale=given.scale, kills=kills, seconds=seconds):
            raise SystemExit("The goals weren't met.")


if __name__ == "__main__":
    main()
