"""Decide the outcome of an event, and start the request if there should be one.

An event is only a hint: we read the current state from the ATS, so late, repeated, and reordered deliveries all have
the same result. Cheap checks come first. A move to another step costs one call, for the status history, which also
shows whether the data is as recent as the event (see stale_reads.py). The checks are in evaluation.py.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from connectors import ats, registry
from connectors.calls.gateway import as_setback, open_ats
from connectors.company import job_cache
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import fault
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.restore import mode
from crosschq.core.restore.held import HELD_FOR
from crosschq.core.text.dates import datetime_text
from crosschq.core.text.lengths import ATS_JOB_TITLE, fitted
from crosschq.core.text.time_zones import find_time_zone
from crosschq.tenancy.scope import tenant
from requests_app.completion import pause
from requests_app.start import merges
from requests_app.start.start import CandidateInfo, NotStarted, Origin, start_request
from templates_app.models import RequestTemplate, TemplateVersion
from webhooks.decision import (
    burst_guard,
    candidate_deleted,
    duplicates,
    earlier_reads,
    invited,
    passed_step,
    stale_reads,
)
from webhooks.decision.earlier_reads import is_automatic
from webhooks.decision.evaluation import (
    Evaluation,
    RequestInputs,
    RequestNotStarted,
    already_requested,
    check_candidate,
    check_since_switch,
    check_step,
    check_switch,
    collect_inputs,
    display_name,
    is_old,
    reached_step_at,
    read_application,
    read_history,
)
from webhooks.decision.forecast import as_values, forecast
from webhooks.decision.outcomes import OUTCOMES
from webhooks.inbox.receive import STEP_SCAN_EVENT
from webhooks.models import InboundEvent


class AwaitingConfirmation(work_item.Hold):
    """The event is old, so a member must confirm it."""

    def __init__(self, when: str, event: InboundEvent, ahead: dict[str, Any]) -> None:
        sentence = OUTCOMES["hold.old"].say({"when": when})
        super().__init__(sentence, held_for=f"confirmation:{event.uid}", code="old")
        self.values = {"when": when, **ahead}


@dataclass
class EventContext:
    """One event, its evaluation, and the events that it supersedes.

    `moves`: the events about moves of the same application, if the ATS may show it later than it sent them. `merged`:
    profiles that were merged into this candidate's. `stale`: set if the application's data may be older than the event.
    `effect`: what else happens in the transaction of the outcome if no request starts.
    """

    event: InboundEvent
    evaluation: Evaluation
    superseded: list[int]
    moves: list[stale_reads.MoveEvent]
    merged: list[str] = field(default_factory=list)
    stale: stale_reads.StaleRead | None = None
    effect: Callable[[], object] | None = None


def perform(event: InboundEvent) -> None:
    """Decide, then store the outcome and its effects in one transaction under the event's lease."""
    read = earlier_reads.of(event)
    connection = read.connection
    opened = open_ats(connection, just_read=True)
    context = EventContext(event, Evaluation(connection, opened, email=event.chosen_email), read.superseded, read.moves)
    try:
        # Times in sentences use the organization's zone.
        with timezone.override(find_time_zone(connection.organization.time_zone)):
            _decide_and_start(context)
    except RequestNotStarted as not_started:
        with tenant(event.organization) if _has_effects(context) else nullcontext():
            if context.effect is not None:
                context.effect()
            _finish(context, not_started.outcome, not_started.values)
    except stale_reads.NotVisibleYet as stale:
        with tenant(event.organization):
            _read_again(context, stale.until)
    except ats.AtsError as error:
        until = _retry_at(context) if isinstance(error, ats.NotVisible) else None
        if until is None:
            raise _with_evidence(as_setback(error, connection), context) from error
        with tenant(event.organization):
            _read_again(context, until)
    except work_item.Setback as setback:
        raise _with_evidence(setback, context) from setback


def _has_effects(context: EventContext) -> bool:
    """Return whether more may be stored than the outcome of this event, where no request starts."""
    is_alone = context.effect is None and context.evaluation.application is None and not context.superseded
    return not is_alone


def _with_evidence(setback: work_item.Setback, context: EventContext) -> work_item.Setback:
    """Attach the checks and names found so far, so that the log shows them."""
    setback.values = {"ats": context.evaluation.connection.ats_name} | getattr(setback, "values", {})  # type: ignore[attr-defined]
    setback.evidence = {"checks": context.evaluation.checks, **_known(context)}  # type: ignore[attr-defined]
    return setback


def _decide_and_start(context: EventContext) -> None:
    evaluation = context.evaluation
    ats_event = _read_event(context)
    evaluation.candidate_id, evaluation.job_id = ats_event.candidate_id, ats_event.job_id
    check_switch(evaluation)
    try:
        application = _application(context, ats_event)
    except RequestNotStarted as elsewhere:
        raise passed_step.explained(context.event, evaluation, elsewhere) from elsewhere
    _check_time(context, application)
    ready = collect_inputs(evaluation, chosen=_chosen(context))
    context.merged = _merged_profiles(context, ready.candidate)
    fault("before_effects")
    with tenant(context.event.organization):
        _start(context, application, ready)


def _application(context: EventContext, ats_event: ats.AtsEvent) -> ats.Application:
    """Return the application at our step.

    Raises RequestNotStarted if it is elsewhere, NotVisibleYet if that data may be stale.
    """
    evaluation = context.evaluation
    if context.event.event_name == STEP_SCAN_EVENT:
        return check_step(evaluation)
    changes = read_history(evaluation, application_id=ats_event.application_id)
    checks = list(evaluation.checks)
    context.stale = stale_reads.staleness(context.moves, changes, now=clock.now())
    try:
        return check_step(evaluation)
    except RequestNotStarted:
        if context.stale is None:
            raise
    # The application's own data may be newer than its history.
    evaluation.checks = checks
    read_application(evaluation)
    try:
        return check_step(evaluation)
    except RequestNotStarted as elsewhere:
        raise stale_reads.NotVisibleYet(context.stale.until) from elsewhere


def _retry_at(context: EventContext) -> datetime | None:
    """Return when to retry a read that failed because the record may be too new; None if waiting is useless."""
    event = context.event
    if event.event_name == STEP_SCAN_EVENT or not is_automatic(event):
        return None
    return stale_reads.read_again_at(stale_reads.MoveEvent(event.happened_at, event.created_at), now=clock.now())


def _read_again(context: EventContext, until: datetime) -> None:
    """Postpone this event, and all others of the application that no member released."""
    reason = _("%(ats)s doesn't show this move yet. We'll read it again.") % {
        "ats": context.evaluation.connection.ats_name
    }
    work_item.postpone(context.event, until=until, reason=reason)
    waiting = duplicates.of_same_move(context.event).filter(duplicates.AUTOMATIC, pk__in=context.superseded)
    waiting.update(available_at=until, reason=reason)


def _merged_profiles(context: EventContext, candidate: ats.Candidate) -> list[str]:
    """Return profiles with a request for the same job that have since been merged into this candidate's."""
    evaluation = context.evaluation
    with tenant(context.event.organization):
        suspects = merges.suspects(
            evaluation.connection,
            candidate_id=candidate.id,
            job_id=evaluation.job_id,
            email=candidate.email,
            last_name=candidate.last_name,
        )
    found = []
    for reference_request in suspects:
        try:
            same = evaluation.opened.candidate(reference_request.ats_candidate_id).id == candidate.id
        except ats.NotVisible:
            same = merges.same_person(reference_request, email=candidate.email, name=display_name(candidate))
        if same:
            found.append(reference_request.ats_candidate_id)
    return found


def _chosen(context: EventContext) -> TemplateVersion | None:
    """Return the template a member chose for this event. Raises RequestNotStarted if it has been deleted since."""
    uid = context.event.chosen_template
    if uid is None:
        return None
    with tenant(context.event.organization):
        template = RequestTemplate.objects.get(uid=uid)
        if template.deleted_at is None:
            return template.current
    check_candidate(context.evaluation)  # so that the outcome can name them
    detail, values = _("%(template)s was deleted") % {"template": template.name}, {"template_uid": str(uid)}
    raise context.evaluation.stop(_("Template"), detail, "no.template_deleted", template=template.name, **values)


def _read_event(context: EventContext) -> ats.AtsEvent:
    event, connection = context.event, context.evaluation.connection
    if event.event_name == STEP_SCAN_EVENT:
        return ats.AtsEvent(kind="moved", candidate_id=event.candidate_id, job_id=event.job_id)
    try:
        ats_event = registry.vendor(connection.vendor).parse_event(event.event_name, bytes(event.body))
    except ats.Malformed as error:
        raise context.evaluation.stop(_("Message"), error.sentence, "fail.malformed", why=error.sentence) from error
    if ats_event.kind == "candidate_deleted":
        context.effect = candidate_deleted.effect_of(
            connection, context.evaluation.opened, ats_event.candidate_id, read_again_at=_retry_at(context)
        )
    if ats_event.kind != "moved":
        _invalidate_cache(context, ats_event)
        raise RequestNotStarted("no.other_event", event=event.event_name, ats=connection.ats_name)
    return ats_event


def _invalidate_cache(context: EventContext, ats_event: ats.AtsEvent) -> None:
    invalidate = {"job_changed": job_cache.invalidate_job, "team_changed": job_cache.invalidate_team}.get(
        ats_event.kind
    )
    if invalidate is not None:
        with tenant(context.event.organization):
            invalidate(context.evaluation.connection, ats_event.job_id)


def _check_time(context: EventContext, application: ats.Application) -> None:
    """Hold a late event for a member, who may know that the request is no longer needed."""
    event, happened_at = context.event, context.event.happened_at
    if event.event_name == STEP_SCAN_EVENT:
        reached_at = reached_step_at(context.evaluation, application)
        happened_at = reached_at or happened_at
        if not event.confirmed_at:
            try:
                check_since_switch(context.evaluation, application, reached_at)
            except RequestNotStarted as stood_there:
                stood_there.values |= _ahead(context)
                raise
    may_be_repeated = event.held_for == HELD_FOR or mode.may_be_lost(happened_at)
    if (is_old(happened_at) or may_be_repeated) and not event.confirmed_at:
        candidate = check_candidate(context.evaluation)
        ahead = _ahead(context, candidate)
        if may_be_repeated:
            ahead |= invited.evidence(context.evaluation.connection, application)
        raise AwaitingConfirmation(datetime_text(happened_at), event, ahead)
    context.evaluation.record_pass(_("Time"), datetime_text(happened_at))


def _ahead(context: EventContext, candidate: ats.Candidate | None = None) -> dict[str, Any]:
    """Return the template that a member's confirmation would send, or what is missing, and when we asked."""
    at = clock.now()
    found = forecast(context.evaluation, candidate)
    return as_values(found.template, found.template_uid, found.missing, at=at)


def _start(context: EventContext, application: ats.Application, ready: RequestInputs) -> None:
    """Start the request, queue the invitation and finish the event, all in one transaction."""
    evaluation, candidate = context.evaluation, ready.candidate
    _follow_merges(context, application, candidate)
    origin = Origin(
        connection=evaluation.connection,
        candidate_id=candidate.id,
        job_id=application.job_id,
        application_id=application.application_id,
        event_uid=context.event.uid,
        sentence=_origin_sentence(context.event, application, ready),
    )
    try:
        reference_request = start_request(
            organization=context.event.organization,
            version=ready.match.version,
            candidate=CandidateInfo(candidate.first_name, candidate.last_name, candidate.email, candidate.phone),
            job_title=ready.job.title,
            owner=ready.people.owner,
            origin=origin,
            readers=ready.people.readers,
            allow_repeat=context.event.allow_repeat,
        )
    except NotStarted as error:
        if context.stale and not context.stale.shown:
            # The ATS shows no recent move yet. This move may be a rejection, which would pause the request.
            raise stale_reads.NotVisibleYet(context.stale.until) from error
        not_started = already_requested(evaluation, error)
        _finish(context, not_started.outcome, not_started.values)
        return
    if not context.event.confirmed_at:
        # Only now do we know that a request would be sent. Raising this rolls it back.
        version = ready.match.version
        ahead = as_values(version.name, str(version.template.uid), (), at=clock.now())
        burst_guard.enforce(evaluation.connection, ahead=ahead)
    invited.remember(evaluation.connection, application)
    match = ready.match
    evaluation.known |= {"reference_request_uid": reference_request.uid, "template_uid": match.version.template.uid}
    if context.event.is_manual:
        _finish(context, "sent.manual", {"who": context.event.asked_by, "template": match.version.name})
    elif match.by_default:
        _finish(context, "sent.default", {"template": match.version.name})
    else:
        _finish(context, "sent.matched", {"tag": match.tag, "template": match.version.name})


def _follow_merges(context: EventContext, application: ats.Application, candidate: ats.Candidate) -> None:
    """Follow merges before checking for an earlier request. Call inside `tenant()`."""
    connection = context.evaluation.connection
    event_candidate_id = context.event.candidate_id
    for old_id in [*context.merged, *([event_candidate_id] if event_candidate_id != candidate.id else [])]:
        merges.follow(connection, old_id, candidate.id)
    merges.follow_application(connection, application_id=application.application_id, candidate_id=candidate.id)


def _origin_sentence(event: InboundEvent, application: ats.Application, ready: RequestInputs) -> str:
    values = {
        "step": application.step,
        "tag": ready.match.tag,
        "template": ready.match.version.name,
        "who": event.asked_by,
        "ats": event.connection.ats_name,
    }
    if event.is_manual:
        return _("Moved to “%(step)s” in %(ats)s; %(who)s sent it manually with the template %(template)s") % values
    if ready.match.by_default:
        return _(
            "Moved to “%(step)s” in %(ats)s; the job has no tag, so the default template %(template)s was used"
        ) % (values)
    return _("Moved to “%(step)s” in %(ats)s; the tag “%(tag)s” matched the template %(template)s") % values


def _known(context: EventContext) -> dict[str, Any]:
    known = context.evaluation.known
    return {name: fitted(value, ATS_JOB_TITLE) if isinstance(value, str) else value for name, value in known.items()}


def _follow(evaluation: Evaluation) -> None:
    """Pause an open request when its application is rejected or withdrawn, and resume it when that is undone.

    We learn of this only from events, and only while requests are on: `check_switch` runs before the application is
    read, and the hourly scan of the step doesn't find rejected candidates. If we miss a rejection, the application's
    next event reveals it. If there is no next event, the request ends on its due date.
    """
    application = evaluation.application
    if application is not None and merges.is_known(
        evaluation.connection, evaluation.candidate_id, application.job_id, application.application_id
    ):
        merges.follow_application(
            evaluation.connection, application_id=application.application_id, candidate_id=evaluation.candidate_id
        )
        pause.follow(
            evaluation.connection,
            evaluation.candidate_id,
            application.job_id,
            turned_down=application.turned_down,
            status=application.status,
        )


def _finish(context: EventContext, outcome: str, values: dict[str, str]) -> None:
    _follow(context.evaluation)
    columns: dict[str, Any] = {"checks": context.evaluation.checks, **_known(context)}
    work_item.finish(context.event, **columns, **context.event.outcome_fields(outcome, values))
    if context.superseded:
        duplicate = InboundEvent().outcome_fields("no.duplicate", values)
        duplicates.decided_too(context.event, context.superseded, outcome).update(
            state=WorkState.DONE, finished_at=clock.now(), **columns, **duplicate
        )
