"""The checks for one candidate on one job, cheapest first. They only read, and cache the jobs that they read.

decide.py starts a request based on their result and explain.py shows it to a person, so both give the same reasons.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from connectors import ats
from connectors.company import directory, job_cache
from connectors.company.request_owner import can_receive_email, choose_owner
from connectors.company.setup_updates import FieldState, TagField
from connectors.connection.settings import default_template
from connectors.models import Connection
from connectors.setup.setup_changes import is_renamed_step
from crosschq.core import clock
from crosschq.core.text.dates import date_text, datetime_text
from crosschq.core.text.email_addresses import email_address
from crosschq.core.text.lengths import PERSON_NAME, fitted
from crosschq.core.text.person_names import full_name
from crosschq.messaging.models import SuppressionReason
from crosschq.messaging.sending.suppression import reason_for_email
from crosschq.tenancy.scope import tenant
from requests_app.start.start import AlreadyDone, NotStarted, OpenWithoutAts, Owner, ReportReader
from templates_app.matching import closest_tag, find_template
from templates_app.models import RESTORE_DAYS, RequestTemplate, TemplateVersion
from templates_app.tags import tag_key
from webhooks.decision import erased_candidates, stale_reads

OLD = timedelta(hours=48)


class RequestNotStarted(Exception):
    """The evaluation ended without a request. `outcome` is a slug in outcomes.py; `values` fills its sentence."""

    def __init__(self, outcome: str, **values: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.values = values


@dataclass
class Evaluation:
    """The evaluation of one candidate on one job: the checks made so far, and what they found.

    `known`: columns of the event to store. `email`: an address that a member entered because the ATS has none.
    """

    connection: Connection
    opened: ats.Ats
    candidate_id: str = ""
    job_id: str = ""
    email: str = ""
    checks: list[dict[str, str]] = field(default_factory=list)
    known: dict[str, Any] = field(default_factory=dict)
    application: ats.Application | None = None
    changes: list[ats.StatusChange] | None = None  # the status history, once read
    tag_field: TagField = field(init=False)

    def __post_init__(self) -> None:
        self.tag_field = TagField(self.connection, self.opened)

    def record_pass(self, name: str, detail: str) -> None:
        self.checks.append({"name": name, "result": "ok", "detail": detail})

    def stop(self, name: str, detail: str, outcome: str, **values: str) -> RequestNotStarted:
        self.checks.append({"name": name, "result": "stop", "detail": detail})
        return RequestNotStarted(outcome, ats=self.connection.ats_name, **values)


@dataclass(frozen=True)
class RequestPeople:
    """The owner of a request, and the others who may read its report."""

    owner: Owner
    readers: list[ReportReader]


@dataclass(frozen=True)
class TemplateMatch:
    """The template for a job. `tag` is empty if it was chosen manually or by default."""

    version: TemplateVersion
    tag: str = ""
    by_default: bool = False


@dataclass(frozen=True)
class RequestInputs:
    """Everything a request starts with."""

    job: ats.Job
    match: TemplateMatch
    candidate: ats.Candidate
    people: RequestPeople


def check_switch(evaluation: Evaluation) -> None:
    if evaluation.connection.paused_at:
        raise evaluation.stop(_("Connector"), _("The connector was paused"), "no.paused")
    name, ats_name = _("Switch"), {"ats": evaluation.connection.ats_name}
    if not evaluation.connection.requests_on:
        raise evaluation.stop(name, _("Make Candidate Requests from %(ats)s was off") % ats_name, "no.switch_off")
    evaluation.record_pass(name, _("Make Candidate Requests from %(ats)s was on") % ats_name)


def read_history(evaluation: Evaluation, *, application_id: str) -> list[ats.StatusChange]:
    """Read the history of the application, and derive its current state from the last entry: one call for both."""
    changes = evaluation.opened.history(candidate_id=evaluation.candidate_id, job_id=evaluation.job_id)
    evaluation.changes = changes
    if changes:
        last = changes[-1]
        evaluation.application = ats.Application(
            candidate_id=evaluation.candidate_id,
            job_id=evaluation.job_id,
            application_id=application_id,
            status=last.status,
            step=last.step,
            under_review=last.under_review,
            turned_down=last.turned_down,
        )
        evaluation.known["stay_began_at"] = stale_reads.stay_began(changes)
    return changes


def read_application(evaluation: Evaluation) -> ats.Application:
    evaluation.application = evaluation.opened.application(
        candidate_id=evaluation.candidate_id, job_id=evaluation.job_id
    )
    return evaluation.application


def check_step(evaluation: Evaluation) -> ats.Application:
    """Return the application if it is at our step, else raise RequestNotStarted. Reads it only if needed."""
    application = evaluation.application or read_application(evaluation)
    our_step, status = evaluation.connection.step_name, readable_status(application.status)
    step = application.step if application.step and application.under_review else status
    values = {"step": application.step or status, "status": status, "our_step": our_step}
    detail = _("The candidate is at “%(step)s”; requests start at “%(our_step)s”") % values
    if application.step:
        detail = _("The candidate is at “%(step)s” (%(status)s); requests start at “%(our_step)s”") % values
    if not (application.under_review and tag_key(application.step) == tag_key(our_step)):
        if application.under_review and is_renamed_step(evaluation.connection, evaluation.opened, application.step):
            raise evaluation.stop(_("Step"), detail, "no.step_renamed", step=step, our_step=our_step)
        raise evaluation.stop(_("Step"), detail, "no.other_step", step=step, our_step=our_step)
    evaluation.record_pass(_("Step"), detail)
    return application


def readable_status(status: str) -> str:
    """Return a status as the ATS shows it: In Review for IN_REVIEW."""
    return status.replace("_", " ").title()


def reached_step_at(evaluation: Evaluation, application: ats.Application) -> datetime | None:
    """Return when the application reached its current step; None if its history doesn't say."""
    history = evaluation.opened.history(candidate_id=application.candidate_id, job_id=application.job_id)
    evaluation.known["stay_began_at"] = stale_reads.stay_began(history)
    reached = None
    for change in sorted(history, key=lambda change: change.at):
        here = tag_key(change.step) == tag_key(application.step) and change.status == application.status
        reached = (reached or change.at) if here else None
    return reached


def check_since_switch(evaluation: Evaluation, application: ats.Application, reached_at: datetime | None) -> None:
    """Raise RequestNotStarted if the candidate was, or may have been, at the step before requests were turned on."""
    since = evaluation.connection.requests_on_since
    if since is None or reached_at is None or reached_at < since:
        detail = _("%(ats)s doesn't say when the candidate reached this step") % {"ats": evaluation.connection.ats_name}
        if reached_at:
            detail = _("At the step since %(when)s, before requests were turned on") % {
                "when": datetime_text(reached_at)
            }
        raise evaluation.stop(_("Time"), detail, "no.stood_there", step=application.step)


def is_old(moment: datetime) -> bool:
    """Return whether a move is so old that a member must confirm it first."""
    return moment < clock.now() - OLD


def collect_inputs(
    evaluation: Evaluation,
    *,
    candidate: ats.Candidate | None = None,
    chosen: TemplateVersion | None = None,
    refresh: bool = False,
) -> RequestInputs:
    """Collect everything a request needs. Raises RequestNotStarted at the first thing that is missing.

    `candidate`: if already read. `chosen`: the template a member chose, whatever the tag. `refresh`: read the job even
    if it is cached.
    """
    # The candidate is read first, so that every later outcome can name them.
    candidate = check_candidate(evaluation, candidate)
    if chosen:
        job, _remembered = job_cache.job(evaluation.connection, evaluation.opened, evaluation.job_id, refresh=refresh)
        evaluation.known["job_title"] = job.title
        evaluation.record_pass(_("Template"), _("%(template)s, chosen manually") % {"template": chosen.name})
        match = TemplateMatch(chosen)
    else:
        job, match = match_template(evaluation, refresh=refresh)
    people = find_people(evaluation, job)
    evaluation.record_pass(_("Owner"), people.owner.rule)
    return RequestInputs(job, match, candidate, people)


def display_name(candidate: ats.Candidate | ats.CandidateSummary) -> str:
    return fitted(full_name(candidate.first_name, candidate.last_name), PERSON_NAME) or _("The candidate")


def check_candidate(evaluation: Evaluation, candidate: ats.Candidate | None = None) -> ats.Candidate:
    candidate = candidate or evaluation.opened.candidate(evaluation.candidate_id)
    with tenant(evaluation.connection.organization):
        is_erased = erased_candidates.is_blocked(evaluation.connection, {evaluation.candidate_id, candidate.id})
    if candidate.id != evaluation.candidate_id:
        # The profile was merged into another one, which the ATS returned instead.
        evaluation.known["candidate_id"] = evaluation.candidate_id = candidate.id
    name = display_name(candidate)
    outcome, detail = _address(evaluation, candidate.email)
    if is_erased or outcome == "no.erased":
        raise evaluation.stop(_("Candidate"), _("Their data was erased"), "no.erased")
    evaluation.known["candidate_name"] = name
    if outcome and evaluation.email:
        candidate = replace(candidate, email=evaluation.email)
        outcome, why = _address(evaluation, evaluation.email, believed=True)
        by_member = {"why": detail, "ats": evaluation.connection.ats_name}
        detail = why if outcome else _("%(why)s in %(ats)s; one was entered manually") % by_member
    if outcome:
        raise evaluation.stop(_("Candidate"), detail, outcome, candidate=name)
    evaluation.record_pass(_("Candidate"), detail)
    return candidate


def _address(evaluation: Evaluation, address: str, *, believed: bool = False) -> tuple[str, str]:
    """Return the outcome if this address can't get email, else an empty text; and the detail of the check.

    `believed`: a member vouches for the address, so an earlier bounce doesn't count.
    """
    try:
        email_address(address)
    except ValidationError as refused:
        if refused.code == "invalid":
            return "no.no_address", _("No valid email address")
        return "no.no_address", _("No valid email address: %(why)s") % {"why": " ".join(refused.messages)}
    organization = evaluation.connection.organization
    with tenant(organization):
        reason = reason_for_email(organization, address=address)
    if reason == SuppressionReason.BOUNCED and not believed:
        return "fail.bounced", _("Email to this address bounced")
    if reason == SuppressionReason.ERASED:
        return "no.erased", _("Their data was erased")
    if reason in (SuppressionReason.COMPLAINED, SuppressionReason.NOT_THEM):
        return "no.opted_out", _("The owner of this email address asked not to get emails from you")
    return "", _("Has an email address")


def match_template(evaluation: Evaluation, *, refresh: bool = False) -> tuple[ats.Job, TemplateMatch]:
    """Return the job and its template. Before we conclude that a cached job has no tag, we read it again."""
    job, remembered = job_cache.job(evaluation.connection, evaluation.opened, evaluation.job_id, refresh=refresh)
    if not remembered:
        return job, template_for_job(evaluation, job)
    checks = list(evaluation.checks)
    if has_tag(evaluation.connection, job):
        try:
            return job, template_for_job(evaluation, job)
        except RequestNotStarted:
            evaluation.checks = checks
    job, _remembered = job_cache.job(evaluation.connection, evaluation.opened, evaluation.job_id, refresh=True)
    return job, template_for_job(evaluation, job)


def has_tag(connection: Connection, job: ats.Job) -> bool:
    """Return whether the job has any text in our field."""
    written = job.field(field_id=connection.field_id, label=connection.field_name)
    return bool(written and tag_key(written.text))


def template_for_job(evaluation: Evaluation, job: ats.Job) -> TemplateMatch:
    """Return the template for this job. Raises RequestNotStarted if there is none."""
    label = evaluation.connection.field_name
    evaluation.known["job_title"] = job.title
    job_field = job.field(field_id=evaluation.connection.field_id, label=label)
    if job_field is None or evaluation.tag_field.has_wrong_category:
        _check_field(evaluation, job)
    tag = job_field.text if job_field else ""
    if not tag_key(tag):
        return _default_for(evaluation, job)
    evaluation.record_pass(_("Job field"), f"{label} = “{tag}”")
    organization = evaluation.connection.organization
    with tenant(organization):
        version = find_template(organization=organization, tag=tag)
        closest = None if version else closest_tag(organization=organization, tag=tag)
        deleted = None if version else _deleted_template(tag)
    if version is None and deleted:
        raise evaluation.stop(
            _("Template"),
            _("The template with this tag was deleted"),
            "no.template_deleted",
            template=deleted.name,
            template_uid=str(deleted.uid),
        )
    if version is None:
        nearest = _("Closest: “%(tag)s”.") % {"tag": closest.ats_tag} if closest else ""
        detail = _("No template has this tag")
        if closest:
            detail = _("No template has this tag; the closest is “%(tag)s”") % {"tag": closest.ats_tag}
        raise evaluation.stop(_("Template"), detail, "no.tag_unknown", tag=tag, closest=nearest)
    evaluation.record_pass(_("Template"), version.name)
    return TemplateMatch(version, tag)


def _check_field(evaluation: Evaluation, job: ats.Job) -> None:
    """Raise RequestNotStarted if the field itself is the problem.

    A job omits an empty field just like a missing one.
    """
    label, ats_name = evaluation.connection.field_name, evaluation.connection.ats_name
    outcomes = {
        FieldState.MISSING: ("no.field_missing", _("%(ats)s has no job field “%(field)s”")),
        FieldState.INACTIVE: ("no.field_inactive", _("The job field “%(field)s” is inactive")),
        FieldState.OTHER_CATEGORY: ("no.field_category", _("The field “%(field)s” has the category organization")),
    }
    if not evaluation.connection.field_id:
        detail = _("The job shows no field “%(field)s”, and we don't have permission to check whether it exists")
        outcomes[FieldState.NOT_PERMITTED] = ("no.field_unseen", detail)
    found = outcomes.get(evaluation.tag_field.state)
    if found:
        near = evaluation.tag_field.closest
        values = {"job": job.title, "field": label, "closest": ""}
        if near:
            values["closest"] = _("%(ats)s has “%(near)s”, which is close.") % {"near": near, "ats": ats_name}
        raise evaluation.stop(_("Job field"), found[1] % {"field": label, "ats": ats_name}, found[0], **values)


def _default_for(evaluation: Evaluation, job: ats.Job) -> TemplateMatch:
    """Return the connection's default template for a job with an empty tag. Raises RequestNotStarted without one."""
    name, label = _("Job field"), evaluation.connection.field_name
    detail = _("%(field)s is empty") % {"field": label}
    with tenant(evaluation.connection.organization):
        template = default_template(evaluation.connection)
        version = template.current if template and template.deleted_at is None else None
    if version is None:
        if template:
            detail += " (" + _("the default template %(template)s was deleted") % {"template": template.name} + ")"
        raise evaluation.stop(name, detail, "no.tag_empty", job=job.title, field=label)
    evaluation.record_pass(name, detail)
    detail = _("%(template)s, the default for jobs with an empty tag") % {"template": version.name}
    evaluation.record_pass(_("Template"), detail)
    return TemplateMatch(version, by_default=True)


def _deleted_template(tag: str) -> RequestTemplate | None:
    """Return the last template with this tag, if it was deleted and can still be restored."""
    since = clock.now() - timedelta(days=RESTORE_DAYS)
    gone = RequestTemplate.objects.filter(tag_key=tag_key(tag), deleted_at__gt=since)
    return gone.order_by("-deleted_at", "-pk").first()


def find_people(evaluation: Evaluation, job: ats.Job) -> RequestPeople:
    """Return the owner, chosen by connectors.company.request_owner, and the hiring team as report readers."""
    team = job_cache.hiring_team(evaluation.connection, evaluation.opened, job.id)
    user_ids = [member.user_id for member in team] + ([job.creator_id] if job.creator_id else [])
    people = directory.look_up(evaluation.connection, evaluation.opened, user_ids)
    owner = choose_owner(team=team, people=people, creator_id=job.creator_id, connection=evaluation.connection)
    members = [(member, people.get(member.user_id)) for member in team]
    readers = [ReportReader(p.name, p.email, _reader_role(m)) for m, p in members if p and can_receive_email(p)]
    return RequestPeople(Owner(owner.name, owner.email, owner.rule), readers)


def _reader_role(member: ats.TeamMember) -> str:
    return "hiring_manager" if member.role == "hiring_manager" else "hiring_team"


def already_requested(evaluation: Evaluation, error: NotStarted) -> RequestNotStarted:
    """Return the outcome that an earlier request for the same candidate causes."""
    earlier = error.reference_request
    outcomes = {AlreadyDone: "no.already_done", OpenWithoutAts: "no.open_without_ats"}
    when = (earlier.finished_at if isinstance(error, AlreadyDone) else None) or earlier.created_at
    values = {"date": date_text(when), "job": earlier.job_title}
    evaluation.known["reference_request_uid"] = earlier.uid
    outcome = outcomes.get(type(error), "no.already_open")
    return evaluation.stop(_("Earlier request"), values["date"], outcome, **values)
