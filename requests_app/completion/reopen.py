"""Reopen a request that ended: canceled, expired, or finished while a reference is missing."""

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.security import secret_links
from requests_app import timeline
from requests_app.candidate.slots import slots
from requests_app.completion.extend import end_of_date
from requests_app.lifecycle import NotPossible, locked, move_reference, reopen_request, return_reference
from requests_app.models import (
    ASKED_STATES,
    OPEN_STATES,
    SENT_STATES,
    Reference,
    ReferenceRequest,
    ReferenceState,
    RequestState,
)
from requests_app.notifications import send
from requests_app.reminders import plan
from requests_app.start.start import requests_of_application
from requests_app.text import day


def reopen(reference_request: ReferenceRequest, *, due_on: date, actor: str) -> ReferenceRequest:
    """Continue the request where it was, until the end of this day. Everyone we wait for gets a new link.

    Their earlier links work again too. Raises NotPossible, and CapReached.
    """
    reference_request = locked(reference_request)
    people = list(Reference.objects.filter(reference_request=reference_request))
    refuse(reference_request, people)
    due_at = end_of_date(due_on, reference_request.organization.time_zone)
    fields = {
        "due_at": due_at,
        "closes_at": due_at + (reference_request.closes_at - reference_request.due_at),
        "reopened_at": clock.now(),
        **dict.fromkeys(("finished_at", "paused_until", "due_notified_at", "silence_notified_at")),
    }
    try:
        with transaction.atomic():
            reopen_request(reference_request, _state_before(reference_request, people), **fields)
    except IntegrityError:
        # Another request for the application started between our check and our update.
        refuse(reference_request, people)
        raise
    for person in people:
        return_reference(person, only_from=ReferenceState.NOT_COMPLETED)
        move_reference(person, ReferenceState.ANSWERED, only_from=ReferenceState.LATE)  # in time now
    sentence = _("%(actor)s reopened the request until %(day)s")
    words = {"actor": actor, "day": day(due_at, reference_request.organization.time_zone, with_year=True)}
    timeline.note(reference_request, sentence % words)
    _ask_again(reference_request, people)
    return reference_request


def refuse(reference_request: ReferenceRequest, people: Sequence[Reference]) -> None:
    """Raise NotPossible if the request can't be reopened."""
    if reference_request.is_open:
        raise NotPossible(_("The request is open."))
    if reference_request.has_report and not missing(reference_request, people):
        raise NotPossible(_("All references have answered, so there is nothing left to ask."))
    other = other_open(reference_request)
    if other is not None:
        sentence = _("Another request to %(name)s for this job is open. Cancel it first, or continue with that one.")
        raise NotPossible(sentence % {"name": reference_request.candidate_name}, because_of=other)


def missing(reference_request: ReferenceRequest, people: Sequence[Reference]) -> int:
    """How many of the references that the template asks for haven't answered."""
    answered = {person.slot for person in people if person.state in SENT_STATES}
    return sum(slot.number not in answered for slot in slots(reference_request.version))


def other_open(reference_request: ReferenceRequest) -> ReferenceRequest | None:
    """The open request for the same application, which there can be only one of."""
    if reference_request.connection is None:
        return None
    same = requests_of_application(
        reference_request.connection, reference_request.ats_candidate_id, reference_request.ats_job_id
    )
    return same.filter(state__in=OPEN_STATES).exclude(pk=reference_request.pk).first()


def asked_again(reference_request: ReferenceRequest, people: Sequence[Reference]) -> list[Reference]:
    """The references who get a new link if the request is reopened."""
    states = (*ASKED_STATES, ReferenceState.NOT_COMPLETED)
    return [person for person in people if person.state in states and person.invited_at]


def _state_before(reference_request: ReferenceRequest, people: Sequence[Reference]) -> RequestState:
    if reference_request.invited_at:
        return RequestState.WAITING_FOR_REFERENCES
    if any(person.state == ReferenceState.NAMED for person in people):
        return RequestState.NAMING_REFERENCES
    return RequestState.STARTED if reference_request.started_at else RequestState.SENT


def _ask_again(reference_request: ReferenceRequest, people: Sequence[Reference]) -> None:
    for person in people:
        if person.is_reachable:
            send.send_reference_new_link(reference_request, person)
            plan.plan(reference_request, person)
            secret_links.extend(subject=person.uid, purpose=send.REFERENCE, until=reference_request.closes_at)
    if not plan.is_waited_for(reference_request, None):
        return
    if reference_request.state == RequestState.SENT:
        send.invite_candidate(reference_request)
    else:
        send.send_candidate_new_link(reference_request)
    plan.plan(reference_request)
    secret_links.extend(subject=reference_request.uid, purpose=send.CANDIDATE, until=reference_request.closes_at)
