"""The transactional outbox: rows for work outside the database, leased and performed by workers.

A WorkItem is written in the transaction of the change that causes it. A worker claims due rows (claims.py) and calls
the function named in `performed_by`. That function uses the network first and then, in one transaction, stores the
effects and finishes the row under its lease. If the lease was lost, that transaction rolls back. Celery sends wake-ups
and provides the threads (tasks.py, workers.py).
"""

import contextlib
import time
import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

import structlog
from django.apps import apps
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from crosschq.core import clock
from crosschq.core.database import connections, rls
from crosschq.core.outbox import batches, circuits, claims, delays, destinations, liveness, subjects, wakeup
from crosschq.core.outbox.after_restore import AfterRestore
from crosschq.core.outbox.fault_points import fault
from crosschq.core.outbox.queues import LOCAL, Queue
from crosschq.core.restore import sent_ledger
from crosschq.core.security.encryption import MissingKey, sealed

log = structlog.get_logger(__name__)

KEY_WAIT = timedelta(minutes=1)


class WorkState(models.TextChoices):
    PENDING = "pending"
    WORKING = "working"
    DONE = "done"
    CANCELLED = "cancelled"
    HELD = "held"
    UNKNOWN = "unknown"
    DEAD = "dead"


SET_ASIDE = (WorkState.DEAD, WorkState.UNKNOWN)  # until a person decides
QUEUED = tuple(models.Q(state=state) for state in (WorkState.PENDING, WorkState.WORKING, WorkState.HELD))


class Setback(Exception):
    """Why an item isn't done. People see the sentence; `code` identifies the kind of setback."""

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


class Retry(Setback):
    """A temporary problem: try again at `until`, or after the item's next delay."""

    until: datetime | None = None


class DestinationUnavailable(Retry):
    """The destination didn't answer. Several of these in a row open its circuit."""


class GiveUp(Setback):
    """A permanent problem: the item is dead, but a person can replay it."""


class Hold(Setback):
    """The item waits for a fix; `release(held_for=…)` continues it."""

    def __init__(self, sentence: str, *, held_for: str, code: str = "") -> None:
        super().__init__(sentence, code=code)
        self.held_for = held_for


class OutcomeUnknown(Setback):
    """The effect may have happened, so a person or a lookup decides."""


class DatabaseLost(Retry):
    """Our database became unavailable while the item was being performed."""


class LeaseLost(Exception):
    """Another worker now has the item, so our transaction is rolled back."""


class WorkItem(models.Model):
    """One piece of work outside the database. Subclasses are concrete tables with an `organization`.

    `performed_by` is the dotted name of a function that takes the item, does the work, and either calls `finish` in the
    transaction of the effects or raises a Setback. It is a name because that module imports the model.
    """

    performed_by: ClassVar[str]
    # The first is the default. A class with several has a column `queue`.
    queues: ClassVar[tuple[Queue, ...]] = (LOCAL,)
    # Threads are shared fairly among the values of this column. `circuit`: the destination shared by a value's work.
    concurrency_column: ClassVar[str] = "organization_id"
    circuit: ClassVar[str] = ""
    # How many rows a worker claims with one statement. If it is more than one, they must be quick, and the limit of the
    # queue for each concurrency key applies to each process rather than to all of them.
    batch: ClassVar[int] = 1
    # The dotted name of a function that reads what performing these rows needs, in few queries, and keeps it with them.
    read_by: ClassVar[str] = ""
    # The dotted name of a function to call after a worker has drained a queue.
    when_drained: ClassVar[str] = ""
    after_restore: ClassVar[AfterRestore] = AfterRestore.WAITS
    lease_seconds: ClassVar[int] = 60
    retry_delays: ClassVar[tuple[int, ...]] = (5, 15, 30, 60, 300, 1800, 3600, 4 * 3600, 12 * 3600)  # seconds

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=10, choices=WorkState, default=WorkState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    # How many of these attempts had no result, because the worker died or our database failed. The first claim after
    # `attempts` was set to 0 resets this too.
    interruptions = models.PositiveSmallIntegerField(default=0, db_default=0)
    available_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    leased_by = models.UUIDField(null=True)
    held_for = models.CharField(max_length=80, blank=True)
    reason = models.TextField(blank=True)
    trace_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    # time.monotonic() when this process claimed the item; 0 outside a claim.
    claimed_at: float = 0.0

    @property
    def about(self) -> tuple[str, uuid.UUID] | None:
        """What the item is about, its kind and uid, if that stores whether the item failed (subjects.py)."""
        return None

    def fields_at_setback(self, setback: Setback, state: str) -> dict[str, Any]:
        """Further columns to store when the item meets a setback."""
        return {}

    @classmethod
    def fields_to_look_first(cls) -> dict[str, Any]:
        """Columns that make the item look for its effect before it causes it: see AfterRestore.LOOKS_FIRST."""
        return {}


Item = TypeVar("Item", bound=WorkItem)


def kinds() -> list[type[WorkItem]]:
    """Return every table of work."""
    return [model for model in apps.get_models() if issubclass(model, WorkItem)]


def kind(label: str) -> type[WorkItem]:
    """Return the table with this label, such as `messaging.Message`. Raises LookupError for any other."""
    for model in kinds():
        if model._meta.label == label:
            return model
    raise LookupError(f"no work is named {label}; there are: {', '.join(model._meta.label for model in kinds())}")


def indexes(*key_columns: str) -> list[models.Index]:
    """Indexes by concurrency key of the rows of each condition in QUEUED. Add them to the model's Meta."""
    waits, runs, held = QUEUED
    return [
        models.Index(fields=[*key_columns, "available_at", "id"], condition=waits, name="%(app_label)s_%(class)s_due"),
        models.Index(fields=key_columns, condition=runs, name="%(app_label)s_%(class)s_busy"),
        models.Index(fields=[*key_columns, "held_for"], condition=held, name="%(app_label)s_%(class)s_held"),
    ]


def claim(model: type[Item], queue: Queue | None = None, *, lost: bool = True) -> Item | None:
    """Lease one due item in this queue, or in any queue, from the next concurrency key in turn.

    lost: try items of dead workers first.
    """
    for each in [queue] if queue else model.queues:
        found = claim_several(model, each, most=1, lost=lost)
        if found:
            return found[0]
    return None


def claim_several(model: type[Item], queue: Queue, *, most: int, lost: bool = True) -> list[Item]:
    """Lease up to `most` due items in this queue, oldest first, or those of dead workers.

    If the table has encrypted columns, only the outbox's own are read: `attempt` records that a key is missing.
    """
    table, began = claims.table_of(model), time.monotonic()
    found: list[Item] = []
    with claims.abandoned_at_error(table.name, found):
        with rls.scope(rls.ALL_TENANTS):
            statements = [claims.lost_rows(table, queue, most)] if lost else []
            rows = (list(model._base_manager.raw(*one)) for one in [*statements, claims.due_rows(table, queue, most)])
            found += next(filter(None, rows), [])
            if found and not found[0].get_deferred_fields():
                batches.read_organizations(found)
        if found:
            for item in found:
                item.claimed_at = began
            found.sort(key=lambda item: (item.available_at, item.pk))
            claims.remember_position(table, queue, getattr(found[-1], model.concurrency_column))
            batches.read_together(found)
    return found


def is_any_due(model: type[WorkItem], queue: Queue) -> bool:
    """Whether a claim would find something now."""
    with rls.scope(rls.ALL_TENANTS):
        return claims.is_any_due(claims.table_of(model), queue)


def finish(item: WorkItem, *, state: str = WorkState.DONE, reason: str = "", **fields: Any) -> None:
    """Finish the item in the caller's transaction, or alone if it has no other effects. LeaseLost rolls that back."""
    done = {"state": state, "reason": reason, "finished_at": clock.now(), "lease_until": None, **fields}
    _under_lease(item, done)
    fault("after_effects")
    if state == WorkState.DONE and item.after_restore is not AfterRestore.CONTINUES:
        sent_ledger.note(item._meta.label, str(item.uid))


def postpone(item: WorkItem, *, until: datetime, reason: str = "") -> None:
    """Put the item back without counting an attempt. Raises LeaseLost."""
    changes = {"available_at": until, "reason": reason, "attempts": 0, "lease_until": None}
    _under_lease(item, {"state": WorkState.PENDING, **changes})


def _under_lease(item: WorkItem, changes: dict[str, Any]) -> None:
    if not claims.change_under_lease(item, sealed(item, changes)):
        raise LeaseLost(f"{item._meta.label} {item.uid}")
    for name, value in changes.items():
        setattr(item, name, value)


def ensure_ours(item: WorkItem) -> None:
    """Call before an effect. Raises LeaseLost if this process was paused or cut off after it claimed the item."""
    if not liveness.may_begin_effects(item.claimed_at):
        raise LeaseLost(f"{item._meta.label} {item.uid}")


def release_abandoned() -> None:
    """End the leases of work that this process gave up on while the database didn't respond."""
    if any(claims.abandoned_leases.values()):
        with rls.scope(rls.ALL_TENANTS):
            claims.release_abandoned()


def drain(model: type[WorkItem], *, most: int = 1000, until: float | None = None) -> int:
    """Perform due items until none are left, `most` are done, or time.monotonic() reaches `until`. Returns how many."""
    for count in range(most):
        if until is not None and time.monotonic() >= until:
            return count
        item = claim(model)
        if item is None:
            return count
        attempt(item)
    return most


def attempt(item: WorkItem) -> None:
    """Perform one claimed item and store the result. Raises only if the result can't be stored."""
    with claims.abandoned_at_error(item._meta.db_table, [item]):
        fault("after_claim")
        _attempt(item)


def _attempt(item: WorkItem) -> None:
    with structlog.contextvars.bound_contextvars(work=item._meta.label, item=str(item.uid), trace_id=item.trace_id):
        most = len(item.retry_delays) + 1
        began = time.monotonic()
        try:
            _load(item)
            if item.interruptions >= most:
                raise GiveUp(_("Our software crashed on this %(count)d times, so we set it aside.") % {"count": most})
            ensure_ours(item)
            import_string(item.performed_by)(item)
        except LeaseLost:
            log.warning("lease_lost")
            if item.lease_token:
                claims.abandon(item._meta.db_table, item.lease_token)
        except Setback as setback:
            _set_back(item, setback)
            if isinstance(setback, DestinationUnavailable):
                destinations.note_failure(item)
        except MissingKey:
            _wait_for_key(item)
        except Exception as error:
            sentence = _("Something failed on our side. We've been notified and will try again.")
            if connections.is_lost(error):
                log.warning("database_unreachable", kind=type(error).__name__)
                _set_back(item, DatabaseLost(sentence, code="bug"))
                return
            log.exception("work_failed", kind=type(error).__name__)
            _set_back(item, Retry(sentence, code="bug"))
        else:
            destinations.note_success(item, seconds=time.monotonic() - began)


def _load(item: WorkItem) -> None:
    # Exclude the outbox's own columns: if the lease was lost, they belong to the new holder.
    if not item.get_deferred_fields() and item.claimed_at:
        return  # the claim read it all
    with rls.scope(rls.ALL_TENANTS), scopes_disabled():
        # uid and organization too: encrypted columns are bound to them.
        fields = sorted(item.get_deferred_fields() | {"uid", "organization_id"})
        # With its organization, which every kind of work needs next.
        known = type(item)._base_manager.select_related("organization")  # type: ignore[misc]  # of the concrete table
        item.refresh_from_db(fields=fields, from_queryset=known)


def _wait_for_key(item: WorkItem) -> None:
    """Postpone without counting an attempt, until the operator restores the key."""
    reason = _("An encryption key is missing on our side. We've been notified, and this will resume automatically.")
    with contextlib.suppress(LeaseLost), rls.scope(rls.ALL_TENANTS), scopes_disabled():
        postpone(item, until=clock.now() + KEY_WAIT, reason=reason)


def _set_back(item: WorkItem, setback: Setback) -> None:
    state: str
    changes: dict[str, Any]
    match setback:
        case Hold():
            state, changes = WorkState.HELD, {"held_for": setback.held_for}
        case OutcomeUnknown():
            state, changes = WorkState.UNKNOWN, {}
        case DatabaseLost():
            seconds = delays.after_interruption(item.retry_delays, item.interruptions)
            changes = {"available_at": clock.now() + timedelta(0, seconds), "interruptions": item.interruptions + 1}
            state = WorkState.PENDING
        case Retry() if item.attempts - item.interruptions <= len(item.retry_delays):
            seconds = delays.after_refusal(item.retry_delays, item.attempts - item.interruptions)
            state, changes = WorkState.PENDING, {"available_at": setback.until or clock.now() + timedelta(0, seconds)}
        case _:
            state, changes = WorkState.DEAD, {"finished_at": clock.now()}
    changes |= {"state": state, "reason": setback.sentence, "lease_until": None}
    log.info("work_set_back", state=state, code=setback.code, attempts=item.attempts)
    try:
        _store_setback(item, changes | item.fields_at_setback(setback, state))
    except Exception as error:
        # The item's own columns can't be stored or found, so store at least the time of the next attempt.
        log.error("setback_not_stored", kind=type(error).__name__)
        _store_setback(item, changes)


def _store_setback(item: WorkItem, changes: dict[str, Any]) -> None:
    with contextlib.suppress(LeaseLost), scopes_disabled(), rls.scope(rls.ALL_TENANTS):
        if changes["state"] in SET_ASIDE:
            subjects.lock(item)
        _under_lease(item, changes)


def release(*, held_for: str) -> int:
    """Continue all items that wait for this fix, in all tables. Returns how many. Call inside `tenant()`."""
    total = 0
    models = {model._meta.db_table: model for model in kinds()}
    for table in claims.with_held(models, held_for):
        held = models[table]._base_manager.filter(state=WorkState.HELD, held_for=held_for)
        freed = held.update(state=WorkState.PENDING, held_for="", available_at=clock.now(), attempts=0)
        if freed:
            wake_workers(models[table])
        total += freed
    return total


def try_again(item: WorkItem, *, even_if_done: bool = False) -> bool:
    """Make an item due now if it is dead, held, pending, or its outcome is unknown.

    even_if_done: also if it is done, where repeating it is harmless. Returns False if the state doesn't allow it.
    """
    again = [WorkState.DEAD, WorkState.HELD, WorkState.UNKNOWN, WorkState.PENDING]
    again += [WorkState.DONE] if even_if_done else []
    subjects.lock(item)
    rows = type(item)._base_manager.filter(pk=item.pk, state__in=again)
    changed = rows.update(state=WorkState.PENDING, held_for="", attempts=0, available_at=clock.now(), finished_at=None)
    if changed:
        circuits.end_pause(destinations.circuit_of(item))
        wake_workers(type(item), queue=getattr(item, "queue", ""))
    return bool(changed)


def wake_workers(model: type[WorkItem], *, queue: str = "") -> None:
    """Wake a worker for this queue, or for every queue of the table, after the transaction. Workers also poll."""
    for each in model.queues:
        if not queue or each.name == queue:
            wakeup.notify(model._meta.label, each.name)


def current_trace_id() -> str:
    """The id of the current web request, which connects its log lines with those of the items it creates."""
    return str(structlog.contextvars.get_contextvars().get("trace_id", ""))
