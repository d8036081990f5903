"""What becomes of an event: one outcome of the closed list, with what was looked at on the way.

An event is only a hint. What it names is read from the ATS as it is now, so that late, repeated and re-ordered
deliveries end alike. Cheap questions come first: a move that is not for us costs one call.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from connectors import ats, directory
from connectors.gateway import as_setback, open_ats
from connectors.models import Connection
from connectors.people import can_be_written_to, choose_owner, email_address
from crosschq.core import work
from crosschq.core.faults import fault
from crosschq.organizations.tenancy import tenant
from requests_app.start import AlreadyDone, CandidateInfo, NotStarted, Origin, Owner, Reader, start_request
from templates_app.matching import closest_tag, find_template
from templates_app.models import TemplateVersion
from templates_app.tags import tag_key

from .models import InboundEvent

OUR_EVENT = "application.status.updated"


class Decided(Exception):
    """The event ends here, without a request."""

    def __init__(self, outcome: str, **values: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.values = values


@dataclass
class Case:
    """One event, and what is learned about it."""

    event: InboundEvent
    connection: Connection
    opened: ats.Ats
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
    case = Case(event, connection, open_ats(connection))
    try:
        _decide_and_start(case)
    except Decided as decided:
        with tenant(event.organization):
            _finish(case, decided.outcome, decided.values)
    except ats.AtsError as error:
        raise as_setback(error, connection) from error


def _decide_and_start(case: Case) -> None:
    candidate_id, job_id = _read_event(case)
    _check_switch(case)
    application = _check_step(case, candidate_id, job_id)
    job = case.opened.job(job_id)
    case.known["job_title"] = job.title
    version, tag = _match_template(case, job)
    candidate = _check_candidate(case, candidate_id)
    team = case.opened.hiring_team(job_id)
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
    if case.event.event_name != OUR_EVENT:
        raise Decided("no.other_event", event=case.event.event_name)
    try:
        # parse_constant: NaN and Infinity are not JSON (RFC 8259, section 6) and PostgreSQL refuses them.
        body = json.loads(bytes(case.event.body), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise case.stopped(_("Message"), _("not JSON"), "fail.malformed", why=_("it is not JSON")) from error
    ids = [body.get(key) if isinstance(body, dict) else None for key in ("candidate_id", "job_id")]
    candidate_id, job_id = ids
    if not (_is_id(candidate_id) and _is_id(job_id)):
        why = _("it names no candidate and job")
        raise case.stopped(_("Message"), why, "fail.malformed", why=why)
    case.known |= {"candidate_id": candidate_id, "job_id": job_id}
    return str(candidate_id), str(job_id)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 100 and value.isascii() and value.isprintable()


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


def _match_template(case: Case, job: ats.Job) -> tuple[TemplateVersion, str]:
    name, label = _("Job field"), case.connection.field_name
    job_field = job.field(field_id=case.connection.field_id, label=label)
    if job_field is None and not case.connection.field_id:
        seen = _("the job has no field “%(field)s”") % {"field": label}
        raise case.stopped(name, seen, "no.field_missing", job=job.title, field=label)
    tag = job_field.text if job_field else ""
    seen = f"{label} = “{tag}”" if tag.strip() else _("%(field)s is empty") % {"field": label}
    if not tag.strip():
        raise case.stopped(name, seen, "no.tag_empty", job=job.title, field=label)
    case.passed(name, seen)
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
    work.finish(case.event, outcome=outcome, values=values, checks=case.checks, **known)
