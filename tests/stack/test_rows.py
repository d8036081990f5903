"""Rows that are made once and put back (tests/rows.py)."""

from __future__ import annotations

import time

import pytest

from crosschq.core import clock
from crosschq.tenancy.models import Organization
from tests import rows
from tests.factories import make_organization

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rows_made_once")]


def make_two() -> None:
    make_organization("First", slug="first")
    make_organization("Second", slug="second")


def rename_the_first() -> None:
    Organization.objects.filter(slug="first").update(name="Renamed")


def test_what_is_put_back_slowly_keeps_its_order_and_is_never_in_the_future(monkeypatch: pytest.MonkeyPatch) -> None:
    rows.made_once("two", make_two)
    rows.made_once("renamed", rename_the_first)
    for pause in (0.0, 0.2):
        Organization.objects.all().delete()
        monkeypatch.setenv("PYTEST_CURRENT_TEST", f"another test with a pause of {pause} (call)")
        rows.made_once("two", make_two)
        time.sleep(pause)
        rows.made_once("renamed", rename_the_first)
        first, second = Organization.objects.order_by("pk")
        assert (first.name, second.name) == ("Renamed", "Second")
        assert first.created_at < second.created_at <= clock.now()
