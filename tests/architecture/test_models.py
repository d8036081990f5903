"""What holds for every table: its row-level security, its keys, and who performs its work."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection, models
from django.utils.module_loading import import_string

from bench.pages.multiply import multiplied
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import TenantModel
from crosschq.tenancy.scope import tenant
from tests.architecture.world import make_world
from tests.factories import make_organization

RANKS = {
    "core": 0,
    "organizations": 1,
    "messaging": 2,
    "templates_app": 3,
    "connectors": 3,
    "requests_app": 4,
    "webhooks": 5,
    "prospects": 5,
    "console": 6,
    "privacy": 6,
    "retention": 7,
}
# Tables without row-level security, each with what protects it instead.
NO_WALL = {
    "core.Circuit": "a destination in trouble, by the number of a connection: nothing of an organization",
    "core.Worker": "a process that is alive",
    "core.KeyHolder": "the ids of a process's keys",
    "core.SecretLink": "read before any organization is known; holds a hash, a uid and an organization's number",
    "core.TryCount": "counts tries of visitors by a hash, before any organization is known",
    "messaging.CountedSend": "counts sends to an address over all organizations; holds hashes and numbers",
    "core.FailedRow": "for the operator: which row of which task failed, ids only",
    "core.Heartbeat": "when the scheduler last ran, and each machine's ledgers were last in use",
    "core.Installation": "which database this is, and whether it was restored",
    "core.Alarm": "what is wrong, and when the operator was notified",
    "organizations.User": "a person, who may belong to several organizations",
    "organizations.Organization": "what a wall is named after",
    "organizations.Membership": "read before any wall is open: it opens them",
}
# Tables whose organization may be empty: sign-in messages, and numbers that no organization may text.
OF_NOBODY = {"messaging.Message", "messaging.Suppression"}
# One row of these has many of other tables.
WITH_MANY_ROWS = {
    *("connectors.Connection", "prospects.ExportRun", "prospects.ExportSettings", "requests_app.BulkAction"),
    *("templates_app.SurveyVersion", "templates_app.TemplateVersion", "webhooks.Replay"),
}
# Rows refer to higher layers by these uids, never by a foreign key.
POINTERS = {"about_uid", "subject", "reference_request_uid", "origin_event", "message_uid"}


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in RANKS]


def tenant_models() -> list[type[models.Model]]:
    return [model for model in our_models() if model._meta.label not in NO_WALL]


def keys_of(model: type[models.Model]) -> Iterator[models.Field[object, object]]:
    """Including inherited ones."""
    yield from (field for field in model._meta.get_fields() if isinstance(field, models.ForeignKey))


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
def test_a_model_belongs_to_an_organization_or_says_why_not(model: type[models.Model]) -> None:
    assert issubclass(model, TenantModel)
    assert not model._meta.get_field("organization").null or model._meta.label in OF_NOBODY


def test_each_exception_is_a_model() -> None:
    assert {model._meta.label for model in our_models()} >= set(NO_WALL)


@pytest.mark.django_db
@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
def test_row_level_security_applies_to_the_owner_of_the_table_too(model: type[models.Model]) -> None:
    with connection.cursor() as sql:
        sql.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", [model._meta.db_table]
        )
        assert sql.fetchone() == (True, True)
        sql.execute(
            "SELECT cmd, coalesce(qual, with_check), coalesce(with_check, qual), roles::text, permissive"
            " FROM pg_policies WHERE tablename = %s",
            [model._meta.db_table],
        )
        policies = sql.fetchall()
    commands = {command for command, *_ in policies}
    assert commands in ({"ALL"}, {"SELECT", "INSERT", "DELETE"})
    for _command, *conditions, roles, _permissive in policies:
        assert roles == "{public}"
        for condition in conditions:
            assert "current_setting('app.org'::text, true)" in condition
            assert "organization_id" in condition


@pytest.mark.django_db
@pytest.mark.parametrize("model", multiplied(), ids=lambda model: model._meta.label)
def test_the_planner_knows_which_columns_imply_the_organization(model: type[models.Model]) -> None:
    """Of a table that has rows for each request. Otherwise it expects a connection to have far fewer than it has."""
    with connection.cursor() as sql:
        sql.execute(
            "SELECT array_agg(attname ORDER BY attnum)::text[] FROM pg_statistic_ext JOIN pg_attribute"
            " ON attrelid = stxrelid AND attnum = ANY(stxkeys) WHERE stxrelid = %s::regclass AND 'f' = ANY(stxkind)"
            " GROUP BY stxname",
            [model._meta.db_table],
        )
        known = {tuple(sorted(columns)) for (columns,) in sql.fetchall()}
    with_many_rows = {apps.get_model(label) for label in WITH_MANY_ROWS}
    implying = [key for key in keys_of(model) if key.related_model in with_many_rows]
    assert known == {tuple(sorted(("organization_id", str(key.column)))) for key in implying}


@pytest.mark.django_db
def test_no_row_is_visible_without_a_scope_or_to_another_organization() -> None:
    world = make_world()

    def counts() -> dict[str, int]:
        return {model._meta.label: model._base_manager.count() for model in tenant_models()}

    with tenant(world.organization):
        inside = counts()
    assert len([label for label, count in inside.items() if count]) > 8
    assert set(counts().values()) == {0}
    with tenant(make_organization()):
        assert set(counts().values()) == {0}


def test_no_foreign_key_refers_to_a_higher_layer() -> None:
    wrong = []
    for model in our_models():
        mine = model._meta.app_label
        for field in keys_of(model):
            other = field.related_model._meta.app_label  # type: ignore[union-attr]
            downward = RANKS.get(other, -1) < RANKS[mine]
            if not (other == mine or downward):
                wrong.append(f"{model._meta.label}.{field.name} → {other}")
    assert wrong == []


def test_references_to_a_higher_layer_are_uids() -> None:
    found = {
        f"{model._meta.label}.{field.name}": type(field)
        for model in our_models()
        for field in model._meta.local_fields
        if field.name in POINTERS
    }
    found.pop("messaging.Message.subject")  # of an email
    assert len(found) >= 4
    assert set(found.values()) == {models.UUIDField}


def test_a_uid_is_unique_and_cannot_be_edited() -> None:
    uids = [field for model in our_models() for field in model._meta.local_fields if field.name == "uid"]
    assert len(uids) > 5
    assert all(field.unique and not field.editable for field in uids)


@pytest.mark.parametrize("kind", work_item.kinds(), ids=lambda kind: kind._meta.label)
def test_each_kind_of_work_names_who_performs_it(kind: type[work_item.WorkItem]) -> None:
    assert len(inspect.signature(import_string(kind.performed_by)).parameters) == 1
    assert kind.performed_by.startswith(kind.__module__.partition(".models")[0])
    assert list(kind.retry_delays) == sorted(kind.retry_delays)
    assert kind.lease_seconds >= 60


@pytest.mark.parametrize("kind", work_item.kinds(), ids=lambda kind: kind._meta.label)
def test_each_kind_of_work_can_be_claimed_by_an_index(kind: type[work_item.WorkItem]) -> None:
    lane = [kind.concurrency_column.removesuffix("_id")]
    by_lane = ["queue", *lane] if len(kind.queues) > 1 else lane
    (due,) = [index for index in kind._meta.indexes if index.name.endswith("_due")]
    assert due.fields == [*by_lane, "available_at", "id"]
    assert due.condition == models.Q(state=WorkState.PENDING)
    (busy,) = [index for index in kind._meta.indexes if index.name.endswith("_busy")]
    assert busy.fields == by_lane
    assert busy.condition == models.Q(state=WorkState.WORKING)
