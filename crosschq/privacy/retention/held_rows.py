"""Which expired rows of each table belong to people and requests under a legal hold. Call inside `tenant()`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from crosschq.messaging import personal_data as messages
from crosschq.messaging.models import Message
from crosschq.tenancy import audit
from crosschq.tenancy.addresses import same_addresses
from crosschq.tenancy.audit import DetailKind
from crosschq.tenancy.person import Sought
from requests_app.models import BulkItem, Reader, Reference, ReferenceRequest

Rows = QuerySet[Any]
# The details of an audit log entry that name something which may be held.
ABOUT = [*audit.named(DetailKind.REQUEST), *audit.named(DetailKind.READER), "prospect"]


@dataclass(frozen=True)
class InForce:
    """What an organization's holds in force protect. `holds`: which they are."""

    holds: frozenset[int] = frozenset()
    requests: frozenset[UUID] = frozenset()
    prospects: frozenset[UUID] = frozenset()
    keys: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        return not (self.requests or self.prospects or self.keys)

    def leave_out(self, rows: Rows) -> Rows:
        """The rows of a table that no hold protects."""
        unprotected = UNPROTECTED.get(rows.model._meta.label)
        return rows if self.is_empty or unprotected is None else unprotected(self, rows)


def _requests(held: InForce, rows: Rows) -> Rows:
    return rows.exclude(uid__in=held.requests)


def _prospects(held: InForce, rows: Rows) -> Rows:
    return rows.exclude(uid__in=held.prospects)


def _files(held: InForce, rows: Rows) -> Rows:
    return rows.exclude(version__reference_request__uid__in=held.requests)


def _bulk_actions(held: InForce, rows: Rows) -> Rows:
    items = BulkItem.objects.filter(reference_request__uid__in=held.requests)
    return rows.exclude(pk__in=items.values("bulk_action"))


def _events(held: InForce, rows: Rows) -> Rows:
    started = ReferenceRequest.objects.filter(uid__in=held.requests, origin_event__isnull=False)
    rows = rows.exclude(reference_request_uid__in=held.requests).exclude(uid__in=started.values("origin_event"))
    rows = rows.exclude(same_addresses(rows, "chosen_email", Sought(keys=held.keys).email_keys))
    for connection, candidate in Sought(keys=held.keys).ats_ids:
        rows = rows.exclude(connection=connection, candidate_id=candidate)
    return rows


def _messages(held: InForce, rows: Rows) -> Rows:
    return rows.exclude(pk__in=held_messages(held).values("pk"))


def _delivery_events(held: InForce, rows: Rows) -> Rows:
    return rows.exclude(message_uid__in=held_messages(held).values("uid"))


def held_messages(held: InForce) -> "QuerySet[Message]":
    """The messages about held requests and prospects, and those to held people."""
    of_held = {"reference_request__uid__in": held.requests}
    about = Q(about_uid__in=held.requests | held.prospects)
    for people in (Reference.objects, Reader.objects):
        about |= Q(about_uid__in=people.filter(**of_held).values("uid"))
    found: QuerySet[Message] = Message.objects.filter(
        about | messages.addressed_to(Sought(keys=held.keys).email_keys) | Q(to_phone__in=held.numbers)
    )
    return found


def _invitations(held: InForce, rows: Rows) -> Rows:
    return rows.exclude(same_addresses(rows, "email", Sought(keys=held.keys).email_keys))


def _audit_entries(held: InForce, rows: Rows) -> Rows:
    uids = {str(uid) for uid in held.requests | held.prospects}
    people = Reader.objects.filter(reference_request__uid__in=held.requests).values_list("uid", flat=True)
    addresses = {str(audit.address(key)) for key in Sought(keys=held.keys).email_keys}
    values = dict.fromkeys(ABOUT, uids | set(map(str, people))) | dict.fromkeys(
        audit.named(DetailKind.ADDRESS), addresses
    )
    for detail, held_values in values.items():
        for column in ("before", "after"):
            # An entry without this detail isn't protected by it, and NULL would be.
            name = f"{column}_{detail}"
            said = Coalesce(KT(f"{column}__{detail}"), Value(""), output_field=TextField())
            rows = rows.alias(**{name: said}).exclude(**{f"{name}__in": held_values})
    return rows


# Every other table that expires says in lifetimes.py why a hold doesn't keep its rows.
UNPROTECTED: Mapping[str, Callable[[InForce, Rows], Rows]] = {
    "requests_app.ReferenceRequest": _requests,
    "requests_app.ReportFile": _files,
    "requests_app.BulkAction": _bulk_actions,
    "prospects.Prospect": _prospects,
    "webhooks.InboundEvent": _events,
    "messaging.Message": _messages,
    "messaging.DeliveryEvent": _delivery_events,
    "organizations.Invitation": _invitations,
    "organizations.AuditEntry": _audit_entries,
}
