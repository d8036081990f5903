from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _

from crosschq.organizations.models import Organization
from templates_app.models import RequestTemplate


def template_or_404(organization: Organization, uid: UUID, *, deleted: bool | None = None) -> RequestTemplate:
    """The template of this organization; where `deleted` is given, only one that is, or is not."""
    found = RequestTemplate.objects.filter(organization=organization, uid=uid)
    if deleted is not None:
        found = found.filter(deleted_at__isnull=not deleted)
    template: RequestTemplate | None = found.first()
    if template is None:
        raise Http404(_("There is no such template."))
    return template
