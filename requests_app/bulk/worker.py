"""Performs bulk actions. Each request has its own transaction, so a killed worker loses and repeats nothing."""

import time
from contextlib import suppress

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.database import connections
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import fault
from crosschq.core.text.time_zones import find_time_zone
from crosschq.messaging.sending.cap_refusals import rollback_if_refused
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy import audit
from crosschq.tenancy.models import Membership
from crosschq.tenancy.scope import tenant
from requests_app.bulk import actions
from requests_app.bulk.progress import progress_of
from requests_app.lifecycle import NotPossible, RequestMovedOn, locked
from requests_app.models import Act, BulkAction, BulkItem, Result
from requests_app.notifications.owner_summary import tell_new_owner

log = structlog.get_logger(__name__)

BATCH = 50
# Then the action goes back into the queue, so that it stays well within its lease and others get their turn.
SECONDS = 30


def perform(action: BulkAction) -> None:
    _ensure_new_owner(action)
    until = time.monotonic() + SECONDS
    with timezone.override(find_time_zone(action.organization.time_zone)):
        while pks := _next(action):
            for pk in pks:
                if time.monotonic() > until:
                    with tenant(action.organization):
                        work_item.postpone(action, until=clock.now())
                    return
                work_item.ensure_ours(action)
                _perform_one(action, pk)
                fault("bulk_item_done")
        _finish(action)


def _ensure_new_owner(action: BulkAction) -> None:
    if action.act != Act.REASSIGN:
        return
    if not Membership.objects.filter(organization=action.organization, user=action.new_owner_id).exists():
        raise work_item.GiveUp(_("The new owner is no longer a member. Start again with someone else."))


def _next(action: BulkAction) -> list[int]:
    with tenant(action.organization):
        waiting = BulkItem.objects.filter(bulk_action=action, result=Result.PENDING).order_by("pk")
        return list(waiting.values_list("pk", flat=True)[:BATCH])


def _perform_one(action: BulkAction, pk: int) -> None:
    try:
        # A request that was just erased took its item with it.
        with suppress(RequestMovedOn), tenant(action.organization):
            _perform_locked(action, pk)
    except Exception as error:
        if connections.is_lost(error) or isinstance(error, work_item.LeaseLost):
            raise
        # One request with a bug must not keep the others waiting.
        log.exception("bulk_item_failed", kind=type(error).__name__)
        with tenant(action.organization):
            actions.fail(pk, _("Something failed on our side. We've been notified. Try again later."))


def _perform_locked(action: BulkAction, pk: int) -> None:
    """Lock the request first, as everywhere, and then its item. Raises RequestMovedOn if the request was erased."""
    rows = BulkItem.objects.select_related("reference_request__organization", "reference_request__version")
    item = rows.filter(pk=pk).first()
    if item is None:
        return
    item.reference_request = locked(item.reference_request)
    if not BulkItem.objects.select_for_update(no_key=True).filter(pk=pk, result=Result.PENDING):
        return
    try:
        with rollback_if_refused(action.organization, action.asked_by):
            actions.perform_one(action, item, clock.now())
    except (CapReached, NotPossible) as refused:
        actions.fail(pk, refused.sentence)


def _finish(action: BulkAction) -> None:
    with tenant(action.organization):
        progress = progress_of(action)
        work_item.finish(action)
        audit.record(
            organization=action.organization,
            actor=action.asked_by,
            action=f"bulk.{action.act}",
            after={"requests": action.selected, "count": progress.done},
        )
        _tell_new_owner(action)


def _tell_new_owner(action: BulkAction) -> None:
    """One email about all requests that they got in this run, which started when the action was last queued."""
    new_owner, actor = action.new_owner, action.asked_by
    if action.act != Act.REASSIGN or new_owner is None or new_owner == actor:
        return
    items = BulkItem.objects.filter(bulk_action=action, result=Result.DONE, counted_in_email=False)
    if count := items.update(counted_in_email=True):
        by = str(actor or _("A former member"))
        tell_new_owner(action.organization, new_owner.name, new_owner.email, count=count, actor=by)
