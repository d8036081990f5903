"""How much of SmartRecruiters' allowed rate the shared limiter uses, and how often it gets 429.

    make bench NAME=rate SCALE=4      (four times the limit on both sides; ARGUMENTS="--rounds 3 --seconds 30")

Four processes with four threads each make as many calls to one endpoint as they can for half a minute, against a strict
sandbox (10 a second, 8 in flight). Floor: the same calls one after another without a limiter, which shows what a call
costs. Goal: at least 95% of the limit, at most 0.1% answered with 429, none lost.
"""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime
from multiprocessing import get_context
from typing import NamedTuple

import requests

from bench import results, stage
from bench.results import Line

LIMIT, SHARE, REFUSED = 10, 0.95, 0.001
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
    arguments = results.parser(__doc__)
    arguments.add_argument("--scale", type=float, default=1.0, help="multiply the limit")
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("--seconds", type=float, default=30)
    given = arguments.parse_args()
    limit = LIMIT * given.scale
    with stage.sandbox(rate_scale=given.scale) as url:
        stage.ready()
        connection_id = stage.connected(url)
        began = time.monotonic()
        for _ in range(5):
            requests.get(f"{url}/_sandbox/state", timeout=10)
        floor = (time.monotonic() - began) / 5
        rounds = []
        with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
            for number in range(1, given.rounds + 1):
                found = measured(pool, url, connection_id, given.seconds)
                rounds.append(found)
                print(
                    f"round {number}: {found.calls} calls, {found.rate:.2f} a second of {limit:g}:"
                    f" {found.rate / limit:.1%}; answered with 429: {found.refused}; callers saw {dict(found.seen)}",
                    flush=True,
                )
    print(f"a call without a limiter takes {floor * 1000:.1f} ms, so the limiter sets the pace")
    times = f"at {given.scale:g} times its rate"
    calls, refused = (sum(each) for each in zip(*((found.calls, found.refused) for found in rounds), strict=True))
    lines = [
        Line(f"share of an ATS's limit, {times}", [each.rate / limit for each in rounds], least=SHARE, gates=True),
        Line(f"calls answered with 429, {times}", [refused / calls], most=REFUSED, gates=True),
    ]
    results.finish(lines, given.results)


class Round(NamedTuple):
    calls: int
    refused: int
    rate: float
    """Calls a second."""
    seen: Counter[str]


def measured(pool: ProcessPoolExecutor, url: str, connection_id: int, seconds: float) -> Round:
    before = requests.get(f"{url}/_sandbox/requests", timeout=10).json()[-1]["seq"]
    seen = sum(pool.map(spend, [connection_id] * PROCESSES, [seconds] * PROCESSES), Counter[str]())
    log = requests.get(f"{url}/_sandbox/requests", params={"after": before}, timeout=30).json()
    calls = [entry for entry in log if entry["template"] == "/configuration/company"]
    refused = sum(1 for entry in calls if entry["status"] == 429)
    first, last = (datetime.fromisoformat(calls[edge]["at"]) for edge in (0, -1))
    return Round(len(calls), refused, (len(calls) - 1) / (last - first).total_seconds(), seen)


if __name__ == "__main__":
    main()
