"""Functions that connections provide to the apps below."""

from collections import Counter
from collections.abc import Iterable

from connectors.company import job_cache
from connectors.models import Connection, ConnectionState
from connectors.setup import checks
from crosschq.tenancy import audit
from crosschq.tenancy.models import Organization
from templates_app.request_templates import usage
from templates_app.request_templates.usage import DEFAULT_TAG_FIELD, ConnectionUsage
from templates_app.tags import tag_key


@usage.tag_field.provide
def tag_field(organization: Organization) -> str:
    names = Connection.objects.filter(organization=organization).order_by("pk").values_list("field_name", flat=True)
    return names.first() or DEFAULT_TAG_FIELD


@usage.is_connected.provide
def is_connected(organization: Organization) -> bool:
    live = Connection.objects.filter(organization=organization).exclude(state=ConnectionState.NOT_CONNECTED)
    return live.exists()


@usage.untagged_titles.provide
def untagged_titles(organization: Organization) -> list[str]:
    live = Connection.objects.filter(organization=organization).exclude(state=ConnectionState.NOT_CONNECTED)
    found = [checks.last(connection) for connection in live.select_related("setup_check")]
    return [job.title for last in found if last for job in last[0].jobs if not tag_key(job.tag)]


@usage.connection_usage.provide
def connection_usage(organization: Organization) -> ConnectionUsage:
    found: Counter[str] = Counter()
    connections = list(Connection.objects.filter(organization=organization))
    for connection in connections:
        for job, __ in job_cache.cached_jobs(connection).values():
            field = job.field(field_id=connection.field_id, label=connection.field_name)
            found[tag_key(field.text if field else "")] += 1
    found.pop("", None)
    defaults = frozenset(one.default_template for one in connections if one.default_template)
    return ConnectionUsage(found, defaults)


def fallback_owner_addresses() -> Iterable[str]:
    return Connection.objects.values_list("fallback_owner_email", flat=True)


audit.address_sources.append(fallback_owner_addresses)
