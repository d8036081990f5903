"""What the pages of templates show of connections and requests."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from connectors.company import job_cache
from connectors.models import Connection, ConnectionState
from connectors.setup import checks
from crosschq.core import clock
from crosschq.messaging.content.footer import Circumstances
from crosschq.tenancy.models import Organization
from requests_app.models import OPEN_STATES, ReferenceRequest
from templates_app.matching import looks_like
from templates_app.models import RequestTemplate, TemplateVersion
from templates_app.request_templates.forms.template import DEFAULT_TAG_FIELD
from templates_app.tags import tag_key


def tag_field(organization: Organization) -> str:
    """The name that this organization's job field has in its ATS."""
    names = Connection.objects.filter(organization=organization).order_by("pk").values_list("field_name", flat=True)
    return names.first() or DEFAULT_TAG_FIELD


def open_requests(template: RequestTemplate) -> QuerySet[ReferenceRequest]:
    """Requests that still follow a version of this template, the newest first. Tests aside."""
    found: QuerySet[ReferenceRequest] = ReferenceRequest.objects.filter(
        version__template=template, state__in=OPEN_STATES, is_test=False
    ).order_by("-created_at", "-pk")
    return found


def circumstances(organization: Organization, key: str) -> Circumstances:
    """Of a request that would start now by a move: what its message of this kind says besides its words."""
    live = Connection.objects.filter(organization=organization).exclude(state=ConnectionState.NOT_CONNECTED)
    return Circumstances(
        candidate_reads=organization.shows_answers_since(clock.now()),
        note_follows=key == "report_ready" and live.exists(),
    )


def jobs_like(version: TemplateVersion) -> list[str]:
    """The titles of open jobs without a tag, as last read, that look as if this template were meant for them."""
    live = Connection.objects.filter(organization=version.organization).exclude(state=ConnectionState.NOT_CONNECTED)
    titles = []
    for connection in live.select_related("setup_check"):
        found = checks.last(connection)
        untagged = [job for job in found[0].jobs if not job.tag.strip()] if found else []
        titles += [job.title for job in untagged if looks_like(job.title, version.name, version.position)]
    return sorted(titles, key=str.casefold)


@dataclass(frozen=True)
class Use:
    """Of a template: how many requests are open, and when the last one began. Tests aside."""

    open_requests: int = 0
    last_used: datetime | None = None


def use_of(versions: Iterable[TemplateVersion]) -> dict[int, Use]:
    """By the template's key; templates without requests are left out. One query."""
    rows = (
        ReferenceRequest.objects.filter(
            version__template__in=[version.template_id for version in versions], is_test=False
        )
        .values_list("version__template")
        .annotate(running=Count("pk", filter=Q(state__in=OPEN_STATES)), last=Max("created_at"))
        .order_by()
    )
    return {template: Use(count, last) for template, count, last in rows}


@dataclass(frozen=True)
class Elsewhere:
    """What connections say of templates. jobs: by the key that tags are compared by, how many jobs have the tag, of
    those that were read in the last day. defaults: templates that jobs with an empty tag use, by uid.
    """

    jobs: Counter[str]
    defaults: frozenset[UUID]


def elsewhere(organization: Organization) -> Elsewhere:
    found: Counter[str] = Counter()
    connections = list(Connection.objects.filter(organization=organization))
    for connection in connections:
        for job, __ in job_cache.cached_jobs(connection).values():
            field = job.field(field_id=connection.field_id, label=connection.field_name)
            found[tag_key(field.text if field else "")] += 1
    found.pop("", None)
    defaults = frozenset(one.default_template for one in connections if one.default_template)
    return Elsewhere(found, defaults)
