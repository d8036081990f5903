"""Background tasks of the event pages that ask the ATS: explanations, the dry run, and the preview of a request.

Each result is stored as JSON. The page rebuilds it with the current rows of our database.
"""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectors import ats
from connectors.background_tasks.lifecycle import asker_of, connection_of, done
from connectors.models import BackgroundTask, Connection
from connectors.progress import TaskProgress
from connectors.task_kinds import TaskKind, register
from crosschq.core.outbox import work_item
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.start.start import Owner, ReportReader
from templates_app.models import TemplateVersion
from webhooks.decision.evaluation import RequestInputs, RequestNotStarted, RequestPeople, TemplateMatch
from webhooks.decision.outcomes import OUTCOMES
from webhooks.explain import dry_run, explain
from webhooks.explain.answer import CandidateOnJob, ExplainAnswer, Explanation
from webhooks.log import actions
from webhooks.log.display_names import named, with_names
from webhooks.models import InboundEvent

# Explain


def _explain(task: BackgroundTask, progress: TaskProgress) -> None:
    progress.step(_("Asking %(ats)s about the candidate") % {"ats": connection_of(task).ats_name})
    given = task.parsed_arguments
    chosen = (given["candidate_id"], given["job_id"]) if "candidate_id" in given else None
    answer = explain.ask(connection_of(task), "" if chosen else given["text"], chosen=chosen)
    done(task, **asdict_without_rows(answer))


def asdict_without_rows(answer: ExplainAnswer) -> dict[str, Any]:
    values = {name: value for name, value in vars(answer).items() if name != "events"}
    values["explanation"] = asdict(answer.explanation) if answer.explanation else None
    values["matches"] = [asdict(match) for match in answer.matches]
    return values | {"events": [event.uid for event in answer.events]}


def answer_of(task: BackgroundTask) -> ExplainAnswer:
    """Rebuild the answer from the task's stored result. Call inside `tenant()`."""
    kept = task.parsed_result
    found = kept.pop("explanation")
    if found:
        uids = {
            name: UUID(found[name]) if found[name] else None for name in ("reference_request_uid", "repeat_event_uid")
        }
        found = Explanation(**(found | uids | {"match": CandidateOnJob(**found["match"])}))
    matches = tuple(CandidateOnJob(**match) for match in kept.pop("matches"))
    rows = with_names(InboundEvent.objects.filter(uid__in=kept.pop("events")).defer("body"))
    events = tuple(named(rows.order_by("-created_at", "-id")))
    return ExplainAnswer(explanation=found, matches=matches, events=events, **kept)


def _explain_send(task: BackgroundTask, progress: TaskProgress) -> None:
    given = task.parsed_arguments
    progress.step(_("Asking %(ats)s about the candidate") % {"ats": connection_of(task).ats_name})
    connection = connection_of(task)
    try:
        explain.check_application(connection, given["candidate_id"], given["job_id"])
    except ats.NotVisible as error:
        sentence = _("This candidate isn't on this job in %(ats)s. Ask about the candidate again.")
        raise work_item.GiveUp(sentence % {"ats": connection.ats_name}) from error
    with tenant(task.organization):
        event = explain.send(
            connection, given["candidate_id"], given["job_id"], actor=asker_of(task), event_id=f"asked:{task.uid}"
        )
        done(task, event=event.uid)


# The dry run


def _read_jobs(task: BackgroundTask, progress: TaskProgress) -> None:
    try:
        table = dry_run.table(connection_of(task), number=task.parsed_arguments["page"], progress=progress)
    except dry_run.AtsReadFailed as error:
        raise work_item.GiveUp(str(error)) from error
    rows = [vars(row) | {"template": row.template.pk if row.template else None} for row in table.rows]
    done(task, **(vars(table) | {"rows": rows}))


def table_of(task: BackgroundTask) -> dry_run.DryRunTable:
    """Rebuild the page of the dry run from the task's stored result. Call inside `tenant()`."""
    kept = task.parsed_result
    versions = TemplateVersion.objects.in_bulk([row["template"] for row in kept["rows"] if row["template"]])
    rows = tuple(
        dry_run.JobRow(
            **(row | {"template": versions.get(row["template"]), "read_at": parse_datetime(row["read_at"] or "")})
        )
        for row in kept["rows"]
    )
    return dry_run.DryRunTable(**(kept | {"rows": rows, "read_at": parse_datetime(kept["read_at"])}))


def _preview(task: BackgroundTask, progress: TaskProgress) -> None:
    progress.step(_("Reading the job and its hiring team"))
    try:
        found = dry_run.look_up(connection_of(task), task.parsed_arguments["job_id"])
    except dry_run.AtsReadFailed as error:
        raise work_item.GiveUp(str(error)) from error
    done(
        task,
        title=found.title,
        tag=found.tag,
        version=found.version.pk if found.version else None,
        people=asdict(found.people) if found.people else None,
        sentence=found.sentence,
    )


def preview_of(task: BackgroundTask, connection: Connection) -> dry_run.JobPreview:
    """Rebuild the preview, with the emails as they would be now. Call inside `tenant()`."""
    kept = task.parsed_result
    version, people = _version(kept["version"]), kept["people"]
    found = dry_run.JobPreview(
        title=kept["title"],
        tag=kept["tag"],
        version=version,
        people=_people(people) if people else None,
        sentence=kept["sentence"],
    )
    return dry_run.with_emails(found, connection)


# Preview of a request


def _what_goes_out(task: BackgroundTask, progress: TaskProgress) -> None:
    progress.step(_("Asking %(ats)s about the candidate") % {"ats": connection_of(task).ats_name})
    given = task.parsed_arguments
    with tenant(task.organization):
        event = InboundEvent.objects.select_related("connection__organization").get(uid=given["event"])
        version = _version(given["version"])
    try:
        ready = actions.preview_request(event, version=version, email=given["email"])
    except RequestNotStarted as not_started:
        outcome = OUTCOMES[not_started.outcome]
        values = not_started.values
        done(task, stop_reason=outcome.say(values), stop_fix=outcome.say_fix(values))
        return
    done(
        task,
        job={"id": ready.job.id, "title": ready.job.title},
        version=ready.match.version.pk,
        candidate=asdict(ready.candidate),
        people=asdict(ready.people),
    )


def ready_of(task: BackgroundTask) -> RequestInputs | None:
    """Return what would be sent; None if nothing would, or if its template is gone. Call inside `tenant()`."""
    kept = task.parsed_result
    version = _version(kept.get("version"))
    if version is None:
        return None
    known = ("id", "first_name", "last_name", "email", "phone")
    return RequestInputs(
        job=ats.Job(kept["job"]["id"], kept["job"]["title"], "", ()),
        match=TemplateMatch(version),
        candidate=ats.Candidate(**{name: kept["candidate"][name] for name in known}),
        people=_people(kept["people"]),
    )


def _version(pk: int | None) -> TemplateVersion | None:
    if pk is None:
        return None
    found: TemplateVersion | None = TemplateVersion.objects.select_related("template").filter(pk=pk).first()
    return found


def _people(kept: dict[str, Any]) -> RequestPeople:
    return RequestPeople(Owner(**kept["owner"]), [ReportReader(**reader) for reader in kept["readers"]])


EXPLAIN = register(
    TaskKind(
        "explain",
        _explain,
        Role.RECRUITER,
        title=gettext_lazy("Looking it up…"),
        failed=gettext_lazy("Lookup failed"),
    )
)
EXPLAIN_SEND = register(
    TaskKind(
        "explain_send",
        _explain_send,
        Role.RECRUITER,
        title=gettext_lazy("Sending the request…"),
        failed=gettext_lazy("Nothing was sent"),
    )
)
READ_JOBS = register(
    TaskKind(
        "read_jobs",
        _read_jobs,
        Role.ADMIN,
        title=gettext_lazy("Reading the jobs…"),
        failed=gettext_lazy("We couldn't read the jobs"),
        steps=2,
    )
)
PREVIEW = register(
    TaskKind(
        "preview",
        _preview,
        Role.ADMIN,
        title=gettext_lazy("Reading the job…"),
        failed=gettext_lazy("We couldn't read the job"),
    )
)
WHAT_GOES_OUT = register(
    TaskKind(
        "what_goes_out",
        _what_goes_out,
        Role.RECRUITER,
        title=gettext_lazy("Preparing the preview…"),
        failed=gettext_lazy("Nothing can be sent now"),
    )
)
