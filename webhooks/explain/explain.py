"""Why a candidate got no request: looked up in the ATS as it is now, even if no event ever came.

It looks as decide.py does, through look.py, and starts nothing. Beside it stands what the event log knows.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from connectors import ats, registry
from connectors.calls.gateway import as_setback, open_ats
from connectors.company import job_cache, setup_updates
from connectors.models import Connection, ConnectionState
from connectors.setup import checks
from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.dates import datetime_text
from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import tenant
from requests_app.start.start import blocking_request, requests_of_application
from templates_app.tags import tag_key
from webhooks.decision.evaluation import (
    Evaluation,
    RequestNotStarted,
    already_requested,
    check_since_switch,
    check_step,
    check_switch,
    collect_inputs,
    display_name,
    forecast,
    is_old,
    reached_step_at,
)
from webhooks.decision.outcomes import BY_SETBACK, OUTCOMES
from webhooks.decision.readiness import why_not
from webhooks.explain.text import DEAF, FIXES, NO_OTHER_YET, SENTENCES
from webhooks.inbox.receive import STEP_SCAN_EVENT, store
from webhooks.log.display_names import named, with_names
from webhooks.models import InboundEvent

MOST_MATCHES = 20
MOST_EVENTS = 5
CLEAR = "clear"  # nothing stands in the way
ON_ITS_WAY = (WorkState.PENDING, WorkState.WORKING, WorkState.HELD)

AT_CONNECTION = {"no.switch_off", "no.paused", "no.field_missing", "no.field_inactive", "no.field_category"}
ONLY_A_CLICK = {"no.stood_there", "hold.old"}  # a person may let these go
MAY_SEND = {CLEAR, *ONLY_A_CLICK}


@dataclass(frozen=True)
class Match:
    """A candidate on one job."""

    candidate_id: str
    job_id: str
    name: str
    email: str
    job_title: str = ""


@dataclass(frozen=True)
class Explanation:
    """One candidate on one job. `outcome`: a slug of the closed list, or `clear`."""

    match: Match
    outcome: str
    sentence: str
    fix: str = ""
    checks: list[dict[str, str]] = field(default_factory=list)
    reference_request_uid: uuid.UUID | None = None
    on_its_way: bool = False
    missing: bool = False  # a person may let it go, and yet nothing would go out
    repeat_event_uid: uuid.UUID | None = None  # the event from which another request can be sent
    at_connection: bool = False  # what puts it right stands on the connection page

    @property
    def tag(self) -> str:
        return OUTCOMES[self.outcome].tag if self.outcome in OUTCOMES else "ok"

    @property
    def words(self) -> str:
        if self.outcome in ("no.already_open", "no.already_done"):
            return _("Request sent before")
        return OUTCOMES[self.outcome].words if self.outcome in OUTCOMES else _("Nothing in the way")

    @property
    def may_send(self) -> bool:
        return self.outcome in MAY_SEND and not (self.on_its_way or self.missing)


@dataclass(frozen=True)
class Answer:
    """An explanation, or several to choose from, or a sentence that says why there is neither."""

    explanation: Explanation | None = None
    matches: tuple[Match, ...] = ()
    more: bool = False
    sentence: str = ""
    fix: str = ""
    events: tuple[InboundEvent, ...] = ()
    at_connection: bool = False  # what puts it right stands on the connection page


def ask(connection: Connection, text: str, *, chosen: tuple[str, str] | None = None) -> Answer:
    """What becomes of a name, an e-mail or a link; or of the candidate and job that were chosen. Raises nothing.

    Talks to the ATS, so it runs outside of `tenant()`.
    """
    opened = open_ats(connection)
    told = registry.vendor(connection.vendor).parse_link(text)
    if chosen:
        told = ats.LinkTarget("candidate", *chosen)
    try:
        if connection.state == ConnectionState.NOT_CONNECTED:
            raise ats.NeedsSignIn(why_not(connection))
        return _of_link(connection, opened, told) if told else _of_words(connection, opened, text.strip())
    except ats.AtsError as error:
        known = _in_log(connection, told.candidate_id if told else "", words="" if told else text)
        return _not_asked(connection, error, known)


def _not_asked(connection: Connection, error: ats.AtsError, known: tuple[InboundEvent, ...]) -> Answer:
    """What the log knows, and why there is no more."""
    if connection.state == ConnectionState.NOT_CONNECTED:
        fix = _("Connect it on the connection page, then ask again.")
        return Answer(sentence=error.sentence, fix=fix, events=known, at_connection=True)
    slug = BY_SETBACK.get(as_setback(error, connection).code, "fail.gave_up")
    sentence = OUTCOMES[slug].say({"why": error.sentence}) if slug in FIXES else error.sentence
    at_connection = "connection" in OUTCOMES[slug].actions
    return Answer(sentence=sentence, fix=str(FIXES.get(slug, "")), events=known, at_connection=at_connection)


def _of_link(connection: Connection, opened: ats.Ats, told: ats.LinkTarget) -> Answer:
    if told.kind != "candidate":
        sentence = _("The link names no candidate that can be looked up.")
        return Answer(sentence=sentence, fix=_("Give the candidate's name or e-mail, or the link of the profile."))
    candidate = opened.candidate(told.candidate_id)
    if told.job_id or not candidate.job_ids:
        return _explained(connection, opened, candidate, told.job_id)
    return _one_of(connection, opened, [candidate], more=False)


def _of_words(connection: Connection, opened: ats.Ats, text: str) -> Answer:
    found = opened.search(text, most=MOST_MATCHES + 1)
    exact = [one for one in found if one.email.casefold() == text.casefold()]
    if found:
        return _one_of(connection, opened, exact or found, more=not exact and len(found) > MOST_MATCHES)
    return Answer(
        sentence=_("No candidate of a job is found by “%(text)s”.") % {"text": text},
        fix=_(
            "Somebody in the talent pool must first be a candidate of a job with a tag. Else look at the spelling, or "
            "give the link of the candidate's profile."
        ),
        events=_in_log(connection, "", words=text),
    )


def _one_of(
    connection: Connection, opened: ats.Ats, found: Iterable[ats.Candidate | ats.CandidateSummary], *, more: bool
) -> Answer:
    """The explanation where there is one match; else the matches, with the titles of their jobs."""
    every = [Match(one.id, job_id, display_name(one), one.email) for one in found for job_id in one.job_ids]
    if len(every) == 1:
        return _explained(connection, opened, opened.candidate(every[0].candidate_id), every[0].job_id)
    with tenant(connection.organization):
        titles = {job_id: job.title for job_id, (job, _at) in job_cache.cached_jobs(connection).items()}
    matches = []
    for match in every[:MOST_MATCHES]:
        if match.job_id not in titles:
            titles[match.job_id] = _title(connection, opened, match.job_id)
        matches.append(Match(match.candidate_id, match.job_id, match.name, match.email, titles[match.job_id]))
    return Answer(matches=tuple(matches), more=more or len(every) > MOST_MATCHES)


def _title(connection: Connection, opened: ats.Ats, job_id: str) -> str:
    try:
        return job_cache.job(connection, opened, job_id)[0].title
    except ats.NotVisible:
        return _("a job that the connecting user may not see")


def _explained(connection: Connection, opened: ats.Ats, candidate: ats.Candidate, job_id: str) -> Answer:
    evaluation = Evaluation(connection, opened, candidate.id, job_id, known={"candidate_name": display_name(candidate)})
    events = _in_log(connection, candidate.id, job_id)
    try:
        _look_at_all(evaluation, candidate)
        found = _of_nothing(evaluation, events)
    except RequestNotStarted as not_started:
        found = _of_decided(evaluation, candidate, not_started, events)
    match = Match(candidate.id, job_id, display_name(candidate), candidate.email, evaluation.known.get("job_title", ""))
    if job_id and not match.job_title:
        match = replace(match, job_title=_title(connection, opened, job_id))
    explanation = Explanation(
        match=match,
        checks=evaluation.checks,
        reference_request_uid=evaluation.known.get("reference_request_uid"),
        on_its_way=any(_on_its_way(event) for event in events),
        **found,
    )
    return Answer(explanation=explanation, events=events)


def _on_its_way(event: InboundEvent) -> bool:
    """An old move waits for just the click that is offered here."""
    return event.state in ON_ITS_WAY and event.outcome != "hold.old"


def _of_nothing(evaluation: Evaluation, events: tuple[InboundEvent, ...]) -> dict[str, Any]:
    deaf = "" if events else _why_not_told(evaluation)
    sentence, fix = _nothing_in_the_way(events, deaf)
    return {"outcome": CLEAR, "sentence": sentence, "fix": fix, "at_connection": bool(deaf)}


def _of_decided(
    evaluation: Evaluation, candidate: ats.Candidate, not_started: RequestNotStarted, events: tuple[InboundEvent, ...]
) -> dict[str, Any]:
    outcome = not_started.outcome
    if outcome in ONLY_A_CLICK:
        return _of_a_click(evaluation, candidate, not_started)
    sentence, fix = _said(not_started)
    repeat_event_uid = None
    if outcome == "no.already_done":
        repeat_event_uid = next(
            (
                event.uid
                for event in events
                if event.outcome == outcome and event.job_id and event.state == WorkState.DONE
            ),
            None,
        )
        fix = fix if repeat_event_uid else NO_OTHER_YET % {"wanted": evaluation.connection.step_name}
    lacking = _processes_without_step(evaluation) if outcome in ("no.other_step", "no.moved_on") else ""
    return {
        "outcome": outcome,
        "sentence": sentence,
        "fix": f"{fix} {lacking}".strip(),
        "at_connection": bool(lacking) or outcome in AT_CONNECTION,
        "repeat_event_uid": repeat_event_uid,
    }


def _of_a_click(evaluation: Evaluation, candidate: ats.Candidate, not_started: RequestNotStarted) -> dict[str, Any]:
    """It waits for a person; what that person would meet next is looked for too."""
    sentence, fix = _said(not_started)
    ahead = forecast(evaluation, candidate, refresh=True)
    missing = [each.outcome for each in ahead.missing]
    if missing:
        evaluation.checks += ahead.checks
        said = [_said(each) for each in ahead.missing]
        sentence = " ".join([sentence, _("Something else is missing too."), *(words for words, _fix in said)])
        fix = " ".join(fix for _words, fix in said)
    return {
        "outcome": not_started.outcome,
        "sentence": sentence,
        "fix": fix,
        "missing": bool(missing),
        "at_connection": bool(AT_CONNECTION & set(missing)),
    }


def _said(not_started: RequestNotStarted) -> tuple[str, str]:
    """The sentence and the fix, as things stand now."""
    told = OUTCOMES[not_started.outcome]
    now = SENTENCES.get(not_started.outcome)
    sentence = str(now) % not_started.values if now else told.say(not_started.values)
    return sentence, f"{FIXES.get(not_started.outcome, told.fix)}" % not_started.values


def _why_not_told(evaluation: Evaluation) -> str:
    """What keeps SmartRecruiters from telling us of moves; empty if nothing does, or it may not be looked up."""
    try:
        state = setup_updates.refresh_webhook(evaluation.connection, evaluation.opened)
    except ats.AtsError:
        return ""
    why = str(DEAF.get(state, ""))
    if why:
        evaluation.checks.append({"name": _("Webhook"), "result": "stop", "detail": why})
    return why


def _processes_without_step(evaluation: Evaluation) -> str:
    """No job names its hiring process, so each that lacks the step is named; empty if all have it."""
    wanted = evaluation.connection.step_name
    try:
        found = checks.process_snapshots(wanted, evaluation.opened.hiring_processes())
    except ats.AtsError:
        return ""
    names = [process.name for process in found if not process.has_step]
    if not names:
        return ""
    return _(
        "If it is not offered there, the job's hiring process lacks the step “%(step)s”. Those that lack it: %(names)s."
    ) % {"step": wanted, "names": ", ".join(names[:MOST_MATCHES])}


def _look_at_all(evaluation: Evaluation, candidate: ats.Candidate) -> None:
    """Raises RequestNotStarted at the first thing for which no request would be sent now."""
    with tenant(evaluation.connection.organization):
        earlier = blocking_request(
            requests_of_application(evaluation.connection, evaluation.candidate_id, evaluation.job_id)
        )
    if earlier:
        raise already_requested(evaluation, earlier)
    check_switch(evaluation)
    if evaluation.job_id not in candidate.job_ids:
        raise _not_applied(evaluation, candidate)
    try:
        application = check_step(evaluation)
    except RequestNotStarted as elsewhere:
        raise _moved_on(evaluation, elsewhere) from elsewhere
    reached_at = reached_step_at(evaluation, application)
    if reached_at:
        check_since_switch(evaluation, application, reached_at)
        if is_old(reached_at):
            when = datetime_text(reached_at)
            raise evaluation.stop(_("Time"), when, "hold.old", when=when)
        evaluation.record_pass(_("Time"), datetime_text(reached_at))
    collect_inputs(evaluation, candidate=candidate, refresh=True)


def _not_applied(evaluation: Evaluation, candidate: ats.Candidate) -> RequestNotStarted:
    """A person of the talent pool, or of other jobs."""
    why = _("a candidate of other jobs, not of this one")
    if not candidate.job_ids:
        why = _("in the talent pool, and a candidate of no job")
    return evaluation.stop(_("Job"), why, "no.not_applied", candidate=display_name(candidate), why=why)


def _moved_on(evaluation: Evaluation, elsewhere: RequestNotStarted) -> RequestNotStarted:
    """Whether the candidate stood at the step before, by the history; an event could come too late to see it."""
    wanted = tag_key(evaluation.connection.step_name)
    changes = evaluation.opened.history(candidate_id=evaluation.candidate_id, job_id=evaluation.job_id)
    stays = [n for n, change in enumerate(changes) if tag_key(change.step) == wanted]
    if not stays:
        return elsewhere
    arrived = datetime_text(changes[stays[-1]].at)
    told = _("came to “%(wanted)s” on %(when)s") % {"wanted": evaluation.connection.step_name, "when": arrived}
    if left := changes[stays[-1] + 1 : stays[-1] + 2]:
        told += ", " + _("left it on %(when)s") % {"when": datetime_text(left[0].at)}
    # Before the step, at which it stopped.
    evaluation.checks.insert(-1, {"name": _("History"), "result": "ok", "detail": told})
    return RequestNotStarted("no.moved_on", **elsewhere.values, when=arrived)


def _nothing_in_the_way(events: tuple[InboundEvent, ...], deaf: str) -> tuple[str, str]:
    """The sentence and the fix where all is right now, by what the log knows of the move."""
    if deaf:
        sentence = _(
            "Nothing stands in the way of a request, but SmartRecruiters has not told us of the move: %(why)s."
        )
        return sentence % {"why": deaf}, _(
            "Press Subscribe again on the connection page, and what was missed is read. Or press Send request now."
        )
    if not events:
        return (
            _("Nothing stands in the way of a request, but SmartRecruiters has not told us of the move."),
            _("We check every hour who is at the step. Or press Send request now."),
        )
    if any(_on_its_way(event) for event in events):
        return _("Nothing stands in the way of a request, and the move is being worked on."), _(
            "What it waits for stands in the event log."
        )
    return _("Nothing stands in the way of a request anymore."), _("Press Send request to send it now.")


def _in_log(
    connection: Connection, candidate_id: str, job_id: str = "", *, words: str = ""
) -> tuple[InboundEvent, ...]:
    """The newest events of a candidate, by id or by a part of the name."""
    with tenant(connection.organization):
        rows = InboundEvent.objects.filter(connection=connection).exclude(outcome="no.other_event").defer("body")
        if candidate_id:
            rows = rows.filter(candidate_id=candidate_id, **({"job_id": job_id} if job_id else {}))
        elif words.strip():
            rows = rows.filter(candidate_name__icontains=words.strip())
        else:
            return ()
        return tuple(named(with_names(rows).order_by("-created_at", "-id")[:MOST_EVENTS]))


def check_application(connection: Connection, candidate_id: str, job_id: str) -> None:
    """Raises AtsError where the ATS does not know it, or cannot be asked."""
    open_ats(connection).application(candidate_id=candidate_id, job_id=job_id)


def send(connection: Connection, candidate_id: str, job_id: str, *, actor: User, event_id: str) -> InboundEvent:
    """Have one application decided now, whenever the move was. Decides by the same rules, and never asks twice.

    Call inside `tenant()`, after `check_application`.
    """
    store(connection=connection, event_id=event_id, event_name=STEP_SCAN_EVENT, ids=(candidate_id, job_id))
    InboundEvent.objects.filter(connection=connection, event_id=event_id).update(
        confirmed_at=clock.now(), asked_by=str(actor)[:200]
    )
    audit.record(
        organization=connection.organization,
        actor=actor,
        action="event.ask",
        sentence=_("%(actor)s asked for a request from Explain") % {"actor": actor},
        after={"candidate_id": candidate_id, "job_id": job_id},
    )
    event: InboundEvent = InboundEvent.objects.get(connection=connection, event_id=event_id)
    return event
