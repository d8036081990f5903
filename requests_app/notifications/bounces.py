"""Notify the owner when email to the candidate fails, and the candidate when email to a reference fails, once each.

A failure that isn't the address's fault only shows in the timeline: another address wouldn't help.
"""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Subquery

from crosschq.core.outbox import periodic
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import FAILED, Channel, Message
from crosschq.tenancy.scope import cross_tenant, tenant
from requests_app.lifecycle import RequestMovedOn, locked, locked_by_uid
from requests_app.models import ASKED_STATES, OPEN_STATES, Reference, ReferenceRequest, RequestState
from requests_app.notifications import email_content as emails
from requests_app.notifications import send
from requests_app.reminders import plan


def notify_bounces() -> int:
    """Check everyone who is expected to answer, in every organization. Returns how many people we notified."""
    with cross_tenant("emails fail in every organization"):
        failed = Q(state=WorkState.DEAD) | Q(delivery__in=FAILED)
        dead = Message.objects.filter(
            failed, organization=OuterRef("organization"), about_uid=OuterRef("uid"), channel=Channel.EMAIL
        ).exclude(about_kind="report")
        # Those whose newest failure we handled would be read again in each run for as long as they are open.
        newest = Subquery(dead.order_by("-created_at", "-pk").values("uid")[:1])
        unhandled = Q(bounce_notified_for=None) | ~Q(bounce_notified_for=newest)
        open_requests = ReferenceRequest.objects.filter(Exists(dead), unhandled, state__in=OPEN_STATES)
        candidates = list(open_requests.select_related("organization"))
        waiting = Reference.objects.filter(
            reference_request__state=RequestState.WAITING_FOR_REFERENCES, state__in=ASKED_STATES
        )
        references = list(waiting.filter(Exists(dead), unhandled).select_related("organization"))
    notified = periodic.for_each("notify_bounces.candidates", candidates, lambda row: _notify(row, _notify_owner))
    return notified + periodic.for_each(
        "notify_bounces.references", references, lambda row: _notify(row, _notify_candidate)
    )


def _notify(row: ReferenceRequest | Reference, notify: Callable[[UUID], bool]) -> bool:
    with suppress(RequestMovedOn), tenant(row.organization):
        return notify(row.uid)
    return False


def bounced_address(uid: UUID) -> str:
    """Return the address if the latest email to an open request's candidate bounced, else "".

    Call inside `tenant()`.
    """
    email = _undelivered("request", uid)
    if email and not email.has_failing_address:
        return ""
    is_open = email is not None and ReferenceRequest.objects.filter(uid=uid, state__in=OPEN_STATES).exists()
    return email.to_email if email and is_open else ""


def _notify_owner(uid: UUID) -> bool:
    reference_request = locked_by_uid(uid)
    email = _undelivered("request", uid)
    if email is None or email.uid == reference_request.bounce_notified_for or not reference_request.is_open:
        return False
    ReferenceRequest.objects.filter(pk=reference_request.pk).update(bounce_notified_for=email.uid)
    if not email.has_failing_address:
        return True
    plan.stop(reference_request, None)
    send.notify_owner(
        reference_request,
        "candidate_bounced",
        emails.owner_bounced(reference_request, url=send.staff_url(reference_request)),
    )
    return True


def _notify_candidate(uid: UUID) -> bool:
    asked = Reference.objects.select_related("reference_request").filter(uid=uid).first()
    if asked is None:
        raise RequestMovedOn
    reference_request = locked(asked.reference_request)
    reference = Reference.objects.get(uid=uid)
    email = _undelivered("reference", uid)
    waits = reference_request.state == RequestState.WAITING_FOR_REFERENCES and reference.is_reachable
    if email is None or email.uid == reference.bounce_notified_for or not waits:
        return False
    Reference.objects.filter(pk=reference.pk).update(bounce_notified_for=email.uid)
    if not email.has_failing_address:
        return True
    plan.stop(reference_request, reference)
    send.ask_for_replacement(reference_request, reference, bounced=True)
    plan.plan(reference_request)
    return True


def _undelivered(about_kind: str, uid: UUID) -> Message | None:
    """The latest email to this person, if we gave up on it or it bounced."""
    emails = Message.objects.filter(about_kind=about_kind, about_uid=uid, channel=Channel.EMAIL)
    newest = emails.order_by("-created_at", "-id").first()
    return newest if newest and newest.has_failed else None
