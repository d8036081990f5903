"""The page that shows a row about a person, if there is one. Call inside `tenant()`."""

from uuid import UUID

from django.urls import reverse

from crosschq.tenancy.models import Organization
from crosschq.tenancy.person import Person, PersonKind
from requests_app.models import Reader, Reference
from templates_app.models import TemplateVersion
from webhooks.models import InboundEvent


def links(organization: Organization, person: Person) -> dict[UUID, str]:
    """The URLs of the pages about these matches, if they have one."""
    slug = organization.slug
    found = {uid: reverse("requests:detail", args=[slug, uid]) for uid in person.uids(PersonKind.CANDIDATE)}
    found |= {uid: reverse("prospects:detail", args=[slug, uid]) for uid in person.uids(PersonKind.PROSPECT)}
    for model, kind in ((Reference, PersonKind.REFERENCE), (Reader, PersonKind.READER)):
        rows = model.objects.filter(uid__in=person.uids(kind)).values_list("uid", "reference_request__uid")
        found |= {uid: reverse("requests:detail", args=[slug, page_uid]) for uid, page_uid in rows}
    events = InboundEvent.objects.filter(uid__in=person.uids(PersonKind.EVENT))
    for uid, vendor in events.values_list("uid", "connection__vendor"):
        found[uid] = reverse("events:detail", args=[slug, vendor, uid])
    versions = TemplateVersion.objects.filter(uid__in=person.uids(PersonKind.MANAGER), template__deleted_at=None)
    for uid, template_uid in versions.values_list("uid", "template__uid"):
        found[uid] = reverse("templates:edit", args=[slug, template_uid])
    return found
