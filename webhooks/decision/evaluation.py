"""What is looked at for one candidate on one job, in the order of cost. Only reads; what it reads of jobs is kept.

decide.py starts a request with what is found here; explain.py tells a person. So both give the same reasons.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from connectors import ats
from connectors.company import directory, job_cache
from connectors.company.request_owner import can_receive_email, choose_owner, email_address
from connectors.company.setup_updates import FieldState, TagField
from connectors.connection.settings import default_template
from connectors.models import Connection
from connectors.setup.setup_changes import is_renamed_step
from crosschq.core import clock
from crosschq.core.text.dates import date_text, datetime_text
from crosschq.messaging.models import SuppressionReason
from crosschq.messaging.sending.suppression import reason_for_email
from crosschq.tenancy.scope import tenant
from requests_app.start.start import AlreadyDone, NotStarted, Owner, ReportReader
from templates_app.matching import closest_tag, find_template
from templates_app.models import RESTORE_DAYS, RequestTemplate, TemplateVersion
from templates_app.tags import tag_key
from webhooks.decision import stale_reads

OLD = timedelta(hours=48)


class RequestNotStarted(Exception):
    """It ends here, without a request."""

    def __init__(self, outcome: str, **values: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.values = values


@dataclass
class Evaluation:
    """One candidate on one job, and what is learned about them on the way.

    `email`: an address that a person gave for the candidate, for want of one in the ATS.
    """

    connection: Connection
    opened: ats.Ats
    candidate_id: str = ""
    job_id: str = ""
    email: str = ""
    checks: list[dict[str, str]] = field(default_factory=list)
    known: dict[str, Any] = field(default_factory=dict)
    application: ats.Application | None = None
    tag_field: TagField = field(init=False)

    def __post_init__(self) -> None:
        self.tag_field = TagField(self.connection, self.opened)

    def record_pass(self, name: str, detail: str) -> None:
        self.checks.append({"name": name, "result": "ok", "detail": detail})

    def stop(self, name: str, detail: str, outcome: str, **values: str) -> RequestNotStarted:
        self.checks.append({"name": name, "result": "stop", "detail": detail})
        return RequestNotStarted(outcome, **values)


@dataclass(frozen=True)
class RequestPeople:
    """Who owns a request, and who else may read its report."""

    owner: Owner
    readers: list[ReportReader]


@dataclass(frozen=True)
class TemplateMatch:
    """The template for a job and how it was found: by its tag, or by hand or by default with none."""

    version: TemplateVersion
    tag: str = ""
    by_default: bool = False


@dataclass(frozen=True)
class RequestInputs:
    """What a request is started with."""

    job: ats.Job
    match: TemplateMatch
    candidate: ats.Candidate
    people: RequestPeople


def check_switch(evaluation: Evaluation) -> None:
    if evaluation.connection.paused_at:
        raise evaluation.stop(_("Connector"), _("the connector was paused"), "no.paused")
    name = _("Switch")
    if not evaluation.connection.requests_on:
        raise evaluation.stop(name, _("Make Candidate Requests from SmartRecruiters was off"), "no.switch_off")
    evaluation.record_pass(name, _("Make Candidate Requests from SmartRecruiters was on"))


def read_history(evaluation: Evaluation, *, application_id: str) -> list[ats.StatusChange]:
    """The history of the application, and what it is by its last entry: as one call tells both."""
    changes = evaluation.opened.history(candidate_id=evaluation.candidate_id, job_id=evaluation.job_id)
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
    """By what was read of the application; it is read here if it was not."""
    application = evaluation.application or read_application(evaluation)
    wanted, status = evaluation.connection.step_name, readable_status(application.status)
    step = application.step if application.step and application.under_review else status
    values = {"step": application.step or status, "status": status, "wanted": wanted}
    detail = _("the candidate stands at “%(step)s”, we wait for “%(wanted)s”") % values
    if application.step:
        detail = _("the candidate stands at “%(step)s” (%(status)s), we wait for “%(wanted)s”") % values
    if not (application.under_review and tag_key(application.step) == tag_key(wanted)):
        if application.under_review and is_renamed_step(evaluation.connection, evaluation.opened, application.step):
            raise evaluation.stop(_("Step"), detail, "no.step_renamed", step=step, wanted=wanted)
        raise evaluation.stop(_("Step"), detail, "no.other_step", step=step, wanted=wanted)
    evaluation.record_pass(_("Step"), detail)
    return application


def readable_status(status: str) -> str:
    """As the ATS itself shows it: IN_REVIEW is In Review there."""
    return status.replace("_", " ").title()


def reached_step_at(evaluation: Evaluation, application: ats.Application) -> datetime | None:
    """When the application came to the step where it stands now, by its history; None where that does not tell."""
    history = evaluation.opened.history(candidate_id=application.candidate_id, job_id=application.job_id)
    evaluation.known["stay_began_at"] = stale_reads.stay_began(history)
    reached = None
    for change in sorted(history, key=lambda change: change.at):
        here = tag_key(change.step) == tag_key(application.step) and change.status == application.status
        reached = (reached or change.at) if here else None
    return reached


def check_since_switch(evaluation: Evaluation, application: ats.Application, reached_at: datetime | None) -> None:
    """Who stood at the step already when the switch went on, or may have, is not written to unless asked for."""
    since = evaluation.connection.requests_on_since
    if since is None or reached_at is None or reached_at < since:
        detail = _("SmartRecruiters does not tell since when the candidate stands at the step")
        if reached_at:
            detail = _("at the step since %(when)s, before requests were turned on") % {
                "when": datetime_text(reached_at)
            }
        raise evaluation.stop(_("Time"), detail, "no.stood_there", step=application.step)


def is_old(moment: datetime) -> bool:
    """Whether a move waits for one click before anybody is written to."""
    return moment < clock.now() - OLD


def collect_inputs(
    evaluation: Evaluation,
    *,
    candidate: ats.Candidate | None = None,
    chosen: TemplateVersion | None = None,
    refresh: bool = False,
) -> RequestInputs:
    """All that a request needs. Raises RequestNotStarted at the first thing that is missing.

    `candidate`: if it was read already; `chosen`: a template that a person chose, whatever the tag; `refresh`: read the
    job even where it is remembered.
    """
    # The candidate is read before the job, so that whatever stops us afterwards can be told with a name.
    candidate = check_candidate(evaluation, candidate)
    if chosen:
        job, _remembered = job_cache.job(evaluation.connection, evaluation.opened, evaluation.job_id, refresh=refresh)
        evaluation.known["job_title"] = job.title
        evaluation.record_pass(_("Template"), _("%(template)s, chosen by hand") % {"template": chosen.name})
        match = TemplateMatch(chosen)
    else:
        job, match = match_template(evaluation, refresh=refresh)
    people = find_people(evaluation, job)
    evaluation.record_pass(_("Owner"), people.owner.rule)
    return RequestInputs(job, match, candidate, people)


def display_name(candidate: ats.Candidate | ats.CandidateSummary) -> str:
    return f"{candidate.first_name} {candidate.last_name}".strip() or _("The candidate")


def check_candidate(evaluation: Evaluation, candidate: ats.Candidate | None = None) -> ats.Candidate:
    candidate = candidate or evaluation.opened.candidate(evaluation.candidate_id)
    if candidate.id != evaluation.candidate_id:
        # It was merged into another profile, and the answer is that one's.
        evaluation.known["candidate_id"] = evaluation.candidate_id = candidate.id
    evaluation.known["candidate_name"] = name = display_name(candidate)
    outcome, detail = _address(evaluation, candidate.email)
    if outcome and evaluation.email:
        candidate = replace(candidate, email=evaluation.email)
        outcome, why = _address(evaluation, evaluation.email, believed=True)
        detail = why if outcome else _("%(why)s in SmartRecruiters; one was given by hand") % {"why": detail}
    if outcome:
        raise evaluation.stop(_("Candidate"), detail, outcome, candidate=name)
    evaluation.record_pass(_("Candidate"), detail)
    return candidate


def _address(evaluation: Evaluation, address: str, *, believed: bool = False) -> tuple[str, str]:
    """The outcome if nobody can be written to there, empty otherwise; and what is seen of the address.

    `believed`: somebody says that it is right, so that a mail which came back from it once does not count.
    """
    try:
        email_address(address)
    except ValidationError:
        return "no.no_address", _("no e-mail address that can be written to")
    organization = evaluation.connection.organization
    with tenant(organization):
        reason = reason_for_email(organization, address=address)
    if reason == SuppressionReason.BOUNCED and not believed:
        return "fail.bounced", _("an e-mail address from which mail came back")
    if reason in (SuppressionReason.COMPLAINED, SuppressionReason.NOT_THEM):
        return "no.opted_out", _("an e-mail address whose owner wants no mail from you")
    return "", _("has an e-mail address")


def match_template(evaluation: Evaluation, *, refresh: bool = False) -> tuple[ats.Job, TemplateMatch]:
    """The job and its template. That there is no tag is never taken from memory: the job is then read again."""
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
    """Whether the job shows anything in our field."""
    written = job.field(field_id=connection.field_id, label=connection.field_name)
    return bool(written and written.text.strip())


def template_for_job(evaluation: Evaluation, job: ats.Job) -> TemplateMatch:
    """Raises RequestNotStarted where the job stands for none."""
    label = evaluation.connection.field_name
    evaluation.known["job_title"] = job.title
    job_field = job.field(field_id=evaluation.connection.field_id, label=label)
    if job_field is None or evaluation.tag_field.has_wrong_category:
        _check_field(evaluation, job)
    tag = job_field.text if job_field else ""
    if not tag.strip():
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
            _("the template with this tag was deleted"),
            "no.template_deleted",
            template=deleted.name,
            template_uid=str(deleted.uid),
        )
    if version is None:
        nearest = _("Closest: “%(tag)s”.") % {"tag": closest.ats_tag} if closest else ""
        detail = _("no template has this tag")
        if closest:
            detail = _("no template has this tag; the closest is “%(tag)s”") % {"tag": closest.ats_tag}
        raise evaluation.stop(_("Template"), detail, "no.tag_unknown", tag=tag, closest=nearest)
    evaluation.record_pass(_("Template"), version.name)
    return TemplateMatch(version, tag)


def _check_field(evaluation: Evaluation, job: ats.Job) -> None:
    """A field that is there and unset is left out of a job, like one that is not there: the settings tell."""
    label = evaluation.connection.field_name
    outcomes = {
        FieldState.MISSING: ("no.field_missing", _("SmartRecruiters has no job field “%(field)s”")),
        FieldState.INACTIVE: ("no.field_inactive", _("the job field “%(field)s” is inactive")),
        FieldState.OTHER_CATEGORY: ("no.field_category", _("the field “%(field)s” has the category organization")),
    }
    if not evaluation.connection.field_id:
        detail = _("the job shows no field “%(field)s”, and whether there is one may not be looked up")
        outcomes[FieldState.NOT_PERMITTED] = ("no.field_unseen", detail)
    found = outcomes.get(evaluation.tag_field.state)
    if found:
        near = evaluation.tag_field.closest
        values = {"job": job.title, "field": label, "closest": ""}
        if near:
            values["closest"] = _("SmartRecruiters has “%(near)s”, which is close.") % {"near": near}
        raise evaluation.stop(_("Job field"), found[1] % {"field": label}, found[0], **values)


def _default_for(evaluation: Evaluation, job: ats.Job) -> TemplateMatch:
    """For a job whose tag is empty: the connection's default template, unless there is none or it was deleted."""
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
    """The one that had this tag last, while it can be restored."""
    since = clock.now() - timedelta(days=RESTORE_DAYS)
    gone = RequestTemplate.objects.filter(tag_key=tag_key(tag), deleted_at__gt=since)
    return gone.order_by("-deleted_at", "-pk").first()


@dataclass(frozen=True)
class Forecast:
    """What would go out if a person lets it: with which template, or what stands in the way besides."""

    template: str
    missing: list[RequestNotStarted]
    checks: list[dict[str, str]]


def forecast(evaluation: Evaluation, candidate: ats.Candidate | None = None, *, refresh: bool = False) -> Forecast:
    """Beyond what stopped it: all that is missing for a request, and not only the first."""
    beyond = Evaluation(evaluation.connection, evaluation.opened, evaluation.candidate_id, evaluation.job_id)
    missing, template = [], ""
    try:
        check_candidate(beyond, candidate)
    except RequestNotStarted as not_started:
        missing.append(not_started)
    try:
        template = match_template(beyond, refresh=refresh)[1].version.name
    except RequestNotStarted as not_started:
        missing.append(not_started)
    evaluation.known |= beyond.known
    return Forecast("" if missing else template, missing, beyond.checks)


def find_people(evaluation: Evaluation, job: ats.Job) -> RequestPeople:
    """The owner by the rules of connectors.company.request_owner, and the hiring team as readers of the report."""
    team = job_cache.hiring_team(evaluation.connection, evaluation.opened, job.id)
    wanted = [member.user_id for member in team] + ([job.creator_id] if job.creator_id else [])
    people = directory.look_up(evaluation.connection, evaluation.opened, wanted)
    owner = choose_owner(team=team, people=people, creator_id=job.creator_id, connection=evaluation.connection)
    members = [(member, people.get(member.user_id)) for member in team]
    readers = [ReportReader(p.name, p.email, _reader_role(m)) for m, p in members if p and can_receive_email(p)]
    return RequestPeople(Owner(owner.name, owner.email, owner.rule), readers)


def _reader_role(member: ats.TeamMember) -> str:
    return "hiring_manager" if member.role == "hiring_manager" else "hiring_team"


def already_requested(evaluation: Evaluation, error: NotStarted) -> RequestNotStarted:
    """What an earlier request for the same candidate and job makes of it."""
    done = isinstance(error, AlreadyDone)
    when = (error.reference_request.finished_at if done else None) or error.reference_request.created_at
    date = date_text(when)
    evaluation.known["reference_request_uid"] = error.reference_request.uid
    return evaluation.stop(_("Earlier request"), date, "no.already_done" if done else "no.already_open", date=date)
