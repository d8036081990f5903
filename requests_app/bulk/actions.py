"""Start a bulk action, and perform it for one request. Call everything inside `tenant()`."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.tenancy.models import Organization, User
from requests_app.bulk.verdicts import Verdict, judge
from requests_app.completion import complete, extend
from requests_app.models import Act, BulkAction, BulkItem, Result
from requests_app.reminders import plan
from requests_app.start import ownership
from requests_app.start.start import Owner

BATCH = 1000


def start(
    act: str,
    verdicts: Sequence[Verdict],
    *,
    key: uuid.UUID,
    organization: Organization,
    actor: User,
    new_owner: User | None = None,
    days: int = 0,
) -> BulkAction:
    """Queue the action for the requests of these verdicts. The same key again returns the action of the first time."""
    action = BulkAction(
        uid=_uid(key, organization),
        organization=organization,
        asked_by=actor,
        act=act,
        new_owner=new_owner,
        days=days,
        selected=len(verdicts),
        expected=sum(verdict.left_out is None for verdict in verdicts),
        trace_id=work_item.current_trace_id(),
    )
    BulkAction.objects.bulk_create([action], ignore_conflicts=True)
    queued: BulkAction = BulkAction.objects.select_for_update(no_key=True).get(uid=action.uid)
    if not BulkItem.objects.filter(bulk_action=queued).exists():
        items = [
            BulkItem(organization=organization, bulk_action=queued, reference_request=each.reference_request)
            for each in verdicts
        ]
        BulkItem.objects.bulk_create(items, batch_size=BATCH)
        work_item.wake_workers(BulkAction)
    return queued


def started(key: uuid.UUID, organization: Organization) -> BulkAction | None:
    """The action that was already started with this key."""
    found: BulkAction | None = BulkAction.objects.filter(uid=_uid(key, organization)).first()
    return found


def _uid(key: uuid.UUID, organization: Organization) -> uuid.UUID:
    return uuid.uuid5(organization.uid, f"bulk {key}")


def perform_one(action: BulkAction, item: BulkItem, now: datetime) -> None:
    """Act on the item's request, which the caller has locked, if it applies. Raises CapReached and NotPossible."""
    [verdict] = judge(action.act, [item.reference_request], now, new_owner=action.new_owner, asked_by=action.asked_by)
    if verdict.left_out is None:
        _act(action, verdict)
    result = Result.DONE if verdict.left_out is None else Result.LEFT_OUT
    BulkItem.objects.filter(pk=item.pk).update(result=result, why=verdict.left_out or "")


def _act(action: BulkAction, verdict: Verdict) -> None:
    reference_request, actor = verdict.reference_request, str(action.asked_by or _("A former member"))
    match action.act:
        case Act.REMIND:
            for person in verdict.people:
                plan.request_reminder(reference_request, person, actor=actor)
        case Act.REASSIGN if action.new_owner is not None:
            rule = _("Chosen by %(actor)s") % {"actor": actor}
            owner = Owner(str(action.new_owner), action.new_owner.email, rule)
            # One email for each request would be too many.
            ownership.change_owner(reference_request, owner, actor=actor, email_them=False)
        case Act.EXTEND:
            due_before = reference_request.due_at
            extend.extend(reference_request, days=action.days, due_before=due_before, actor=actor)
        case Act.CANCEL:
            complete.cancel(reference_request, actor=actor)


def fail(pk: int, sentence: str) -> None:
    """Say why nothing happened, for the item with this primary key."""
    BulkItem.objects.filter(pk=pk, result=Result.PENDING).update(result=Result.FAILED, reason=sentence)


def retry_failed(action: BulkAction) -> int:
    """Try the failed items again. Returns how many there were."""
    changed: int = BulkItem.objects.filter(bulk_action=action, result=Result.FAILED).update(
        result=Result.PENDING, reason="", created_at=clock.now()
    )
    if changed:
        work_item.try_again(action, even_if_done=True)
    return changed
