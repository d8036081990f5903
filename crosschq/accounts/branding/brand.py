"""An organization's public profile: name, logo, color, and whether candidates see answers."""

from dataclasses import asdict, dataclass

from crosschq.accounts.branding.logos import Drawn
from crosschq.core import clock
from crosschq.tenancy import audit
from crosschq.tenancy.models import Logo, Organization, User


@dataclass(frozen=True)
class Profile:
    """The values of the profile form. `color` comes from colors.parsed, or is empty."""

    name: str
    time_zone: str
    color: str
    privacy_url: str
    reply_to: str
    answers_shown: bool


def profile_of(organization: Organization) -> Profile:
    return Profile(
        name=organization.name,
        time_zone=organization.time_zone,
        color=organization.color,
        privacy_url=organization.privacy_url,
        reply_to=organization.reply_to,
        answers_shown=organization.answers_shown_since is not None,
    )


def change_profile(*, organization: Organization, actor: User, profile: Profile) -> bool:
    """Save the profile, except the permanent slug. Returns whether anything changed. Call inside `tenant()`."""
    organization.refresh_from_db(from_queryset=Organization.objects.select_for_update())
    before, after = asdict(profile_of(organization)), asdict(profile)
    if before == after:
        return False
    organization.name, organization.time_zone = profile.name, profile.time_zone
    organization.color, organization.privacy_url = profile.color, profile.privacy_url
    organization.reply_to = profile.reply_to
    if before["answers_shown"] != profile.answers_shown:
        organization.answers_shown_since = clock.now() if profile.answers_shown else None
    organization.save(update_fields=["name", "time_zone", "color", "privacy_url", "reply_to", "answers_shown_since"])
    changed = [name for name in after if before[name] != after[name]]
    audit.record(
        organization=organization,
        actor=actor,
        action="organization.change",
        before=audit.impersonal({name: before[name] for name in changed}, addresses=["reply_to"]),
        after=audit.impersonal({name: after[name] for name in changed}, addresses=["reply_to"]),
    )
    return True


def set_logo(*, organization: Organization, actor: User, drawn: Drawn) -> None:
    """Replace the logo. Call inside `tenant()`."""
    if drawn.digest == organization.logo_digest:
        return
    Logo.objects.update_or_create(
        organization=organization,
        defaults={
            "digest": drawn.digest,
            "content_type": drawn.content_type,
            "data": drawn.data,
            "created_at": clock.now(),
        },
    )
    _name_logo(organization, drawn.digest, drawn.width, drawn.height)
    audit.record(
        organization=organization,
        actor=actor,
        action="organization.logo",
        after={"size": f"{drawn.width} × {drawn.height}", "bytes": len(drawn.data)},  # noqa: RUF001 - as it is read
    )


def remove_logo(*, organization: Organization, actor: User) -> None:
    """Remove the logo, if there is one. Call inside `tenant()`."""
    if not Logo.objects.all().delete()[0]:
        return
    _name_logo(organization, "", 0, 0)
    audit.record(organization=organization, actor=actor, action="organization.remove_logo")


def find_logo(digest: str) -> Logo | None:
    """Find the logo behind a URL; organizations with the same image share one. Call inside `cross_tenant()`."""
    found: Logo | None = Logo.objects.filter(digest=digest).first()
    return found


def _name_logo(organization: Organization, digest: str, width: int, height: int) -> None:
    organization.logo_digest, organization.logo_width, organization.logo_height = digest, width, height
    organization.save(update_fields=["logo_digest", "logo_width", "logo_height"])
