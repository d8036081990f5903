"""What each waiting candidate would get: found when we last asked the ATS, and judged again when it is shown.

It makes no call, so it knows what changed here (templates, tags, the default), and what other work has read since
(jobs, the job field). A reason that no longer holds is called fixed; whether anything else is missing shows when it is
sent.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime

from connectors import ats
from connectors.company import job_cache
from connectors.models import Connection
from connectors.setup import checks
from templates_app.models import RequestTemplate
from templates_app.tags import tag_key
from webhooks.decision.outcomes import OUTCOMES
from webhooks.models import InboundEvent

OF_THE_FIELD = {"no.field_missing", "no.field_inactive", "no.field_category", "no.field_unseen"}
OF_THE_TAG = {"no.tag_empty", "no.tag_unknown", "no.template_deleted", *OF_THE_FIELD}


@dataclass(frozen=True)
class Outlook:
    """`template`: the name of the template now; empty if the job's tag decides. `missing`: why there would be nothing.

    `fixed`: reasons found then that no longer hold. `found_at`: when the ATS was asked.
    """

    template: str = ""
    missing: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    found_at: datetime | None = None


@dataclass(frozen=True)
class _Now:
    """What we know now, without asking the ATS."""

    by_uid: Mapping[str, str]  # the names of live templates
    by_tag: Mapping[str, str]
    default: str
    jobs: Mapping[str, tuple[ats.Job, datetime]]
    tag_of: Callable[[ats.Job], str]
    field_works_since: datetime | None

    def template_of_job(self, job_id: str, since: datetime | None) -> str:
        """The template by the job's tag, if the job was read after that moment; else empty."""
        job, read_at = self.jobs.get(job_id, (None, None))
        if job is None or read_at is None or since is None or read_at <= since:
            return ""
        return self.by_tag.get(tag_key(self.tag_of(job)), "")


def with_outlook(connection: Connection, events: Iterable[InboundEvent]) -> list[InboundEvent]:
    """Set `outlook` on each event, in a constant number of queries. Call inside `tenant()`."""
    found = list(events)
    now = _now(connection, {event.job_id for event in found})
    for event in found:
        event.outlook = _outlook(event, now)  # type: ignore[attr-defined]
    return found


def _now(connection: Connection, job_ids: set[str]) -> _Now:
    live = list(RequestTemplate.objects.filter(deleted_at__isnull=True))
    by_uid = {str(template.uid): template.name for template in live}
    last = checks.last(connection)
    field = last[0].job_field if last else None

    def tag_of(job: ats.Job) -> str:
        written = job.field(field_id=connection.field_id, label=connection.field_name)
        return written.text if written else ""

    return _Now(
        by_uid=by_uid,
        by_tag={template.tag_key: template.name for template in live if template.tag_key},
        default=by_uid.get(str(connection.default_template), ""),
        jobs=job_cache.cached_jobs(connection, *job_ids) if job_ids else {},
        tag_of=tag_of,
        field_works_since=last[1] if last and field and field.for_jobs and field.active else None,
    )


def _outlook(event: InboundEvent, now: _Now) -> Outlook:
    values = event.values
    found_at = parse_datetime(values.get("judged_at", ""))
    uid, name = values.get("template_uid", ""), values.get("template", "")
    if uid and uid not in now.by_uid:
        gone = OUTCOMES["no.template_deleted"].say({"template": name})
        template = now.template_of_job(event.job_id, found_at)
        return Outlook(template, () if template else (gone,), (gone,) if template else (), found_at)
    template = now.by_uid.get(uid, name)
    missing: list[str] = []
    fixed: list[str] = []
    for reason in values.get("missing", ()):
        still, instead = _judge(event, reason["outcome"], reason["values"], found_at, now)
        (missing if still else fixed).append(OUTCOMES[reason["outcome"]].say(reason["values"]))
        template = template or instead
    return Outlook("" if missing else template, tuple(missing), tuple(fixed), found_at)


def _judge(
    event: InboundEvent, outcome: str, values: Mapping[str, str], found_at: datetime | None, now: _Now
) -> tuple[bool, str]:
    """Return whether the reason still holds as far as we know, and else the template that it would be."""
    if outcome not in OF_THE_TAG:
        return True, ""  # about the person's address, which isn't stored
    template = now.template_of_job(event.job_id, found_at)
    if outcome == "no.tag_unknown":
        template = template or now.by_tag.get(tag_key(values["tag"]), "")
    if outcome == "no.template_deleted":
        template = template or now.by_uid.get(values["template_uid"], "")
    if outcome == "no.tag_empty":
        template = template or now.default
    if template:
        return False, template
    repaired = bool(now.field_works_since and found_at and now.field_works_since > found_at)
    return not (outcome in OF_THE_FIELD and repaired), ""
