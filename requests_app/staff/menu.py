"""What a member can do with a request as a whole, in the menu of its page."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from requests_app.models import ReferenceRequest


@dataclass(frozen=True)
class MenuItem:
    """A page, or with `posts` a button."""

    label: str
    url: str
    posts: bool = False
    danger: bool = False


def acts_of(reference_request: ReferenceRequest) -> list[MenuItem]:
    """The acts that make sense in its state. Each one's page says why if it isn't possible after all."""

    def url(name: str) -> str:
        return reverse(f"requests:{name}", args=[reference_request.organization.slug, reference_request.uid])

    found = []
    if reference_request.is_open:
        found.append(MenuItem(_("Send candidate a new link"), url("resend"), posts=True))
        found.append(MenuItem(_("Copy candidate's link"), url("candidate_link")))
        if not reference_request.is_test:
            found.append(MenuItem(_("Correct candidate's address"), url("address")))
        found.append(MenuItem(_("Change due date"), url("extend")))
        found.append(MenuItem(_("Cancel request"), url("cancel"), danger=True))
    return found
