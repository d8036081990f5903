"""What becomes of an event: one outcome of the closed list, with what was looked at on the way.

An event is only a hint. What it names is read from the ATS as it is now, so that late, repeated and re-ordered
deliveries end alike. Cheap questions come first: a move that is not for us costs one call.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from connectors import ats, directory, jobs, registry
from connectors.gateway import as_setback, open_ats
from connectors.models import Connection
from connectors.people import can_be_written_to, choose_owner, email_address
from crosschq.core import clock, work
from crosschq.core.faults import fault
from crosschq.organizations.tenancy import tenant
from requests_app.start import AlreadyDone, CandidateInfo, NotStarted, Origin, Owner, Reader, start_request
from templates_app.matching import closest_tag, find_template
from templates_app.models import TemplateVersion
from templates_app.tags import tag_key

from .models import InboundEvent
from .outcomes import OUTCOMES
from .receive import FOUND

OLD = timedelta(hours=48)


class Decided(Exception):
    """The event ends here, without a request."""

    def __init__(self, outcome: str, **values: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.values = values


class Waits(work.Hold):
    """The event is old: it waits for one click."""

    def __init__(self, when: str, event: InboundEvent) -> None:
        sentence = OUTCOMES["hold.old"].sentence % {"when": when}
        super().__init__(sentence, held_for=f"confirmation:{event.uid}", code="old")
        self.values = {"when": when}


@dataclass
class Case:
    """One event, and what is learned about it."""

    event: InboundEvent
    connection: Connection
    opened: ats.Ats
    covered: list[int]
    checks: list[dict[str, str]] = field(default_factory=list)
    known: dict[str, Any] = field(default_factory=dict)

    def passed(self, name: str, seen: str) -> None:
        self.checks.append({"name": name, "result": "ok", "seen": seen})

    def stopped(self, name: str, seen: str, outcome: str, **values: str) -> Decided:
        self.checks.append({"name": name, "result": "stop", "seen": seen})
        return Decided(outcome, **values)


def perform(event: InboundEvent) -> None:
    """Decide, then store the outcome and its effects in one transaction, under the event's lease."""
    with tenant(event.organization):
        connection = Connection.objects.select_related("organization").get(pk=event.connection_id)
        # They came before we read, so what we read answers them too.
        covered = list(_same_move(event).values_list("pk", flat=True))
    case = Case(event, connection, open_ats(connection), covered)
    try:
        _decide_and_start(case)
    except Decided as decided:
        with tenant(event.organization):
            _finish(case, decided.outcome, decided.values)
    except ats.AtsError as error:
        raise as_setback(error, connection) from error


def _same_move(event: InboundEvent) -> "QuerySet[InboundEvent]":
    """Events that wait to be decided by the same application: a burst costs the calls of one."""
    if not event.candidate_id:
        return InboundEvent.objects.none()
    return InboundEvent.objects.filter(
        connection_id=event.connection_id,
        candidate_id=event.candidate_id,
        job_id=event.job_id,
        state=work.State.PENDING,
        attempts=0,
    )


def _decide_and_start(case: Case) -> None:
    candidate_id, job_id = _read_event(case)
    _check_switch(case)
    application = _check_step(case, candidate_id, job_id)
    _check_time(case, application)
    # The candidate is read before the job, so that whatever stops us afterwards can be told with a name.
    candidate = _check_candidate(case, candidate_id)
    job, version, tag = _match_template(case, job_id)
    team = jobs.hiring_team(case.connection, case.opened, job_id)
    wanted = [member.person_id for member in team] + ([job.creator_id] if job.creator_id else [])
    people = directory.look_up(case.connection, case.opened, wanted)
    owner = choose_owner(team=team, people=people, creator_id=job.creator_id, connection=case.connection)
    case.passed(_("Owner"), owner.rule)
    fault("before_effects")
    with tenant(case.event.organization):
        _start(
            case, application, job, version, tag, candidate, Owner(owner.name, owner.email, owner.rule), team, people
        )


def _read_event(case: Case) -> tuple[str, str]:
    event = case.event
    if event.event_name == FOUND:
        return event.candidate_id, event.job_id
    try:
        told = registry.vendor(case.connection.vendor).understand(event.event_name, bytes(event.body))
    except ats.Malformed as error:
        raise case.stopped(_("Message"), error.sentence, "fail.malformed", why=error.sentence) from error
    if told.kind != "moved":
        _forget(case, told)
        raise Decided("no.other_event", event=event.event_name)
    return told.candidate_id, told.job_id


def _forget(case: Case, told: ats.Told) -> None:
    with tenant(case.event.organization):
        if told.kind == "job_changed":
            jobs.forget_job(case.connection, told.job_id)
        if told.kind == "team_changed":
            jobs.forget_team(case.connection, told.job_id)


def _check_switch(case: Case) -> None:
    name = _("Switch")
    if not case.connection.requests_on:
        raise case.stopped(name, _("Make Candidate Requests from SmartRecruiters was off"), "no.switch_off")
    case.passed(name, _("Make Candidate Requests from SmartRecruiters was on"))


def _check_step(case: Case, candidate_id: str, job_id: str) -> ats.Application:
    application = case.opened.application(candidate_id=candidate_id, job_id=job_id)
    wanted, step = case.connection.step_name, application.step or application.status
    seen = _("the candidate stands at “%(step)s” (%(status)s), we wait for “%(wanted)s”") % {
        "step": step,
        "status": application.status,
        "wanted": wanted,
    }
    if not (application.under_review and tag_key(application.step) == tag_key(wanted)):
        raise case.stopped(_("Step"), seen, "no.other_step", step=step, wanted=wanted)
    case.passed(_("Step"), seen)
    return application


def _check_time(case: Case, application: ats.Application) -> None:
    """What came late waits for a person, who may know that it is not wanted any more."""
    event, name = case.event, _("Time")
    happened_at = event.happened_at
    if event.event_name == FOUND:
        happened_at = _reached_step_at(case, application) or event.happened_at
        since = case.connection.requests_on_since
        if not event.confirmed_at and (since is None or happened_at < since):
            seen = _("at the step since %(when)s, before the switch was turned on") % {"when": _words(happened_at)}
            raise case.stopped(name, seen, "no.stood_there", step=application.step)
    if happened_at < clock.now() - OLD and not event.confirmed_at:
        raise Waits(_words(happened_at), event)
    case.passed(name, _words(happened_at))


def _reached_step_at(case: Case, application: ats.Application) -> datetime | None:
    """When the application came to the step where it stands now, by its history; None where that does not tell."""
    history = case.opened.history(candidate_id=application.candidate_id, job_id=application.job_id)
    reached = None
    for change in sorted(history, key=lambda change: change.at):
        here = tag_key(change.step) == tag_key(application.step) and change.status == application.status
        reached = (reached or change.at) if here else None
    return reached


def _words(moment: datetime) -> str:
    return formats.date_format(timezone.localtime(moment), "j F Y, H:i")


def _match_template(case: Case, job_id: str) -> tuple[ats.Job, TemplateVersion, str]:
    """The job and the template of its tag. Nobody is refused on what was remembered: the job is then read anew."""
    job, remembered = jobs.job(case.connection, case.opened, job_id)
    checks = list(case.checks)
    try:
        return job, *_template_of(case, job)
    except Decided:
        if not remembered:
            raise
    case.checks = checks
    job, _remembered = jobs.job(case.connection, case.opened, job_id, anew=True)
    return job, *_template_of(case, job)


def _template_of(case: Case, job: ats.Job) -> tuple[TemplateVersion, str]:
    name, label = _("Job field"), case.connection.field_name
    case.known["job_title"] = job.title
    job_field = job.field(field_id=case.connection.field_id, label=label)
    if job_field is None and not case.connection.field_id:
        seen = _("the job has no field “%(field)s”") % {"field": label}
        raise case.stopped(name, seen, "no.field_missing", job=job.title, field=label)
    tag = job_field.text if job_field else ""
    if not tag.strip():
        seen = _("%(field)s is empty") % {"field": label}
        raise case.stopped(name, seen, "no.tag_empty", job=job.title, field=label)
    case.passed(name, f"{label} = “{tag}”")
    with tenant(case.event.organization):
        version = find_template(organization=case.event.organization, tag=tag)
        closest = None if version else closest_tag(organization=case.event.organization, tag=tag)
    if version is None:
        nearest = _("Closest: “%(tag)s”.") % {"tag": closest.ats_tag} if closest else ""
        seen = _("no template has this tag") + (f" ({nearest})" if nearest else "")
        raise case.stopped(_("Template"), seen, "no.tag_unknown", tag=tag, closest=nearest)
    case.passed(_("Template"), version.name)
    return version, tag


def _check_candidate(case: Case, candidate_id: str) -> ats.Candidate:
    candidate = case.opened.candidate(candidate_id)
    name = f"{candidate.first_name} {candidate.last_name}".strip() or _("The candidate")
    case.known["candidate_name"] = name
    try:
        email_address(candidate.email)
    except ValidationError as error:
        seen = _("no e-mail address that can be written to")
        raise case.stopped(_("Candidate"), seen, "no.no_address", candidate=name) from error
    case.passed(_("Candidate"), _("has an e-mail address"))
    return candidate


def _start(
    case: Case,
    application: ats.Application,
    job: ats.Job,
    version: TemplateVersion,
    tag: str,
    candidate: ats.Candidate,
    owner: Owner,
    team: list[ats.TeamMember],
    people: dict[str, ats.Person],
) -> None:
    """The request, its invitation and the event's end: all or nothing."""
    members = [(member, people.get(member.person_id)) for member in team]
    readers = [Reader(p.name, p.email, _reader_role(m)) for m, p in members if p and can_be_written_to(p)]
    origin = Origin(
        connection=case.connection,
        candidate_id=application.candidate_id,
        job_id=application.job_id,
        application_id=application.application_id,
        event_uid=case.event.uid,
        sentence=_("Moved to “%(step)s” in SmartRecruiters; tag “%(tag)s” matched the template %(template)s")
        % {"step": application.step, "tag": tag, "template": version.name},
    )
    try:
        request = start_request(
            organization=case.event.organization,
            version=version,
            candidate=CandidateInfo(
                candidate.first_name[:100], candidate.last_name[:100], candidate.email, candidate.phone[:40]
            ),
            job_title=job.title[:200],
            owner=owner,
            origin=origin,
            readers=readers,
        )
    except NotStarted as error:
        done = isinstance(error, AlreadyDone)
        when = (error.request.finished_at if done else None) or error.request.created_at
        date = formats.date_format(timezone.localtime(when), "j F Y")
        case.known["request_uid"] = error.request.uid
        decided = case.stopped(_("Earlier request"), date, "no.already_done" if done else "no.already_open", date=date)
        _finish(case, decided.outcome, decided.values)
        return
    case.known["request_uid"] = request.uid
    _finish(case, "sent.matched", {"tag": tag, "template": version.name})


def _reader_role(member: ats.TeamMember) -> str:
    return "hiring_manager" if member.role == "hiring_manager" else "hiring_team"


def _finish(case: Case, outcome: str, values: dict[str, str]) -> None:
    known = {name: str(value)[:300] if isinstance(value, str) else value for name, value in case.known.items()}
    case_ends: dict[str, Any] = {"outcome": outcome, "values": values, "checks": case.checks, **known}
    work.finish(case.event, **case_ends)
    InboundEvent.objects.filter(pk__in=case.covered, state=work.State.PENDING).update(
        state=work.State.DONE, finished_at=clock.now(), **{**case_ends, "outcome": "no.duplicate"}
    )
