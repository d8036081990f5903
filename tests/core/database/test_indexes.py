"""Rows of busy tables are written without indexes that another one replaces."""

import pytest
from django.apps import apps
from django.db import connection

pytestmark = pytest.mark.django_db

BUSY = (
    "webhooks_inboundevent",
    "requests_app_referencerequest",
    "requests_app_reference",
    "requests_app_reader",
    "requests_app_searchword",
    "requests_app_response",
    "requests_app_reminder",
    "requests_app_timelineentry",
    "messaging_message",
    "prospects_prospect",
    "prospects_prospectword",
    "organizations_auditentry",
)
# Those whose columns another index of all rows begins with.
COVERED = """
WITH plain AS (
    SELECT indexrelid, indrelid, indisunique, indpred, string_to_array(indkey::text, ' ') AS columns FROM pg_index
    WHERE NOT ('0' = ANY(string_to_array(indkey::text, ' ')))
)
SELECT DISTINCT one.indexrelid::regclass::text FROM plain one JOIN plain other USING (indrelid)
WHERE one.indexrelid <> other.indexrelid AND NOT one.indisunique AND one.indpred IS NULL AND other.indpred IS NULL
AND other.columns[:cardinality(one.columns)] = one.columns AND one.indrelid = ANY(%s::regclass[])
"""


def test_no_index_of_a_busy_table_begins_another_one() -> None:
    assert set(BUSY) <= {model._meta.db_table for model in apps.get_models()}
    with connection.cursor() as sql:
        sql.execute(COVERED, [list(BUSY)])
        assert sql.fetchall() == []
