"""An organization leaves: its owner exports everything and deletes it, and the product's own processes do the rest."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from scripts.demo.browser import scriptless
from scripts.demo.person import Person
from scripts.demo.stage import Stage, expect, reload_until
from scripts.demo.story import connect, move_two, set_up
from scripts.stack import databases
from scripts.stack.stack import Stack
from tests.flows.product import started_product

pytestmark = [pytest.mark.flow, pytest.mark.slow, pytest.mark.timeout(1200)]


def test_an_organization_is_exported_disconnected_deleted_and_proved_to_be_gone(
    stack: Stack, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("leaving")
    with started_product(stack, template=migrated_template, folder=folder, cast=scriptless) as running:
        stage, url = running.stage, running.product.environment["DATABASE_URL"]
        database = url.rpartition("/")[2].partition("?")[0]
        connect(stage)
        set_up(stage)
        move_two(stage)
        before = rows(stack, database)
        acme, ledgerly = ids(stack, database, "acme", "ledgerly")
        assert before[acme] > 20
        ask_to_leave(stage)
        with databases.cursor(stack.owner_url(database)) as sql:
            # The week is over.
            sql.execute("SET app.org = '*'; UPDATE privacy_offboarding SET available_at = now()")
        letter = stage.sandbox.wait_for_letter(to=stage.admin.email, subject="was deleted")
        assert "Some rows are left" not in letter.text
        after = rows(stack, database)
        assert (after[acme], after[ledgerly]) == (0, before[ledgerly])
        console = stage.cast(phone=False)
        console.open(f"{stage.sandbox.url}/console/deliveries")
        assert "Active application.status.updated" not in console.text
        visitor = stage.cast(phone=False)
        visitor.open(f"{stage.product_url}/accounts/login/")
        visitor.fill("Email", stage.admin.email)
        visitor.fill("Password", stage.admin.password)
        visitor.press("Sign in")
        assert "/accounts/login" in visitor.url
        ledger = Path(running.product.environment["ERASURE_LEDGER"]).read_text(encoding="utf-8").splitlines()
        assert json.loads(ledger[-1])["everything"]


def ask_to_leave(stage: Stage) -> None:
    owner = stage.staff(stage.admin)
    owner.follow("Privacy desk")
    owner.follow("Delete organization…")
    page = owner.url
    owner.press("Create export")
    reload_until(owner, lambda: "Ready to download" in owner.text, what="The export", seconds=stage.patience)
    owner.open(page)
    owner.fill(f"Type {stage.admin.organization} to confirm", stage.admin.organization)
    owner.press("Delete organization")
    confirm(owner, stage.admin.password)
    expect(owner, f"{stage.admin.organization} will be deleted on")
    stage.sandbox.wait_for_letter(to=stage.admin.email, subject="will be deleted")


def confirm(owner: Person, password: str) -> None:
    owner.fill("Password", password)
    owner.press("Confirm")


def ids(stack: Stack, database: str, *slugs: str) -> list[int]:
    with databases.cursor(stack.owner_url(database)) as sql:
        sql.execute("SELECT slug, id FROM organizations_organization")
        found = dict(sql.fetchall())
        return [found[slug] for slug in slugs]


def rows(stack: Stack, database: str) -> Counter[int]:
    """How many rows each organization has in all tables together."""
    counted: Counter[int] = Counter()
    with databases.cursor(stack.owner_url(database)) as sql:
        sql.execute(
            "SET app.org = '*'; SELECT table_name FROM information_schema.columns "
            "WHERE column_name = 'organization_id' AND table_schema = 'public'"
        )
        for (table,) in sql.fetchall():
            sql.execute(f'SELECT organization_id, count(*) FROM "{table}" WHERE organization_id IS NOT NULL GROUP BY 1')
            counted.update(dict(sql.fetchall()))
    return counted
