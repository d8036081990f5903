"""What a test gets as a copy is what the product's own actions make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction
from django.test import Client

from crosschq.core import clock
from crosschq.tenancy.scope import cross_tenant
from tests import copies
from tests.architecture.world import make_world
from tests.factories import make_organization
from tests.requests_app.factories import ready_request, sent_request, waiting_request

pytestmark = pytest.mark.django_db
Rows = dict[str, list[dict[str, Any]]]


def undone(look: Callable[[], Any]) -> Any:
    """What `look` returns, as the first thing of a test whose rows are gone afterwards."""
    copies.next_test()
    before = transaction.savepoint()
    found = look()
    transaction.savepoint_rollback(before)
    return found


def rows_without_moments() -> Rows:
    found = {}
    with cross_tenant("the test compares all rows"):
        for model in apps.get_models():
            columns = [each.attname for each in model._meta.fields if not isinstance(each, models.DateTimeField)]
            found[model._meta.label] = list(model._base_manager.order_by("pk").values(*columns))
    return found


@pytest.mark.parametrize("make", [sent_request, waiting_request, ready_request, make_world])
def test_a_copy_has_the_rows_of_its_original(make: Callable[[], Any]) -> None:
    def look() -> Rows:
        make()
        return rows_without_moments()

    _first, original, copy = (undone(look) for _time in range(3))
    assert copy == original


def test_a_copy_was_made_now_and_its_link_opens() -> None:
    undone(waiting_request)
    undone(waiting_request)
    copies.next_test()
    before = clock.now()
    scenario = waiting_request()
    assert before <= scenario.reference_request.created_at <= clock.now()
    assert scenario.reference_request.closes_at - scenario.reference_request.created_at == copies.DAY * 30
    assert Client().get(scenario.candidate_path).status_code == 200


def test_the_second_organization_of_a_test_gets_rows_of_its_own() -> None:
    undone(waiting_request)
    undone(waiting_request)
    copies.next_test()
    scenarios = [waiting_request(), waiting_request(), waiting_request(make_organization())]
    assert len({scenario.reference_request.pk for scenario in scenarios}) == 3
    assert len({scenario.candidate_path for scenario in scenarios}) == 3
