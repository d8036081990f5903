"""Requesting an erasure, and what staff do afterwards. Call inside `tenant()`, except `forget_failed`."""

import json
from datetime import timedelta
from uuid import UUID

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.redaction import is_whole_name
from crosschq.messaging.models import Channel, SuppressionReason
from crosschq.messaging.personal_data import numbers_of
from crosschq.messaging.sending.suppression import is_suppressed, lift
from crosschq.privacy.models import Erasure
from crosschq.tenancy import audit
from crosschq.tenancy.models import Organization, User
from crosschq.tenancy.person import Person
from crosschq.tenancy.requested_work import UNFINISHED
from crosschq.tenancy.scope import cross_tenant
from webhooks.decision import erased_candidates

FAILED_KEPT = timedelta(days=7)


def ask_to_erase(
    person: Person,
    *,
    organization: Organization,
    actor: User | None,
    uid: UUID,
    only_reference: bool = False,
    heir: User | None = None,
) -> Erasure:
    """Start an erasure, or return the unfinished one. `uid`: the row named in the URL of the person's page."""
    new = Erasure(
        organization=organization,
        asked_by=actor,
        person_uid=uid,
        only_reference=only_reference,
        sought=order_of(person),
        heir=heir,
        trace_id=work_item.current_trace_id(),
    )
    Erasure.objects.bulk_create([new], ignore_conflicts=True)
    erasure: Erasure = Erasure.objects.get(person_uid=uid, only_reference=only_reference, state__in=UNFINISHED)
    if erasure.uid == new.uid:
        _record(erasure, actor, action="privacy.erase_reference" if only_reference else "privacy.erase")
        work_item.wake_workers(Erasure)
    return erasure


def mark_deleted_in_ats(erasure: Erasure, *, actor: User) -> None:
    """Forget what was left in the ATS, after staff deleted it there."""
    if erasure.left_in_ats:
        Erasure.objects.filter(pk=erasure.pk).update(left_in_ats="")
        _record(erasure, actor, action="privacy.deleted_there")


def order_of(person: Person) -> str:
    """What a worker must erase, and search for afterwards."""
    sought = person.sought
    uids = sorted(str(uid) for uid in sought.uids)
    identifiers = [*person.emails, *(key.removeprefix("email:") for key in sought.keys if key.startswith("email:"))]
    order = {"keys": sorted(sought.keys), "uids": uids, "names": [*filter(is_whole_name, person.names)]}
    return json.dumps({**order, "identifiers": sorted({*identifiers, *numbers_of(person)})})


def _record(erasure: Erasure, actor: User | None, *, action: str) -> None:
    audit.record(organization=erasure.organization, actor=actor, action=action, after={"erasure": erasure.uid})


def is_blocked(organization: Organization, email: str) -> bool:
    """Whether we don't email this address because the person was erased."""
    return is_suppressed(
        organization=organization, channel=Channel.EMAIL, address=email, reason=SuppressionReason.ERASED
    )


def write_again(organization: Organization, *, email: str = "", candidate_id: str = "", actor: User) -> bool:
    """Allow email and requests to an erased person again. Returns False if they were never blocked.

    candidate_id: their id in the ATS, for someone who has another address now.
    """
    lifted = bool(candidate_id) and erased_candidates.allow_id(candidate_id)
    if email:
        lifted |= lift(organization=organization, channel=Channel.EMAIL, address=email, reason=SuppressionReason.ERASED)
        lifted |= erased_candidates.allow_address(email)
    if lifted:
        audit.record(organization=organization, actor=actor, action="privacy.write_again")
    return lifted


def forget_failed() -> int:
    """A week after an erasure failed, forget who was to be erased. Returns how many."""
    with cross_tenant("failed erasures of every organization are emptied"):
        failed = Erasure.objects.filter(state=WorkState.DEAD, finished_at__lt=clock.now() - FAILED_KEPT)
        return int(failed.exclude(sought="").update(sought=""))
