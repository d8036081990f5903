"""Explain why a candidate got no request, from the current state in the ATS, even if no event ever arrived.

It makes the same checks as decide.py, through evaluation.py, and starts nothing. It includes events from the log.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from connectors import ats, registry
from connectors.calls.gateway import as_setback, open_ats
from connectors.company import job_cache, setup_updates
from connectors.models import Connection, ConnectionState
from connectors.setup import checks
from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.ats_name import ats_name
from crosschq.core.text.characters import search_words
from crosschq.core.text.dates import datetime_text
from crosschq.core.text.lengths import PERSON_NAME, fitted
from crosschq.core.text.lists import and_list
from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import tenant
from requests_app.start.start import blocking_request, requests_of_application, sent_manually
from webhooks.decision import passed_step
from webhooks.decision.evaluation import (
    Evaluation,
    RequestNotStarted,
    already_requested,
    check_since_switch,
    check_step,
    check_switch,
    collect_inputs,
    display_name,
    is_old,
    reached_step_at,
)
from webhooks.decision.forecast import forecast
from webhooks.decision.outcomes import BY_SETBACK, OUTCOMES
from webhooks.decision.readiness import blocked_reason
from webhooks.explain.answer import CLEAR, NEEDS_CONFIRMATION, CandidateOnJob, ExplainAnswer, Explanation
from webhooks.explain.text import FIXES, NO_REPEAT_EVENT, SENTENCES, WEBHOOK_PROBLEMS
from webhooks.inbox.receive import STEP_SCAN_EVENT, store
from webhooks.log.display_names import named, names_containing, with_names
from webhooks.models import InboundEvent

MAX_MATCHES = 20
MAX_EVENTS = 5
UNFINISHED = (WorkState.PENDING, WorkState.WORKING, WorkState.HELD)

FIXED_AT_CONNECTION = {"no.switch_off", "no.paused", "no.field_missing", "no.field_inactive", "no.field_category"}


def ask(connection: Connection, text: str, *, chosen: tuple[str, str] | None = None) -> ExplainAnswer:
    """Explain a name, an email address, or a link, or the chosen candidate and job. Errors of the ATS are answers too.

    Calls the ATS, so it must run outside `tenant()`.
    """
    opened = open_ats(connection)
    target = registry.vendor(connection.vendor).parse_link(text)
    if chosen:
        target = ats.LinkTarget("candidate", *chosen)
    try:
        if connection.state == ConnectionState.NOT_CONNECTED:
            raise ats.NeedsSignIn(blocked_reason(connection))
        return _of_link(connection, opened, target) if target else _of_words(connection, opened, text.strip())
    except ats.AtsError as error:
        known = _in_log(connection, target.candidate_id if target else "", words="" if target else text)
        return _not_asked(connection, error, known)


def _not_asked(connection: Connection, error: ats.AtsError, known: tuple[InboundEvent, ...]) -> ExplainAnswer:
    """Return what the log knows, and why we couldn't ask the ATS."""
    if connection.state == ConnectionState.NOT_CONNECTED:
        fix = _("Connect it on the connection page, then ask again.")
        return ExplainAnswer(sentence=error.sentence, fix=fix, events=known, at_connection=True)
    slug = BY_SETBACK.get(as_setback(error, connection).code, "fail.gave_up")
    values = {"why": error.sentence, "ats": connection.ats_name}
    sentence = OUTCOMES[slug].say(values) if slug in FIXES else error.sentence
    at_connection = "connection" in OUTCOMES[slug].actions
    return ExplainAnswer(
        sentence=sentence, fix=str(FIXES.get(slug, "")) % values, events=known, at_connection=at_connection
    )


def _of_link(connection: Connection, opened: ats.Ats, target: ats.LinkTarget) -> ExplainAnswer:
    if target.kind != "candidate":
        sentence = _("This link doesn't lead to a candidate we can look up.")
        return ExplainAnswer(
            sentence=sentence, fix=_("Enter the candidate's name or email, or the link to their profile.")
        )
    candidate = opened.candidate(target.candidate_id)
    if target.job_id or not candidate.job_ids:
        return _explained(connection, opened, candidate, target.job_id)
    return _one_of(connection, opened, [candidate], more=False)


def _of_words(connection: Connection, opened: ats.Ats, text: str) -> ExplainAnswer:
    found = opened.search(text, most=MAX_MATCHES + 1)
    exact = [one for one in found if one.email.casefold() == text.casefold()]
    if found:
        return _one_of(connection, opened, exact or found, more=not exact and len(found) > MAX_MATCHES)
    return ExplainAnswer(
        sentence=_("We found no candidate on a job for “%(text)s”.") % {"text": text},
        fix=_(
            "Someone in the talent pool must first be a candidate for a job with a tag. Otherwise, check the spelling, "
            "or enter the link to the candidate's profile."
        ),
        events=_in_log(connection, "", words=text),
    )


def _one_of(
    connection: Connection, opened: ats.Ats, found: Iterable[ats.Candidate | ats.CandidateSummary], *, more: bool
) -> ExplainAnswer:
    """Return the explanation if there is one match, else the matches with their job titles."""
    every = [CandidateOnJob(one.id, job_id, display_name(one), one.email) for one in found for job_id in one.job_ids]
    if len(every) == 1:
        return _explained(connection, opened, opened.candidate(every[0].candidate_id), every[0].job_id)
    with tenant(connection.organization):
        titles = {job_id: job.title for job_id, (job, _at) in job_cache.cached_jobs(connection).items()}
    matches = []
    for match in every[:MAX_MATCHES]:
        if match.job_id not in titles:
            titles[match.job_id] = _title(connection, opened, match.job_id)
        matches.append(CandidateOnJob(match.candidate_id, match.job_id, match.name, match.email, titles[match.job_id]))
    return ExplainAnswer(matches=tuple(matches), more=more or len(every) > MAX_MATCHES)


def _title(connection: Connection, opened: ats.Ats, job_id: str) -> str:
    try:
        return job_cache.job(connection, opened, job_id)[0].title
    except ats.NotVisible:
        return _("a job that the connected user can't see")


def _explained(connection: Connection, opened: ats.Ats, candidate: ats.Candidate, job_id: str) -> ExplainAnswer:
    evaluation = Evaluation(connection, opened, candidate.id, job_id, known={"candidate_name": display_name(candidate)})
    events = _in_log(connection, candidate.id, job_id)
    try:
        _check_everything(evaluation, candidate)
        found = _nothing_missing(evaluation, events)
    except RequestNotStarted as not_started:
        found = _not_started_details(evaluation, candidate, not_started, events)
    match = CandidateOnJob(
        candidate.id, job_id, display_name(candidate), candidate.email, evaluation.known.get("job_title", "")
    )
    if job_id and not match.job_title:
        match = replace(match, job_title=_title(connection, opened, job_id))
    explanation = Explanation(
        match=match,
        checks=evaluation.checks,
        reference_request_uid=evaluation.known.get("reference_request_uid"),
        is_in_progress=any(_is_in_progress(event) for event in events),
        **found,
    )
    return ExplainAnswer(explanation=explanation, events=events)


def _is_in_progress(event: InboundEvent) -> bool:
    """Return whether the event is still being processed. An old move waits for the confirmation that Explain offers."""
    return event.state in UNFINISHED and event.outcome != "hold.old"


def _nothing_missing(evaluation: Evaluation, events: tuple[InboundEvent, ...]) -> dict[str, Any]:
    webhook_problem = "" if events else _webhook_problem(evaluation)
    sentence, fix = _ready_texts(evaluation.connection.ats_name, events, webhook_problem)
    return {"outcome": CLEAR, "sentence": sentence, "fix": fix, "at_connection": bool(webhook_problem)}


def _not_started_details(
    evaluation: Evaluation, candidate: ats.Candidate, not_started: RequestNotStarted, events: tuple[InboundEvent, ...]
) -> dict[str, Any]:
    outcome = not_started.outcome
    if outcome in NEEDS_CONFIRMATION:
        return _needs_confirmation_details(evaluation, candidate, not_started)
    sentence, fix = _said(not_started)
    repeat_event_uid = None
    if outcome in ("no.already_done", "no.open_without_ats"):
        repeat_event_uid = next(
            (
                event.uid
                for event in events
                if event.outcome == outcome and event.job_id and event.state == WorkState.DONE
            ),
            None,
        )
        if outcome == "no.already_done" and not repeat_event_uid:
            fix = NO_REPEAT_EVENT % {"our_step": evaluation.connection.step_name}
    lacking = _processes_without_step(evaluation) if outcome in ("no.other_step", "no.moved_on") else ""
    return {
        "outcome": outcome,
        "sentence": sentence,
        "fix": f"{fix} {lacking}".strip(),
        "at_connection": bool(lacking) or outcome in FIXED_AT_CONNECTION,
        "repeat_event_uid": repeat_event_uid,
    }


def _needs_confirmation_details(
    evaluation: Evaluation, candidate: ats.Candidate, not_started: RequestNotStarted
) -> dict[str, Any]:
    """Describe a move that a member must confirm, with everything that would stop it afterwards."""
    sentence, fix = _said(not_started)
    ahead = forecast(evaluation, candidate, refresh=True)
    missing = [each.outcome for each in ahead.missing]
    if missing:
        evaluation.checks += ahead.checks
        said = [_said(each) for each in ahead.missing]
        sentence = " ".join([sentence, _("Something else is missing, too."), *(words for words, _fix in said)])
        fix = " ".join(fix for _words, fix in said)
    return {
        "outcome": not_started.outcome,
        "sentence": sentence,
        "fix": fix,
        "missing": bool(missing),
        "at_connection": bool(FIXED_AT_CONNECTION & set(missing)),
    }


def _said(not_started: RequestNotStarted) -> tuple[str, str]:
    """Return the sentence and the fix for the current state."""
    outcome, values = OUTCOMES[not_started.outcome], {"ats": ats_name()} | not_started.values
    sentence, fix = SENTENCES.get(outcome.slug), FIXES.get(outcome.slug)
    return str(sentence) % values if sentence else outcome.say(values), str(fix or outcome.fix) % values


def _webhook_problem(evaluation: Evaluation) -> str:
    """Return why the ATS sends us no moves; empty if it does, or if we aren't allowed to look."""
    try:
        state = setup_updates.refresh_webhook(evaluation.connection, evaluation.opened)
    except ats.AtsError:
        return ""
    why = str(WEBHOOK_PROBLEMS.get(state, ""))
    if why:
        evaluation.checks.append({"name": _("Webhook"), "result": "stop", "detail": why})
    return why


def _processes_without_step(evaluation: Evaluation) -> str:
    """Name all hiring processes without the step, since no job says which one it uses; empty if all have it."""
    step_name = evaluation.connection.step_name
    try:
        found = checks.process_snapshots(step_name, evaluation.opened.hiring_processes())
    except ats.AtsError:
        return ""
    names = [process.name for process in found if not process.has_step]
    if not names:
        return ""
    return _(
        "If you can't choose it there, the job's hiring process lacks the step “%(step)s”. These lack it: %(names)s."
    ) % {"step": step_name, "names": and_list(names, MAX_MATCHES)}


def _check_everything(evaluation: Evaluation, candidate: ats.Candidate) -> None:
    """Raise RequestNotStarted at the first reason why no request would be sent now."""
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
        raise _moved_on(evaluation, candidate, elsewhere) from elsewhere
    reached_at = reached_step_at(evaluation, application)
    if reached_at:
        check_since_switch(evaluation, application, reached_at)
        if is_old(reached_at):
            when = datetime_text(reached_at)
            raise evaluation.stop(_("Time"), when, "hold.old", when=when)
        evaluation.record_pass(_("Time"), datetime_text(reached_at))
    ready = collect_inputs(evaluation, candidate=candidate, refresh=True)
    with tenant(evaluation.connection.organization):
        without_ats = sent_manually(ready.candidate.email)
    if without_ats:
        raise already_requested(evaluation, without_ats)


def _not_applied(evaluation: Evaluation, candidate: ats.Candidate) -> RequestNotStarted:
    """Return the outcome for someone in the talent pool or on other jobs."""
    why = _("a candidate for other jobs, but not for this one")
    if not candidate.job_ids:
        why = _("in the talent pool and not a candidate for any job")
    return evaluation.stop(_("Job"), capfirst(why), "no.not_applied", candidate=display_name(candidate), why=why)


def _moved_on(evaluation: Evaluation, candidate: ats.Candidate, elsewhere: RequestNotStarted) -> RequestNotStarted:
    """Check in the history whether the candidate was at the step before: an event may arrive too late to see it."""
    if elsewhere.outcome != "no.other_step":
        return elsewhere
    changes = evaluation.opened.history(candidate_id=evaluation.candidate_id, job_id=evaluation.job_id)
    stay = passed_step.last_stay(changes, evaluation.connection.step_name)
    return passed_step.moved_on(evaluation, stay, candidate=display_name(candidate)) if stay else elsewhere


def _ready_texts(ats_name: str, events: tuple[InboundEvent, ...], webhook_problem: str) -> tuple[str, str]:
    """Return the sentence and the fix if nothing prevents a request, based on what the log knows about the move."""
    if webhook_problem:
        sentence = _("Nothing prevents a request, but %(ats)s hasn't sent us this move: %(why)s.")
        return sentence % {"why": webhook_problem, "ats": ats_name}, _(
            "Click Subscribe again on the connection page, and we'll read what we missed. Or click Send request now."
        )
    if not events:
        return (
            _("Nothing prevents a request, but %(ats)s hasn't sent us this move.") % {"ats": ats_name},
            _("We check every hour who is at the step. Or click Send request now."),
        )
    if any(_is_in_progress(event) for event in events):
        return _("Nothing prevents a request, and the move is being processed."), _(
            "The event log shows what it's waiting for."
        )
    return _("Nothing prevents a request anymore."), _("Click Send request to send it now.")


def _in_log(
    connection: Connection, candidate_id: str, job_id: str = "", *, words: str = ""
) -> tuple[InboundEvent, ...]:
    """Return the newest events of a candidate, found by id or by part of their name."""
    with tenant(connection.organization):
        rows = InboundEvent.objects.filter(connection=connection).exclude(outcome="no.other_event").defer("body")
        if candidate_id:
            rows = rows.filter(candidate_id=candidate_id, **({"job_id": job_id} if job_id else {}))
        elif found := search_words(words):
            for word in found:
                rows = rows.filter(names_containing(connection, word))
        else:
            return ()
        return tuple(named(with_names(rows).order_by("-created_at", "-id")[:MAX_EVENTS]))


def check_application(connection: Connection, candidate_id: str, job_id: str) -> None:
    """Raise AtsError if the ATS doesn't know the application or can't be asked."""
    open_ats(connection).application(candidate_id=candidate_id, job_id=job_id)


def send(connection: Connection, candidate_id: str, job_id: str, *, actor: User, event_id: str) -> InboundEvent:
    """Create an event that is decided now, however old the move is. The usual rules apply, so nothing is sent twice.

    Call inside `tenant()`, after `check_application`.
    """
    store(connection=connection, event_id=event_id, event_name=STEP_SCAN_EVENT, ids=(candidate_id, job_id))
    InboundEvent.objects.filter(connection=connection, event_id=event_id).update(
        confirmed_at=clock.now(), asked_by=fitted(str(actor), PERSON_NAME)
    )
    event: InboundEvent = InboundEvent.objects.get(connection=connection, event_id=event_id)
    audit.record(organization=connection.organization, actor=actor, action="event.ask", after={"event": event.uid})
    return event
