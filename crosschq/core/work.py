"""Work that must happen outside the database: rows that are claimed by lease and drained by any process.

A WorkItem is written in the transaction of the fact that causes it. `drain` claims due rows one at a time and calls
what their class names as `performed_by`, which talks to the network first and then, in one transaction, stores the
effects and finishes the row under its lease. Whoever lost the lease meanwhile rolls back. Celery only rings (see
bell.py).
"""

import contextlib
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

import structlog
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from . import bell, clock, walls
from .faults import fault

log = structlog.get_logger(__name__)

TURN_ITEMS = 20


class State(models.TextChoices):
    PENDING = "pending"
    WORKING = "working"
    DONE = "done"
    CANCELLED = "cancelled"
    HELD = "held"
    UNKNOWN = "unknown"
    DEAD = "dead"


class Setback(Exception):
    """Why an item is not done. The sentence is shown to people; `code` tells kinds of setbacks apart."""

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


class Retry(Setback):
    """It will go by itself: try again after the next of the item's delays."""


class GiveUp(Setback):
    """It cannot go: dead, with a sentence and a replay button."""


class Hold(Setback):
    """It waits for one fix: `release(held_for=…)` lets it go."""

    def __init__(self, sentence: str, *, held_for: str, code: str = "") -> None:
        super().__init__(sentence, code=code)
        self.held_for = held_for


class Doubtful(Setback):
    """It may have happened: a person or a look-up decides."""


class LeaseLost(Exception):
    """Somebody else owns the item now; our result is dropped with the transaction."""


class WorkItem(models.Model):
    """One thing to do outside. Subclasses are concrete tables with an `organization`.

    `performed_by` is the dotted name of a function that takes the item and does it, then calls `finish` in the
    transaction of the effects; it raises a Setback otherwise. A name, since that module imports its model.
    """

    performed_by: ClassVar[str]
    # The task that is rung for it: one of its own where it waits long on purpose, and must not hold up the others.
    drained_by: ClassVar[str] = bell.DRAIN
    lease_seconds: ClassVar[int] = 60
    retry_delays: ClassVar[tuple[int, ...]] = (5, 30, 120, 600, 1800, 3600, 4 * 3600, 12 * 3600)  # seconds

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    available_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    held_for = models.CharField(max_length=80, blank=True)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        indexes = [
            models.Index(
                fields=["organization", "available_at"],
                condition=models.Q(state__in=[State.PENDING, State.WORKING]),
                name="%(app_label)s_%(class)s_due",
            ),
        ]

    def fields_at_setback(self, setback: Setback, state: str) -> dict[str, Any]:
        """Further columns to store when the item meets a setback."""
        return {}


Item = TypeVar("Item", bound=WorkItem)


def kinds() -> list[type[WorkItem]]:
    """Every table of work."""
    return [model for model in apps.get_models() if issubclass(model, WorkItem)]


def kind(label: str) -> type[WorkItem]:
    """The table of this label, for example `messaging.Message`. Raises LookupError for any other."""
    for model in kinds():
        if model._meta.label == label:
            return model
    raise LookupError(f"no work is named {label}; there are: {', '.join(each_kind())}")


# A scalar subquery runs once. With IN, PostgreSQL may run it again for each row, and lease more than one.
CLAIM = """
UPDATE {table} SET state = 'working', attempts = attempts + 1, lease_token = gen_random_uuid(),
       lease_until = now() + %(lease)s * interval '1 second'
WHERE id = (
    SELECT due.id FROM (
        SELECT org FROM (SELECT DISTINCT organization_id AS org FROM {table} WHERE {due}) waiting ORDER BY random()
    ) orgs CROSS JOIN LATERAL (
        SELECT id FROM {table} WHERE organization_id IS NOT DISTINCT FROM orgs.org AND {due}
        ORDER BY available_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
    ) due LIMIT 1
) RETURNING {columns}
"""
DUE = "((state = 'pending' AND available_at <= %(now)s) OR (state = 'working' AND lease_until < now()))"


def claim(model: type[Item]) -> Item | None:
    """Lease one due item, from an organization chosen by lot so that a busy one cannot starve the others.

    Only the kernel's columns are read: what cannot be read (a key that is gone) is that item's setback in `attempt`.
    """
    own = {field.attname for field in WorkItem._meta.fields} | {"id", "organization_id"}
    columns = ", ".join(connection.ops.quote_name(name) for name in sorted(own))
    sql = CLAIM.format(table=connection.ops.quote_name(model._meta.db_table), due=DUE, columns=columns)
    lease = model.lease_seconds * settings.LEASE_SCALE
    with walls.opened(walls.EVERY):
        found = list(model._base_manager.raw(sql, {"lease": lease, "now": clock.now()}))
    return found[0] if found else None


def finish(item: WorkItem, *, state: str = State.DONE, reason: str = "", **fields: Any) -> None:
    """End the item inside the caller's transaction. Raises LeaseLost, which undoes that transaction."""
    done = {"state": state, "reason": reason, "finished_at": clock.now(), "lease_until": None, **fields}
    _under_lease(item, done)
    fault("after_effects")


def postpone(item: WorkItem, *, until: datetime, reason: str = "") -> None:
    """Put the item back as if it had not been tried: its time has not come. Raises LeaseLost."""
    changes = {"available_at": until, "reason": reason, "attempts": 0, "lease_until": None}
    _under_lease(item, {"state": State.PENDING, **changes})


def _under_lease(item: WorkItem, changes: dict[str, Any]) -> None:
    mine = type(item)._base_manager.filter(pk=item.pk, lease_token=item.lease_token, state=State.WORKING)
    if not mine.update(**changes):
        raise LeaseLost(f"{item._meta.label} {item.uid}")
    for name, value in changes.items():
        setattr(item, name, value)


def drain(model: type[WorkItem], *, most: int = 1000, until: float | None = None) -> int:
    """Perform due items until none is left, `most` were, or time.monotonic() reached `until`. Returns how many."""
    for count in range(most):
        if until is not None and time.monotonic() >= until:
            return count
        item = claim(model)
        if item is None:
            return count
        fault("after_claim")
        attempt(item)
    return most


def drain_in_turns(*, seconds: float, first: str = "") -> bool:
    """Perform due items of every table that has no task of its own, a few of each in turn.

    So a storm in one table does not hold up the others.

    False when it ended because `seconds` were over, and more may be due.
    """
    until = time.monotonic() + seconds
    ours = [model for model in kinds() if model.drained_by == bell.DRAIN]
    models = sorted(ours, key=lambda model: model._meta.label != first)
    while sum(drain(model, most=TURN_ITEMS, until=until) for model in models):
        pass
    return time.monotonic() < until


def attempt(item: WorkItem) -> None:
    """Perform one claimed item, and store what became of it. Raises nothing but what stops the process."""
    with structlog.contextvars.bound_contextvars(work=item._meta.label, item=str(item.uid), request_id=item.request_id):
        most = len(item.retry_delays) + 1
        try:
            if item.attempts > most:
                raise GiveUp(
                    _("Our program stopped at this step %(count)d times, so it was set aside.") % {"count": most}
                )
            _load(item)
            import_string(item.performed_by)(item)
        except LeaseLost:
            log.warning("lease_lost")
        except Setback as setback:
            _set_back(item, setback)
        except Exception as error:
            log.exception("work_failed", kind=type(error).__name__)
            _set_back(item, Retry(_("Something on our side failed. We were told and it is tried again."), code="bug"))


def _load(item: WorkItem) -> None:
    # Not the kernel's columns: if the lease was lost meanwhile, they hold its new owner's token.
    with walls.opened(walls.EVERY), scopes_disabled():
        item.refresh_from_db(fields=sorted(item.get_deferred_fields()))


def _set_back(item: WorkItem, setback: Setback) -> None:
    state: str
    changes: dict[str, Any]
    match setback:
        case Hold():
            state, changes = State.HELD, {"held_for": setback.held_for}
        case Doubtful():
            state, changes = State.UNKNOWN, {}
        case Retry() if item.attempts <= len(item.retry_delays):
            delay = timedelta(seconds=item.retry_delays[item.attempts - 1])
            state, changes = State.PENDING, {"available_at": clock.now() + delay}
        case _:
            state, changes = State.DEAD, {"finished_at": clock.now()}
    changes |= {"state": state, "reason": setback.sentence, "lease_until": None}
    changes |= item.fields_at_setback(setback, state)
    log.info("work_set_back", state=state, code=setback.code, attempts=item.attempts)
    with contextlib.suppress(LeaseLost), walls.opened(walls.EVERY), scopes_disabled():
        _under_lease(item, changes)


def release(*, held_for: str) -> int:
    """Let every item go that waited for this fix, in all tables. Call inside `tenant()`. Returns how many."""
    total = 0
    for model in kinds():
        held = model._base_manager.filter(state=State.HELD, held_for=held_for)
        freed = held.update(state=State.PENDING, held_for="", available_at=clock.now(), attempts=0)
        if freed:
            ring(model)
        total += freed
    return total


def try_again(item: WorkItem, *, even_if_done: bool = False) -> bool:
    """Put an item at the front: one that is dead, held, doubtful or waiting, or done where doing it anew is harmless.

    False where it is cancelled, being worked on, or done.
    """
    again = [State.DEAD, State.HELD, State.UNKNOWN, State.PENDING, *([State.DONE] if even_if_done else [])]
    changed = (
        type(item)
        ._base_manager.filter(pk=item.pk, state__in=again)
        .update(state=State.PENDING, held_for="", attempts=0, available_at=clock.now(), finished_at=None)
    )
    if changed:
        ring(type(item))
    return bool(changed)


def ring(model: type[WorkItem]) -> None:
    """Wake a worker after this transaction. Best effort: beat rings every few seconds anyway."""
    bell.ring(model._meta.label, task=model.drained_by)


def due_since(model: type[WorkItem]) -> datetime | None:
    """When the oldest waiting item fell due: the age of the queue."""
    with walls.opened(walls.EVERY):
        waiting = model._base_manager.filter(state=State.PENDING, available_at__lte=clock.now())
        oldest: datetime | None = waiting.aggregate(oldest=models.Min("available_at"))["oldest"]
        return oldest


def current_request_id() -> str:
    """The id of the web request that causes an item, so that its log lines can be found together."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def each_kind() -> Iterator[str]:
    for model in kinds():
        yield model._meta.label
