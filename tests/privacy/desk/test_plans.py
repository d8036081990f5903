"""The rights desk finds an address in each large table by an index."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crosschq.privacy.desk.search import find_people
from crosschq.tenancy.scope import tenant
from tests.requests_app.factories import waiting_request

pytestmark = pytest.mark.django_db

INDEXES = {
    "requests_app_referencerequest": "requests_app_of_candidate",
    "requests_app_reference": "requests_app_references_at",
    "requests_app_reader": "requests_app_readers_at",
    "messaging_message": "messaging_message_to",
    "webhooks_inboundevent": "webhooks_event_chosen_email",
}


def test_an_address_is_looked_up_by_an_index_of_each_table() -> None:
    scenario = waiting_request()
    with tenant(scenario.organization):
        with CaptureQueriesContext(connection) as asked:
            assert find_people("Maya+work@candidates.example").people
        plans: dict[str, str] = dict.fromkeys(INDEXES, "")
        with connection.cursor() as sql:
            # The tables are so small that reading all of them is as fast.
            sql.execute("SET LOCAL enable_seqscan = off")
            for statement in (query["sql"] for query in asked.captured_queries if query["sql"].startswith("SELECT")):
                sql.execute(f"EXPLAIN {statement}")
                plan = "\n".join(row[0] for row in sql.fetchall())
                for table in INDEXES:
                    plans[table] += plan if f'FROM "{table}"' in statement else ""
    for table, index in INDEXES.items():
        assert f"{index} " in plans[table], f"{table}:\n{plans[table]}"
        assert f"Seq Scan on {table}" not in plans[table], table
