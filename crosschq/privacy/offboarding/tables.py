"""The tables that hold an organization's rows, and how their rows are exported, deleted, and counted."""

import json
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from crosschq.core.database import rls
from crosschq.core.database.chunks import in_chunks
from crosschq.core.models import SecretLink
from crosschq.core.outbox.work_item import WorkItem
from crosschq.core.security.encryption import EncryptedTextField
from crosschq.messaging.models import CountedSend
from crosschq.tenancy.models import Membership, Organization, TenantModel, User

# A connection's secrets and internal ids.
NOT_EXPORTED = (
    "connectors.SigningKey",
    "connectors.OAuthState",
    "privacy.ExportPart",
    "privacy.DataExport",
    "requests_app.ListDownload",
    "requests_app.ListDownloadPart",
)


def tables() -> list[type[models.Model]]:
    """The tables whose rows belong to one organization."""
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


def lines(model: type[models.Model], organization: Organization) -> Iterator[str]:
    """The rows of a table as JSON, one per line. Without secrets, hashes, and the outbox's columns. In `tenant()`."""
    machinery = {field.name for field in WorkItem._meta.fields} - {
        "uid",
        "state",
        "reason",
        "created_at",
        "finished_at",
    }
    columns = [
        field.attname
        for field in model._meta.concrete_fields
        if field.name not in machinery
        and field.name != "organization"
        and not isinstance(field, EncryptedTextField | models.BinaryField)
    ]
    rows = model._base_manager.filter(organization=organization).values(*columns)
    for row in in_chunks(rows, 500, key=lambda row: row["id"]):
        yield json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False) + "\n"


def delete_everything(organization: Organization) -> tuple[list[User], dict[str, int]]:
    """Delete every row of the organization. Call inside `tenant()`.

    Returns the members who belong to no other organization, and how many rows were deleted, by table. Each table takes
    one statement: constraints between them are checked when the transaction ends.
    """
    accounts, deleted = accounts_of(organization), {}
    with rls.offboarding(organization.pk):
        for model in tables():
            deleted[model._meta.label] = _delete(model._base_manager.filter(organization=organization))
    deleted["core.SecretLink"] = _delete(SecretLink.objects.filter(scope_key=organization.pk))
    deleted["messaging.CountedSend"] = _delete(CountedSend.objects.filter(organization_key=organization.pk))
    deleted["organizations.Membership"] = _delete(Membership.objects.filter(organization=organization))
    deleted["organizations.Organization"] = _delete(Organization.objects.filter(pk=organization.pk))
    return accounts, {label: count for label, count in deleted.items() if count}


def _delete(rows: "models.QuerySet[Any]") -> int:
    # One statement, which reads no rows first.
    return int(rows._raw_delete(rows.db))  # noqa: SLF001


def count_rows(organization_key: int) -> dict[str, int]:
    """How many rows of an organization there are, by table. Call inside the scope of all organizations."""
    counted = {
        model._meta.label: model._base_manager.filter(organization_id=organization_key).count() for model in tables()
    }
    counted["core.SecretLink"] = SecretLink.objects.filter(scope_key=organization_key).count()
    counted["messaging.CountedSend"] = CountedSend.objects.filter(organization_key=organization_key).count()
    counted["organizations.Membership"] = Membership.objects.filter(organization_id=organization_key).count()
    counted["organizations.Organization"] = Organization.objects.filter(pk=organization_key).count()
    return {label: count for label, count in counted.items() if count}


def accounts_of(organization: Organization) -> list[User]:
    """The members who belong to no other organization."""
    members = User.objects.filter(memberships__organization=organization)
    return list(members.exclude(memberships__in=Membership.objects.exclude(organization=organization)))
