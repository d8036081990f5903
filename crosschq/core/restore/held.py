"""Work on hold after a restore: the evidence about it, and sending or dropping it.

`held_for` says what is known, and `reason` has the evidence.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.core.outbox import work_item
from crosschq.core.outbox.after_restore import AfterRestore
from crosschq.core.outbox.work_item import WorkItem, WorkState
from crosschq.core.restore import sent_ledger
from crosschq.core.text.dates import datetime_text

HELD_FOR = "restore"


class Known(models.TextChoices):
    """What we know about a held item."""

    NOTHING = HELD_FOR, gettext_lazy("Not known")
    WENT_OUT = "restore:went_out", gettext_lazy("Went out before")
    NOT_SENT = "restore:not_sent", gettext_lazy("Wasn't sent")


def index() -> models.Index:
    """The held rows of an organization, oldest first. Add it to the Meta of a table that can have many."""
    is_held = models.Q(state=WorkState.HELD, held_for__in=Known.values)
    name = "%(app_label)s_%(class)s_restored"
    return models.Index(fields=["organization", "created_at", "id"], condition=is_held, name=name)


def held_kinds() -> list[type[WorkItem]]:
    """Tables whose work has an effect outside the database. Other work only reads, or writes to our database."""
    return [model for model in work_item.kinds() if model.after_restore is not AfterRestore.CONTINUES]


def rows(model: type[WorkItem]) -> "models.QuerySet[WorkItem]":
    """The held rows of a table that the current scope shows: of one organization, or of all."""
    return model._base_manager.filter(state=WorkState.HELD, held_for__in=Known.values)


def count() -> Counter[str]:
    """How many are on hold in all organizations, by table."""
    with rls.scope(rls.ALL_TENANTS):
        return +Counter({model._meta.label: rows(model).count() for model in held_kinds()})


def count_known() -> Counter[str]:
    """How many are on hold in all organizations, by what is known about them."""
    found: Counter[str] = Counter()
    with rls.scope(rls.ALL_TENANTS):
        for model in held_kinds():
            found.update(rows(model).values_list("held_for", flat=True))
    return found


def compare_with_ledger(since: datetime) -> int:
    """Mark what went out after the backup according to this machine's ledger. Returns how many."""
    total = 0
    with rls.scope(rls.ALL_TENANTS):
        for model in held_kinds():
            uids = {str(uid): uid for uid in rows(model).values_list("uid", flat=True)}
            for uid, at in sent_ledger.find(model._meta.label, uids, since=since).items():
                reason = _("It went out on %(when)s, after the backup was made.") % {"when": datetime_text(at)}
                total += mark(model, [uids[uid]], Known.WENT_OUT, reason)
    return total


def mark_rest_as_not_sent() -> int:
    """Mark what we know nothing about. Call this after every machine's ledger was compared. Returns how many."""
    total = 0
    with rls.scope(rls.ALL_TENANTS):
        for model in held_kinds():
            uids = list(rows(model).filter(held_for=Known.NOTHING).values_list("uid", flat=True))
            total += mark(model, uids, Known.NOT_SENT, _("It isn't on our list of what went out."))
    return total


def mark(model: type[WorkItem], uids: Iterable[UUID], known: Known, reason: str) -> int:
    """Store this evidence for these rows, unless we already know that they went out. Returns how many changed."""
    open_to_change = rows(model).filter(uid__in=list(uids)).exclude(held_for=Known.WENT_OUT)
    return open_to_change.update(held_for=known, reason=reason)


def send(model: type[WorkItem], uids: Collection[UUID] | None = None, *, known: Known | None = None) -> int:
    """Continue held rows: these, or those with this evidence, or all. Returns how many."""
    changes = {"state": WorkState.PENDING, "held_for": "", "reason": "", "attempts": 0, "available_at": clock.now()}
    sent = _some(model, uids, known).update(**changes | model.fields_to_look_first())
    if sent:
        work_item.wake_workers(model)
    return sent


def drop(model: type[WorkItem], uids: Collection[UUID] | None = None, *, known: Known | None = None) -> int:
    """Cancel held rows, because they went out before or are no longer needed. Returns how many."""
    reason = _("Dropped after our database was restored from a backup, since it may have gone out before.")
    return _some(model, uids, known).update(
        state=WorkState.CANCELLED, held_for="", reason=reason, finished_at=clock.now()
    )


def decide_by_evidence() -> tuple[int, int]:
    """Drop what went out before, and send what wasn't sent, in all organizations. Returns how many of each."""
    with rls.scope(rls.ALL_TENANTS):
        dropped = sum(drop(model, known=Known.WENT_OUT) for model in held_kinds())
        return dropped, sum(send(model, known=Known.NOT_SENT) for model in held_kinds())


def _some(model: type[WorkItem], uids: Collection[UUID] | None, known: Known | None) -> "models.QuerySet[WorkItem]":
    found = rows(model)
    if uids is not None:
        found = found.filter(uid__in=list(uids))
    return found.filter(held_for=known) if known else found
