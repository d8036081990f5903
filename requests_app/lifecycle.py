"""The one table of allowed state changes, for requests and for references. Each change is one guarded UPDATE.

Every change first locks the request's row (`locked`), so that two simultaneous answers are counted one after the other.
Whatever happens then, the problems that the request stores are updated before the scope ends (attention/stored.py).
"""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from requests_app.attention import stored
from requests_app.models import NetworkTrace, Reference, ReferenceRequest, ReferenceState, RequestState

R = RequestState
ENDED = (R.READY, R.CLOSED_EARLY, R.CANCELLED, R.EXPIRED)
REQUEST_MOVES: Mapping[RequestState, frozenset[RequestState]] = {
    R.SENT: frozenset({R.STARTED, R.CANCELLED, R.EXPIRED}),
    R.STARTED: frozenset({R.NAMING_REFERENCES, R.CANCELLED, R.EXPIRED}),
    R.NAMING_REFERENCES: frozenset({R.WAITING_FOR_REFERENCES, R.CANCELLED, R.EXPIRED}),
    R.WAITING_FOR_REFERENCES: frozenset({R.READY, R.CLOSED_EARLY, R.CANCELLED, R.EXPIRED}),
    R.READY: frozenset(),
    R.CLOSED_EARLY: frozenset(),
    R.CANCELLED: frozenset(),
    R.EXPIRED: frozenset(),
}

REFERENCE_MOVES: Mapping[ReferenceState, frozenset[ReferenceState]] = {
    ReferenceState.NAMED: frozenset({ReferenceState.INVITED, ReferenceState.REPLACED, ReferenceState.NOT_COMPLETED}),
    ReferenceState.INVITED: frozenset(
        {ReferenceState.STARTED, ReferenceState.DECLINED, ReferenceState.REPLACED, ReferenceState.NOT_COMPLETED}
    ),
    ReferenceState.STARTED: frozenset(
        {ReferenceState.ANSWERED, ReferenceState.DECLINED, ReferenceState.REPLACED, ReferenceState.NOT_COMPLETED}
    ),
    ReferenceState.ANSWERED: frozenset(),
    ReferenceState.DECLINED: frozenset(),
    ReferenceState.REPLACED: frozenset(),
    ReferenceState.NOT_COMPLETED: frozenset({ReferenceState.LATE}),
    ReferenceState.LATE: frozenset({ReferenceState.ANSWERED}),
}


class RequestMovedOn(Exception):
    """The request or the reference has changed state, so the action no longer applies."""


class NotPossible(RequestMovedOn):
    """Like RequestMovedOn, with a sentence that says why. `because_of`: the request that is in the way."""

    def __init__(self, sentence: str, *, because_of: ReferenceRequest | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.because_of = because_of


def locked(reference_request: ReferenceRequest, *, changes_problems: bool = True) -> ReferenceRequest:
    """Lock and return the current request until the transaction ends. Raises RequestMovedOn if it was erased.

    Its organization and its version, which never changes, aren't read again. `changes_problems`: what problems follow
    from (attention/facts.py) may change, so they are refreshed.
    """
    rows = ReferenceRequest.objects.filter(pk=reference_request.pk)
    found = _locked(rows, changes_problems=changes_problems)
    if ReferenceRequest.organization.is_cached(reference_request):
        found.organization = reference_request.organization
    if ReferenceRequest.version.is_cached(reference_request):
        found.version = reference_request.version
    return found


def locked_by_uid(uid: uuid.UUID) -> ReferenceRequest:
    """Like `locked`, for a request that wasn't read before."""
    return _locked(ReferenceRequest.objects.select_related("version", "organization").filter(uid=uid))


def _locked(rows: QuerySet[ReferenceRequest], *, changes_problems: bool = True) -> ReferenceRequest:
    try:
        found: ReferenceRequest = rows.select_for_update(of=("self",), no_key=True).get()
    except ReferenceRequest.DoesNotExist:
        raise RequestMovedOn from None
    if changes_problems:
        stored.refresh_later(found)
    return found


def move_request(reference_request: ReferenceRequest, to: RequestState, **fields: Any) -> bool:
    """Change the state if the table allows it. Otherwise change nothing and return False."""
    sources = [state for state, targets in REQUEST_MOVES.items() if to in targets]
    changed = ReferenceRequest.objects.filter(pk=reference_request.pk, state__in=sources).update(state=to, **fields)
    if changed:
        _set(reference_request, state=to, **fields)
        if to in ENDED:
            NetworkTrace.objects.filter(reference_request=reference_request.pk).delete()
    return bool(changed)


def move_reference(
    reference: Reference, to: ReferenceState, *, only_from: ReferenceState | None = None, **fields: Any
) -> bool:
    """Like `move_request`, for a reference. `only_from`: allow only this current state."""
    sources = [state for state, targets in REFERENCE_MOVES.items() if to in targets and only_from in (None, state)]
    changed = Reference.objects.filter(pk=reference.pk, state__in=sources).update(state=to, **fields)
    if changed:
        _set(reference, state=to, **fields)
    return bool(changed)


def reopen_request(reference_request: ReferenceRequest, to: RequestState, **fields: Any) -> bool:
    """Return an ended request to an open state. Not in REQUEST_MOVES, so that only a member's action can do it."""
    changed = ReferenceRequest.objects.filter(pk=reference_request.pk, state__in=ENDED).update(state=to, **fields)
    if changed:
        _set(reference_request, state=to, **fields)
    return bool(changed)


def return_reference(reference: Reference, *, only_from: ReferenceState, **fields: Any) -> bool:
    """Put a reference who declined or wasn't completed back where they were, so that we expect answers again."""
    to = ReferenceState.NAMED
    if reference.invited_at:
        to = ReferenceState.STARTED if reference.started_at else ReferenceState.INVITED
    fields = {"state": to, "finished_at": None, **fields}
    changed = Reference.objects.filter(pk=reference.pk, state=only_from).update(**fields)
    if changed:
        _set(reference, **fields)
    return bool(changed)


def _set(row: ReferenceRequest | Reference, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
