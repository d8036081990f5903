"""What the pages of templates show of connections and requests."""

from collections.abc import Iterable

from django.db.models import Count, QuerySet

from connectors.models import Connection
from crosschq.organizations.models import Organization
from requests_app.models import OPEN_STATES, ReferenceRequest
from templates_app.models import RequestTemplate, TemplateVersion

from .forms import DEFAULT_TAG_FIELD


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


def count_open_requests(versions: Iterable[TemplateVersion]) -> dict[int, int]:
    """How many open requests follow each of the templates, by the template's key. One query."""
    rows = (
        ReferenceRequest.objects.filter(
            version__template__in=[version.template_id for version in versions],
            state__in=OPEN_STATES,
            is_test=False,
        )
        .values_list("version__template")
        .annotate(Count("pk"))
        .order_by()
    )
    return dict(rows)
