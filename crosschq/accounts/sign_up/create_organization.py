"""Create an organization and its first owner."""

from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from crosschq.tenancy.models import Membership, Organization, Role, User

# People read these aloud, so no characters that look alike.
SUFFIX_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@transaction.atomic
def create_organization(*, name: str, owner: User, time_zone: str) -> Organization:
    organization = _with_a_free_slug(name, time_zone)
    Membership.objects.create(user=owner, organization=organization, role=Role.OWNER)
    return organization


def _with_a_free_slug(name: str, time_zone: str) -> Organization:
    """Turn the name into a slug, with a random suffix if it is taken. A number would reveal how many there are."""
    slug = base = slugify(name)[:50].strip("-") or "organization"
    while True:
        try:
            # The constraint decides, because two people may sign up at the same time.
            with transaction.atomic():
                return Organization.objects.create(name=name, slug=slug, time_zone=time_zone)
        except IntegrityError:
            slug = f"{base}-{get_random_string(4, SUFFIX_LETTERS)}"
