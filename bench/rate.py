"""How much of SmartRecruiters' allowed rate the shared limiter uses, and how often it gets 429.

    make bench NAME=rate SCALE=4      (four times the limit on both sides)

Four processes with four threads each make as many calls to one endpoint as they can for half a minute, against a strict
sandbox (10 a second, 8 in flight). Floor: the same calls one after another without a limiter, which shows what a call
costs. Goal: at least 95% of the limit, at most 0.1% answered with 429, none lost.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime
from multiprocessing import get_context

import requests

from bench import stage

SECONDS = 30
PROCESSES, THREADS = 4, 4


def spend(connection_id: int, seconds: float) -> Counter[str]:
    stage.ready()
    from connectors import ats
    from connectors.calls.gateway import open_ats
    from connectors.models import Connection
    from crosschq.tenancy.scope import cross_tenant

    with cross_tenant("a benchmark"):
        connection = Connection.objects.select_related("organization").get(pk=connection_id)
    until = time.monotonic() + seconds

    def work(_number: int) -> Counter[str]:
        from django.db import connections

        done: Counter[str] = Counter()
        while time.monotonic() < until:
            try:
                open_ats(connection).company()
                done["ok"] += 1
            except ats.AtsError as error:
                done[type(error).__name__] += 1
        connections.close_all()
        return done

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(work, range(THREADS)), Counter[str]())


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--scale", type=float, default=1.0, help="multiply the limit")
    scale = arguments.parse_args().scale
    with stage.sandbox(rate_scale=scale) as url:
        stage.ready()
        connection_id = stage.connected(url)
        began = time.monotonic()
        for _ in range(5):
            requests.get(f"{url}/_sandbox/state", timeout=10)
        floor = (time.monotonic() - began) / 5
        before = requests.get(f"{url}/_sandbox/requests", timeout=10).json()[-1]["seq"]
        began = time.monotonic()
        with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
            results = list(pool.map(spend, [connection_id] * PROCESSES, [SECONDS] * PROCESSES))
        total = sum(results, Counter[str]())
        log = requests.get(f"{url}/_sandbox/requests", params={"after": before}, timeout=30).json()
        calls = [entry for entry in log if entry["template"] == "/configuration/company"]
        refused = sum(1 for entry in calls if entry["status"] == 429)
        first, last = (datetime.fromisoformat(calls[edge]["at"]) for edge in (0, -1))
        spent = (last - first).total_seconds()
        rate, limit = (len(calls) - 1) / spent, 10 * scale
        print(f"calls            {len(calls)} in {spent:.1f} s, {rate:.2f} a second of {limit:g}: {rate / limit:.1%}")
        print(f"answered 429     {refused}, {refused / max(1, len(calls)):.3%}")
        print(f"seen by callers  {dict(total)}")
        print(f"floor            {floor * 1000:.1f} ms a call without a limiter, so the limiter sets the pace")
        print(f"elapsed          {time.monotonic() - began:.1f} s with the start of the processes")


if __name__ == "__main__":
    main()
