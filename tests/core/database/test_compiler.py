"""Our compiler writes the SQL that Django's writes, and reads the same values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.backends.postgresql import compiler as django_compiler
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower, Upper

from crosschq.core.database import compiler
from crosschq.tenancy.scope import tenant
from requests_app.models import Reference, ReferenceRequest, Response, TimelineEntry
from tests.requests_app.factories import ready_request

pytestmark = pytest.mark.django_db
REFERENCES = Reference.objects
REQUESTS = ReferenceRequest.objects
QUERIES: dict[str, Callable[[], QuerySet[Any, Any]]] = {
    "whole rows": REFERENCES.order_by,
    "ordered by a field": lambda: REFERENCES.order_by("slot", "-id"),
    "ordered by an expression": lambda: REFERENCES.order_by(Lower("name").desc(nulls_last=True), F("id")),
    "ordered through a relation": lambda: REFERENCES.order_by("reference_request__due_at", "id"),
    "with related rows": lambda: REQUESTS.select_related("organization", "version__survey_version").order_by("pk"),
    "with two rows of a table": lambda: Response.objects.select_related(
        "reference__organization", "reference_request__organization"
    ).order_by("id"),
    "locked with a related row": lambda: (
        REFERENCES.select_related("reference_request")
        .select_for_update(of=("self", "reference_request"))
        .order_by("id")
    ),
    "with one more column": lambda: REFERENCES.extra(select={"one": "1"}).order_by("id"),
    "some columns": lambda: REQUESTS.only("uid", "state").order_by("id"),
    "all but some": lambda: REQUESTS.select_related("version").defer("version__created_at", "state").order_by("id"),
    "values": lambda: REFERENCES.values_list("name", "reference_request__state").order_by("name"),
    "a name for a value": lambda: REFERENCES.values(who=F("name")).order_by("who"),
    "a name that is a field's": lambda: REFERENCES.annotate(upper=Upper("name")).order_by("-upper", "name"),
    "counted": lambda: REQUESTS.annotate(people=Count("references")).filter(people__gt=1).order_by("-people"),
    "grouped": lambda: REFERENCES.values("state").annotate(number=Count("pk")).order_by("state"),
    "a subquery on the same table": lambda: REFERENCES.filter(
        Exists(REFERENCES.filter(reference_request=OuterRef("reference_request"), id__gt=OuterRef("id")))
    ).order_by("id"),
    "a selected subquery": lambda: REQUESTS.annotate(
        last=Subquery(TimelineEntry.objects.filter(reference_request=OuterRef("pk")).order_by("-id").values("id")[:1])
    ).order_by("last"),
    "excluded through a relation": lambda: REQUESTS.exclude(references__name="Tom Beck", references__slot=1),
    "a join twice": lambda: REQUESTS.filter(references__slot=1).filter(Q(references__slot=2) | Q(pk=1)).distinct(),
    "the newest of each": lambda: REFERENCES.order_by("reference_request", "-id").distinct("reference_request"),
    "united": lambda: REFERENCES.filter(slot=1).union(REFERENCES.filter(slot=2)).order_by("slot", "name"),
}


def test_statements_and_results_are_the_same_as_djangos(monkeypatch: pytest.MonkeyPatch) -> None:
    with tenant(ready_request().organization):
        assert connection.ops.compiler("SQLCompiler") is compiler.SQLCompiler
        ours = {name: _written_and_read(query()) for name, query in QUERIES.items()}
        monkeypatch.setattr(connection.ops, "compiler", lambda kind: getattr(django_compiler, kind))
        for name, query in QUERIES.items():
            assert _written_and_read(query()) == ours[name], name


def test_no_model_has_columns_in_its_parents_table() -> None:
    assert [model for model in apps.get_models() if model._meta.parents] == []


def _written_and_read(rows: QuerySet[Any, Any]) -> tuple[str, list[Any]]:
    return str(rows.query), _values(rows)


def _values(rows: QuerySet[Any, Any]) -> list[Any]:
    return [
        {name: value for name, value in vars(row).items() if name != "_state"} if hasattr(row, "_state") else row
        for row in rows
    ]
