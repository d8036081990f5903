"""Rows are written without indexes that another one replaces."""

import pytest
from django.apps import apps
from django.db import connection

pytestmark = pytest.mark.django_db

# Those whose columns, compared in the same way, another index of all rows begins with.
COVERED = """
WITH plain AS (
    SELECT indexrelid, indrelid, indisunique, indpred,
        string_to_array(indkey::text, ' ') AS columns, string_to_array(indclass::text, ' ') AS classes
    FROM pg_index
    WHERE NOT ('0' = ANY(string_to_array(indkey::text, ' ')))
)
SELECT DISTINCT one.indexrelid::regclass::text FROM plain one JOIN plain other USING (indrelid)
WHERE one.indexrelid <> other.indexrelid AND NOT one.indisunique AND one.indpred IS NULL AND other.indpred IS NULL
AND other.columns[:cardinality(one.columns)] = one.columns AND other.classes[:cardinality(one.columns)] = one.classes
AND one.indrelid = ANY(%s::regclass[])
"""


def test_no_index_of_our_tables_begins_another_one() -> None:
    theirs = {"account", "auth"}  # of packages, whose indexes aren't ours to choose
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.app_label not in theirs]
    assert "webhooks_inboundevent" in tables
    with connection.cursor() as sql:
        sql.execute(COVERED, [tables])
        assert sql.fetchall() == []
