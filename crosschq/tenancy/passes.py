"""What a browser keeps after a one-time code: a pass that proves one email address to one organization.

A pass names nobody. Its secret link refers to a keyed hash of the address, so it opens what belongs to that address
at the time of each visit, and nothing once that belongs to someone else.
"""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from crosschq.core import clock
from crosschq.core.models import SecretLink
from crosschq.core.security import secret_links
from crosschq.core.security.pseudonyms import pseudonym
from crosschq.core.text.email_keys import exact_key
from crosschq.tenancy.models import Membership, Organization

PURPOSE = "email_pass"
DAYS = 30


def holder_key(organization: Organization, email: str) -> UUID:
    """What the passes of this address refer to. A "+tag" may be another mailbox, so it counts."""
    return UUID(bytes=pseudonym(f"{organization.uid} {exact_key(email)}", purpose=PURPOSE)[:16])


def grant(organization: Organization, email: str) -> str:
    """Create a pass and return its token."""
    return secret_links.mint(
        purpose=PURPOSE, subject=holder_key(organization, email), scope_key=organization.pk, days=DAYS
    )


def revoke(organization: Organization, email: str) -> None:
    """End all passes of this address in this organization."""
    secret_links.revoke(subject=holder_key(organization, email), purpose=PURPOSE)


def holder(request: HttpRequest, organization: Organization) -> UUID | None:
    """The key of the address that this browser's pass proves, if it has a valid one for this organization."""
    token = request.COOKIES.get(cookie_name(organization.slug))
    link = secret_links.find(purpose=PURPOSE, token=token) if token else None
    return link.subject if link and link.scope_key == organization.pk else None


def is_member(organization: Organization, email: str) -> bool:
    """Whether a member has this address. Members sign in instead."""
    return Membership.objects.filter(organization=organization, user__email__iexact=email).exists()


def cookie_name(slug: str) -> str:
    return f"{'__Host-' if settings.COOKIE_SECURE else ''}pass_{slug}"


def keep(response: HttpResponse, organization: Organization, token: str) -> None:
    """Store the pass in the browser, hidden from scripts and from other sites' forms."""
    response.set_cookie(
        cookie_name(organization.slug),
        token,
        max_age=DAYS * 24 * 3600,
        secure=settings.COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def give_up(request: HttpRequest, response: HttpResponse, slug: str) -> None:
    """Revoke this browser's pass, and delete its cookie."""
    name = cookie_name(slug)
    token = request.COOKIES.get(name)
    if token:
        live = SecretLink.objects.filter(token_hash=secret_links.hash_token(token), purpose=PURPOSE, revoked_at=None)
        live.update(revoked_at=clock.now())
    response.set_cookie(name, "", max_age=0, secure=settings.COOKIE_SECURE, httponly=True, samesite="Lax")
