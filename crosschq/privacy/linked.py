"""Which other addresses and ids are the same person's, by the requests and events that name both.

An address leads to a candidate's id in the ATS, and that to another address.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from django.db.models import BigIntegerField, CharField, QuerySet, UUIDField, Value
from django.db.models.functions import Cast

from crosschq.core.database.address_keys import address_key_of, mailbox_of, mailboxes
from crosschq.core.database.chains import Chain, Linked
from crosschq.tenancy.person import Sought, ats_keys, email_keys, request_keys
from crosschq.tenancy.scope import current_organization, rows_of_given
from requests_app.models import ReferenceRequest
from webhooks.models import InboundEvent

_ADDRESS = {"mailbox": "text", "address": "text"}
_ATS_ID = {"connection": "bigint", "candidate": "text"}
_REQUEST = {"request": "uuid"}


def with_linked(sought: Sought) -> Sought:
    """The same search, also for every address and id that these lead to, and for the requests. Call inside `tenant()`.

    It may contain another person's, and lack what only an oddly spelled address leads to.
    """
    seeds: list[Mapping[str, Any]] = [
        *({"mailbox": max(mailboxes([key])), "address": key} for key in sought.email_keys),
        *({"connection": connection, "candidate": candidate} for connection, candidate in sought.ats_ids),
        *({"request": uid} for uid in sought.uids),
    ]
    keys, uids = set(sought.keys), set(sought.uids)
    for thing in _chain().follow(seeds, organization=current_organization().pk):
        keys |= email_keys(thing["address"] or "") | ats_keys(thing["connection"], thing["candidate"])
        uids |= {thing["request"]} if thing["request"] else set()
    return replace(sought, keys=frozenset(keys) | request_keys(*uids), uids=frozenset(uids))


@cache
def _chain() -> Chain:
    return Chain((_ADDRESS, _ATS_ID, _REQUEST), _steps())


def _steps() -> list["QuerySet[Any, tuple[Any, ...]]"]:
    """The requests and events that name an address, an id, or a request."""
    # Not computed in the condition: the policy of row-level security would keep it from the index.
    mailbox, address = Linked("mailbox", CharField()), Linked("address", CharField())
    connection, candidate = Linked("connection", BigIntegerField()), Linked("candidate", CharField())
    requests = rows_of_given(ReferenceRequest).filter(is_test=False).order_by()
    requests = requests.annotate(address=address_key_of("candidate_email"))
    of_this_request = requests.filter(uid=Linked("request", UUIDField()))
    events = rows_of_given(InboundEvent).exclude(candidate_id="").order_by()
    events = events.annotate(mailbox=mailbox_of("chosen_email"), address=address_key_of("chosen_email"))
    events = events.annotate(request=Cast(Value(None), UUIDField()))
    of_requests = [
        requests.filter(connection=connection, ats_candidate_id=candidate),
        requests.filter(candidate_email__gt="", candidate_mailbox__in=["", mailbox], address=address),
        of_this_request,
    ]
    of_events = [
        events.filter(connection=connection, candidate_id=candidate),
        events.filter(chosen_email__gt="", address=address),
        # If the profile was merged since, the request has the id of another one.
        events.filter(uid__in=of_this_request.values("origin_event")),
    ]
    ids_of_request = ("connection_id", "ats_candidate_id", "uid")
    return [
        *(rows.values_list("candidate_mailbox", "address", *ids_of_request) for rows in of_requests),
        *(rows.values_list("mailbox", "address", "connection_id", "candidate_id", "request") for rows in of_events),
    ]
