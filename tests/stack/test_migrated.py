"""A first migration creates each table with its indexes and constraints, which makes `migrate` twice as fast.

Django renders the classes of all models again after each operation that changes a table.
"""

from __future__ import annotations

from django.apps import apps
from django.db.migrations import AddConstraint, AddIndex, CreateModel
from django.db.migrations.loader import MigrationLoader


def test_a_first_migration_adds_nothing_to_a_table_that_it_creates() -> None:
    ours = {app.label for app in apps.get_app_configs() if "site-packages" not in app.path}
    checked = 0
    for (label, name), migration in MigrationLoader(None).disk_migrations.items():
        if label not in ours or not migration.initial:
            continue
        created = {one.name_lower for one in migration.operations if isinstance(one, CreateModel)}
        added = [one for one in migration.operations if isinstance(one, AddIndex | AddConstraint)]
        late = [one.describe() for one in added if one.model_name_lower in created]
        assert late == [], f"{label} {name}: write it as an option of CreateModel, under indexes or constraints"
        checked += 1
    assert checked > 5
