"""Which other addresses and ids are the same person's, by the requests and events that name both.

An address leads to a candidate's id in the ATS, and that to another address.
"""

from dataclasses import replace
from typing import Any

from django.db.models import BigIntegerField, CharField, QuerySet, UUIDField, Value
from django.db.models.functions import Cast

from crosschq.core.database.address_keys import address_key_of, mailbox_of, mailboxes
from crosschq.core.database.chains import follow, linked
from crosschq.tenancy.person import Sought, ats_keys, email_keys, request_keys
from requests_app.models import ReferenceRequest
from webhooks.models import InboundEvent

_COLUMNS = {"mailbox": "text", "address": "text", "connection": "bigint", "candidate": "text", "request": "uuid"}
_THINGS = (("mailbox", "address"), ("connection", "candidate"), ("request",))
# Not computed in the condition: the policy of row-level security would keep it from the index.
_MAILBOX = linked("mailbox", CharField())
_ADDRESS, _REQUEST = linked("address", CharField()), linked("request", UUIDField())
_ID = (linked("connection", BigIntegerField()), linked("candidate", CharField()))


def with_linked(sought: Sought) -> Sought:
    """The same search, also for every address and id that these lead to, and for the requests. Call inside `tenant()`.

    It may contain another person's, and lack what only an oddly spelled address leads to.
    """
    seeds = [
        *((max(mailboxes([key])), key, None, None, None) for key in sought.email_keys),
        *((None, None, *ats_id, None) for ats_id in sought.ats_ids),
        *((None, None, None, None, uid) for uid in sought.uids),
    ]
    keys, uids = set(sought.keys), set(sought.uids)
    for _mailbox, address, connection, candidate, request in follow(_COLUMNS, _THINGS, seeds, _steps()):
        keys |= email_keys(address or "") | ats_keys(connection, candidate)
        uids |= {request} if request else set()
    return replace(sought, keys=frozenset(keys) | request_keys(*uids), uids=frozenset(uids))


def _steps() -> list["QuerySet[Any, tuple[Any, ...]]"]:
    """The requests and events that name an address, an id, or a request."""
    requests = ReferenceRequest.objects.filter(is_test=False).order_by()
    requests = requests.annotate(address=address_key_of("candidate_email"))
    events = InboundEvent.objects.exclude(candidate_id="").order_by()
    events = events.annotate(mailbox=mailbox_of("chosen_email"), address=address_key_of("chosen_email"))
    events = events.annotate(request=Cast(Value(None), UUIDField()))
    at_address = requests.filter(candidate_email__gt="", candidate_mailbox__in=["", _MAILBOX])
    of_requests = [
        requests.filter(connection=_ID[0], ats_candidate_id=_ID[1]),
        at_address.filter(address=_ADDRESS),
        requests.filter(uid=_REQUEST),
    ]
    of_events = [
        events.filter(connection=_ID[0], candidate_id=_ID[1]),
        events.filter(chosen_email__gt="", address=_ADDRESS),
        # If the profile was merged since, the request has the id of another one.
        events.filter(uid__in=requests.filter(uid=_REQUEST).values("origin_event")),
    ]
    ids_of_request = ("connection_id", "ats_candidate_id", "uid")
    return [
        *(rows.values_list("candidate_mailbox", "address", *ids_of_request) for rows in of_requests),
        *(rows.values_list("mailbox", "address", "connection_id", "candidate_id", "request") for rows in of_events),
    ]
