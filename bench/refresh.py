"""Sixteen workers at each expiry of an access token: one refresh, no token used twice, no connection lost.

Goal: 1,000 expiries, 1,000 refreshes. The argument sets another number of expiries.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import requests

from bench import stage

WORKERS = 16


def main(expiries: int) -> None:
    with stage.sandbox() as url:
        stage.ready()
        from django.db import connections

        from connectors.calls.gateway import StoredTokens
        from connectors.models import Connection, ConnectionState
        from crosschq.core import clock
        from crosschq.tenancy.scope import cross_tenant, tenant

        connection_id = stage.connected(url)
        with cross_tenant("a benchmark"):
            connection = Connection.objects.select_related("organization").get(pk=connection_id)
        requests.post(f"{url}/_sandbox/requests/clear", json={}, timeout=10)

        def ask(_number: int) -> str:
            return StoredTokens(connection).current()

        began, odd = time.monotonic(), 0
        with ThreadPoolExecutor(WORKERS) as pool:
            for _ in range(expiries):
                with tenant(connection.organization):
                    Connection.objects.filter(pk=connection_id).update(
                        token_expires_at=clock.now(), token_stored_at=clock.now() - timedelta(minutes=30)
                    )
                odd += len(set(pool.map(ask, range(WORKERS)))) != 1
            list(pool.map(lambda _number: connections.close_all(), range(WORKERS * 4)))
        log = requests.get(f"{url}/_sandbox/requests", params={"template": "/identity/oauth/token"}, timeout=60).json()
        refused = sum(1 for entry in log if entry["status"] != 200)
        with tenant(connection.organization):
            state = Connection.objects.get(pk=connection_id).state
        print(f"expiries {expiries}, workers {WORKERS}, refreshes {len(log)}, refused {refused}, odd answers {odd}")
        print(f"connection {state}; {(time.monotonic() - began) / expiries * 1000:.0f} ms an expiry")
        if len(log) != expiries or refused or odd or state != ConnectionState.CONNECTED:
            raise SystemExit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
