"""What becomes of an event: one outcome of the closed list, with what was looked at on the way.

An event is only a hint. What it names is read from the ATS as it is now, so that late, repeated and re-ordered
deliveries end alike. Cheap questions come first: a move that is not for us costs one call, of the status history, which
also shows whether the read is as new as the event (see stale_reads.py). Looking is in look.py.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors import ats, registry
from connectors.calls.gateway import as_setback, open_ats
from connectors.company import job_cache
from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import fault
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.time_zones import find_time_zone
from crosschq.tenancy.scope import tenant
from requests_app.completion import pause
from requests_app.start import merges
from requests_app.start.start import CandidateInfo, NotStarted, Origin, start_request
from templates_app.models import RequestTemplate, TemplateVersion
from webhooks.decision import burst_guard, stale_reads
from webhooks.decision import evaluation as look
from webhooks.decision.evaluation import Decided, Look, Ready
from webhooks.decision.outcomes import OUTCOMES, Family
from webhooks.inbox.receive import FOUND
from webhooks.models import InboundEvent

# Outcomes that follow from what the event itself says: they answer no other event of the application.
OF_THE_EVENT_ALONE = {"no.stood_there", "no.other_event", "no.template_deleted", "fail.malformed"}
# These hold for every event of the application, whatever a person asked for with one of them.
OF_THE_APPLICATION = {"no.already_open", "no.other_step"}
AUTOMATIC = Q(asked_by="", confirmed_at=None, replay=None)
MOST_MOVES = 100  # of one application that are looked at: nobody makes so many within minutes


class Waits(work_item.Hold):
    """The event is old: it waits for one click."""

    def __init__(self, when: str, event: InboundEvent, ahead: dict[str, str]) -> None:
        sentence = OUTCOMES["hold.old"].say({"when": when})
        super().__init__(sentence, held_for=f"confirmation:{event.uid}", code="old")
        self.values = {"when": when, **ahead}


@dataclass
class Case:
    """One event, what is learned about it, and the events that it answers too.

    `merged`: profiles of the same person that became this candidate's. `stale`: what was read of the application may
    be older than the event.
    """

    event: InboundEvent
    look: Look
    covered: list[int]
    merged: list[str] = field(default_factory=list)
    stale: stale_reads.Stale | None = None


class NotShownYet(Exception):
    """What was read of the application is older than the event."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"read again at {until}")
        self.until = until


def perform(event: InboundEvent) -> None:
    """Decide, then store the outcome and its effects in one transaction, under the event's lease."""
    with tenant(event.organization):
        connection = Connection.objects.select_related("organization").get(pk=event.connection_id)
        # They came before we read, so what we read answers them too.
        covered = list(_same_move(event).values_list("pk", flat=True))
    case = Case(event, Look(connection, open_ats(connection), email=event.chosen_email), covered)
    try:
        # The times in what is told are the organization's.
        with timezone.override(find_time_zone(connection.organization.time_zone)):
            _decide_and_start(case)
    except Decided as decided:
        with tenant(event.organization):
            _finish(case, decided.outcome, decided.values)
    except NotShownYet as stale:
        with tenant(event.organization):
            _read_again(case, stale.until)
    except ats.AtsError as error:
        until = _shown_later(case) if isinstance(error, ats.NotVisible) else None
        if until is None:
            raise _with_evidence(as_setback(error, connection), case) from error
        with tenant(event.organization):
            _read_again(case, until)
    except work_item.Setback as setback:
        raise _with_evidence(setback, case) from setback


def _with_evidence(setback: work_item.Setback, case: Case) -> work_item.Setback:
    """What was learned before it stopped is shown in the log, with a name where there is one."""
    setback.learned = {"checks": case.look.checks, **_known(case)}  # type: ignore[attr-defined]
    return setback


def _same_move(event: InboundEvent) -> "QuerySet[InboundEvent]":
    """Events that wait to be decided by the same application: a burst costs the calls of one.

    An event that a person released is decided for itself. Those released with the same press are one act.
    """
    if not event.candidate_id:
        return InboundEvent.objects.none()
    waiting = InboundEvent.objects.filter(
        connection_id=event.connection_id,
        candidate_id=event.candidate_id,
        job_id=event.job_id,
        state=WorkState.PENDING,
        attempts=0,
    )
    return waiting.filter(AUTOMATIC | _same_press(event))


def _same_press(event: InboundEvent) -> Q:
    if not event.asked_by or event.by_hand:
        return AUTOMATIC
    plain = Q(chosen_template=None, chosen_email="", another=False)
    return plain & Q(asked_by=event.asked_by, confirmed_at=event.confirmed_at, replay=event.replay_id)


def _decide_and_start(case: Case) -> None:
    seen = case.look
    told = _read_event(case)
    seen.candidate_id, seen.job_id = told.candidate_id, told.job_id
    look.check_switch(seen)
    application = _application(case, told)
    _check_time(case, application)
    ready = look.read_what_it_takes(seen, chosen=_chosen(case))
    case.merged = _merged_profiles(case, ready.candidate)
    fault("before_effects")
    with tenant(case.event.organization):
        _start(case, application, ready)


def _application(case: Case, told: ats.AtsEvent) -> ats.Application:
    """The application at our step. Raises Decided for one elsewhere, NotShownYet where that may not be so anymore."""
    seen, event = case.look, case.event
    if event.event_name == FOUND:
        return look.check_step(seen)
    changes = look.read_history(seen, application_id=told.application_id)
    checks = list(seen.checks)
    if _is_automatic(event):
        case.stale = _staleness(case, changes)
    try:
        return look.check_step(seen)
    except Decided:
        if case.stale is None:
            raise
    # The application itself may be newer than its history.
    seen.checks = checks
    look.read_application(seen)
    try:
        return look.check_step(seen)
    except Decided as elsewhere:
        raise NotShownYet(case.stale.until) from elsewhere


def _is_automatic(event: InboundEvent) -> bool:
    """Nobody asked for it, who would wait for what comes of it."""
    return not (event.confirmed_at or event.asked_by)


def _staleness(case: Case, changes: list[ats.StatusChange]) -> stale_reads.Stale | None:
    event = case.event
    with tenant(event.organization):
        rows = InboundEvent.objects.filter(
            connection_id=event.connection_id, candidate_id=event.candidate_id, job_id=event.job_id
        ).exclude(event_name=FOUND)
        latest = rows.order_by("-happened_at").values_list("happened_at", "created_at")[:MOST_MOVES]
        heard = [stale_reads.Heard(*row) for row in latest]
    return stale_reads.staleness(heard, changes, now=clock.now())


def _shown_later(case: Case) -> datetime | None:
    """When to read again what can't be read, for it may be too new; None where waiting is of no use."""
    event = case.event
    if event.event_name == FOUND or not _is_automatic(event):
        return None
    return stale_reads.read_again_at(stale_reads.Heard(event.happened_at, event.created_at), now=clock.now())


def _read_again(case: Case, until: datetime) -> None:
    """Later, behind what is due before: this event, and with it all others of the application but a person's."""
    reason = _("SmartRecruiters doesn't show this move yet. We'll read it again.")
    work_item.postpone(case.event, until=until, reason=reason)
    waiting = _same_move(case.event).filter(AUTOMATIC, pk__in=case.covered)
    waiting.update(available_at=until, reason=reason)


def _merged_profiles(case: Case, candidate: ats.Candidate) -> list[str]:
    """Profiles that were asked for the same job before they became this candidate's."""
    seen = case.look
    with tenant(case.event.organization):
        suspects = merges.suspects(
            seen.connection,
            candidate_id=candidate.id,
            job_id=seen.job_id,
            email=candidate.email,
            last_name=candidate.last_name,
        )
    found = []
    for reference_request in suspects:
        try:
            same = seen.opened.candidate(reference_request.ats_candidate_id).id == candidate.id
        except ats.NotVisible:
            same = merges.same_person(reference_request, email=candidate.email, name=look.name_of(candidate))
        if same:
            found.append(reference_request.ats_candidate_id)
    return found


def _chosen(case: Case) -> TemplateVersion | None:
    """The template that a person chose for this event. It may have been deleted meanwhile."""
    uid = case.event.chosen_template
    if uid is None:
        return None
    with tenant(case.event.organization):
        template = RequestTemplate.objects.get(uid=uid)
        if template.deleted_at is None:
            return template.current
    seen, values = _("%(template)s was deleted") % {"template": template.name}, {"template_uid": str(uid)}
    raise case.look.stopped(_("Template"), seen, "no.template_deleted", template=template.name, **values)


def _read_event(case: Case) -> ats.AtsEvent:
    event, connection = case.event, case.look.connection
    if event.event_name == FOUND:
        return ats.AtsEvent(kind="moved", candidate_id=event.candidate_id, job_id=event.job_id)
    try:
        told = registry.vendor(connection.vendor).parse_event(event.event_name, bytes(event.body))
    except ats.Malformed as error:
        raise case.look.stopped(_("Message"), error.sentence, "fail.malformed", why=error.sentence) from error
    if told.kind != "moved":
        _forget(case, told)
        raise Decided("no.other_event", event=event.event_name)
    return told


def _forget(case: Case, told: ats.AtsEvent) -> None:
    with tenant(case.event.organization):
        if told.kind == "job_changed":
            job_cache.invalidate_job(case.look.connection, told.job_id)
        if told.kind == "team_changed":
            job_cache.invalidate_team(case.look.connection, told.job_id)


def _check_time(case: Case, application: ats.Application) -> None:
    """What came late waits for a person, who may know that it is not wanted anymore."""
    event, happened_at = case.event, case.event.happened_at
    if event.event_name == FOUND:
        reached_at = look.reached_step_at(case.look, application)
        happened_at = reached_at or event.happened_at
        if not event.confirmed_at:
            try:
                look.check_since_switch(case.look, application, reached_at)
            except Decided as stood_there:
                stood_there.values |= _ahead(case)
                raise
    if look.is_old(happened_at) and not event.confirmed_at:
        candidate = look.check_candidate(case.look)
        raise Waits(look.words(happened_at), event, _ahead(case, candidate))
    case.look.passed(_("Time"), look.words(happened_at))


def _ahead(case: Case, candidate: ats.Candidate | None = None) -> dict[str, str]:
    """What would go out if a person lets it: the name of the template, or why none would."""
    found = look.ahead(case.look, candidate)
    lacks = [OUTCOMES[each.outcome].say(each.values) for each in found.lacks]
    return {"template": found.template, "lacks": " ".join(lacks)}


def _start(case: Case, application: ats.Application, ready: Ready) -> None:
    """The request, its invitation and the event's end: all or nothing."""
    seen, candidate = case.look, ready.candidate
    _follow_merges(case, application, candidate)
    origin = Origin(
        connection=seen.connection,
        candidate_id=candidate.id,
        job_id=application.job_id,
        application_id=application.application_id,
        event_uid=case.event.uid,
        sentence=_origin_sentence(case.event, application, ready),
    )
    try:
        reference_request = start_request(
            organization=case.event.organization,
            version=ready.match.version,
            candidate=CandidateInfo(
                candidate.first_name[:100], candidate.last_name[:100], candidate.email, candidate.phone[:40]
            ),
            job_title=ready.job.title[:200],
            owner=ready.people.owner,
            origin=origin,
            readers=ready.people.readers,
            even_if_done=case.event.another,
        )
    except NotStarted as error:
        if case.stale and not case.stale.shown:
            # Nothing moved lately, as far as is shown: the event may tell of a rejection, which pauses the request.
            raise NotShownYet(case.stale.until) from error
        decided = look.already_asked(seen, error)
        _finish(case, decided.outcome, decided.values)
        return
    if not case.event.confirmed_at:
        # Only now is it known that this one would go out; raising takes it back.
        burst_guard.stop(seen.connection, template=ready.match.version.name)
    seen.known["reference_request_uid"] = reference_request.uid
    match = ready.match
    seen.known["template_uid"] = match.version.template.uid
    if case.event.by_hand:
        _finish(case, "sent.manual", {"who": case.event.asked_by, "template": match.version.name})
    elif match.by_default:
        _finish(case, "sent.default", {"template": match.version.name})
    else:
        _finish(case, "sent.matched", {"tag": match.tag, "template": match.version.name})


def _follow_merges(case: Case, application: ats.Application, candidate: ats.Candidate) -> None:
    """Before it is looked whether the candidate was asked: call inside `tenant()`."""
    connection = case.look.connection
    told_of = case.event.candidate_id
    for old_id in [*case.merged, *([told_of] if told_of != candidate.id else [])]:
        merges.follow(connection, old_id, candidate.id)
    merges.follow_application(connection, application_id=application.application_id, candidate_id=candidate.id)


def _origin_sentence(event: InboundEvent, application: ats.Application, ready: Ready) -> str:
    values = {
        "step": application.step,
        "tag": ready.match.tag,
        "template": ready.match.version.name,
        "who": event.asked_by,
    }
    if event.by_hand:
        return _("Moved to “%(step)s” in SmartRecruiters; %(who)s sent it by hand with %(template)s") % values
    if ready.match.by_default:
        return _("Moved to “%(step)s” in SmartRecruiters; the job has no tag, so the default %(template)s was used") % (
            values
        )
    return _("Moved to “%(step)s” in SmartRecruiters; tag “%(tag)s” matched the template %(template)s") % values


def _known(case: Case) -> dict[str, Any]:
    known = case.look.known
    return {name: value[:300] if isinstance(value, str) else value for name, value in known.items()}


def _follow(seen: Look) -> None:
    """A request that is open already is paused when its application is turned down, and goes on when that ends.

    Only an event tells us of that, and only while requests are switched on: `check_switch` comes before the
    application is read, and what stands at the step, which is read each hour, holds nobody who was turned down. A
    rejection in between shows with the next event of that application, or never; its request then ends by its due date.
    """
    if seen.application is not None:
        application = seen.application
        merges.follow_application(
            seen.connection, application_id=application.application_id, candidate_id=seen.candidate_id
        )
        pause.follow(
            seen.connection,
            seen.candidate_id,
            application.job_id,
            turned_down=application.turned_down,
            status=application.status,
        )


def _finish(case: Case, outcome: str, values: dict[str, str]) -> None:
    _follow(case.look)
    learned: dict[str, Any] = {"checks": case.look.checks, **_known(case)}
    work_item.finish(case.event, **learned, **case.event.ends_as(outcome, values))
    duplicate = InboundEvent().ends_as("no.duplicate", values)
    _answered_too(case, outcome).update(state=WorkState.DONE, finished_at=clock.now(), **learned, **duplicate)


def _answered_too(case: Case, outcome: str) -> "QuerySet[InboundEvent]":
    """The events that this outcome ends as well. Asked again, since a person may have released one meanwhile."""
    sent = OUTCOMES[outcome].family == Family.SENT
    by_other_rules = case.event.by_hand and not sent and outcome not in OF_THE_APPLICATION
    if outcome in OF_THE_EVENT_ALONE or by_other_rules:
        return InboundEvent.objects.none()
    still = _same_move(case.event).filter(pk__in=case.covered)
    return still if sent else still.filter(AUTOMATIC)
