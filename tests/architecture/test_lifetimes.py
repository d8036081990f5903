"""Every table has a lifetime, stated once and shown in docs/retention.md.

The nightly task finds expired rows by an index.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from crosschq.celery import app
from crosschq.privacy.retention.deletions import FUNCTIONS
from crosschq.privacy.retention.document import document
from crosschq.privacy.retention.lifetimes import FURTHER, LIFETIMES, DeletedBy, Expires, GoesWith, Kept, expiring
from crosschq.tenancy.retention import RetentionKind

ROOT = Path(__file__).resolve().parents[2]


def test_every_table_has_one_lifetime() -> None:
    tables = {model._meta.label for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    stated = [line.table for line in LIFETIMES if line not in FURTHER]
    assert sorted(stated) == sorted(tables)
    assert {line.table for line in FURTHER} <= tables


def test_every_lifetime_says_what_it_is() -> None:
    for line in LIFETIMES:
        match line:
            case Expires():
                assert line.since
                line.model._meta.get_field(line.column)
            case GoesWith():
                assert line.parent in {each.table for each in LIFETIMES}
            case DeletedBy():
                assert line.task in {entry["task"] for entry in app.conf.beat_schedule.values()}
            case Kept():
                assert line.why


@pytest.mark.parametrize(
    "line", [line for line in LIFETIMES if isinstance(line, GoesWith) and not line.how], ids=lambda line: line.table
)
def test_a_row_deleted_with_another_has_a_cascading_foreign_key_to_it(line: GoesWith) -> None:
    seen, waiting = {line.model}, [line.model]
    while waiting:
        for field in waiting.pop()._meta.get_fields():
            if isinstance(field, models.ForeignKey) and field.remote_field.on_delete is models.CASCADE:
                parent = field.remote_field.model
                if parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)
    assert line.parent in {model._meta.label for model in seen}


@pytest.mark.parametrize("line", list(expiring()), ids=lambda line: f"{line.table}.{line.column}")
def test_what_expires_is_found_by_an_index(line: Expires) -> None:
    by_organization = [] if line.of_nobody or not line.per_organization else ["organization"]
    wanted = [*by_organization, line.column] if not line.of_nobody else ["organization", line.column]
    indexed = [[name.lstrip("-") for name in index.fields][: len(wanted)] for index in line.model._meta.indexes]
    alone = not line.per_organization and getattr(line.model._meta.get_field(line.column), "db_index", False)
    assert wanted in indexed or alone or line.few


def test_each_deletion_function_belongs_to_a_table_that_names_it() -> None:
    assert {line.table for line in expiring() if line.one_by_one} == set(FUNCTIONS)


def test_each_organization_wide_period_applies_to_a_table() -> None:
    assert {line.after for line in expiring() if isinstance(line.after, RetentionKind)} == set(RetentionKind)


def test_the_page_of_lifetimes_is_up_to_date() -> None:
    assert (ROOT / "docs/retention.md").read_text(encoding="utf-8") == document()
