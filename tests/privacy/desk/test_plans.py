"""The rights desk finds an address in each large table by an index."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.pages.multiply import multiply
from crosschq.privacy.desk.search import find_people
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from scripts.stack import databases
from scripts.stack.stack import Stack
from tests.architecture.world import make_world
from tests.patience import without_hurry

pytestmark = pytest.mark.slow

INDEXES = {
    "requests_app_referencerequest": "requests_app_of_candidate",
    "requests_app_reference": "requests_app_references_at",
    "requests_app_reader": "requests_app_readers_at",
    "messaging_message": "messaging_message_to",
    "webhooks_inboundevent": "webhooks_event_chosen_email",
}
REQUESTS = 3_000


@pytest.fixture
def crowded(transactional_db: None, stack: Stack) -> Iterator[Organization]:
    """An organization with 3,000 requests, analyzed."""
    organization = make_world().organization
    with without_hurry(), tenant(organization), connection.cursor() as sql:
        multiply(sql, REQUESTS, organization.pk)
    with databases.cursor(stack.owner_url(connection.settings_dict["NAME"])) as owner:
        owner.execute(f"ANALYZE {', '.join(INDEXES)}")
        yield organization
        owner.execute(f"TRUNCATE {', '.join(INDEXES)} CASCADE")
        owner.execute(f"ANALYZE {', '.join(INDEXES)}")


def test_an_address_is_looked_up_by_an_index_of_each_table(crowded: Organization) -> None:
    with tenant(crowded):
        with CaptureQueriesContext(connection) as asked:
            assert find_people("Maya+work@candidates.example").people
        plans: dict[str, str] = dict.fromkeys(INDEXES, "")
        with connection.cursor() as sql:
            for statement in (query["sql"] for query in asked.captured_queries if query["sql"].startswith("SELECT")):
                sql.execute(f"EXPLAIN {statement}")
                plan = "\n".join(row[0] for row in sql.fetchall())
                for table in INDEXES:
                    plans[table] += plan if f'FROM "{table}"' in statement else ""
    for table, index in INDEXES.items():
        assert f"{index} " in plans[table], f"{table}:\n{plans[table]}"
        assert f"Seq Scan on {table}" not in plans[table], table
