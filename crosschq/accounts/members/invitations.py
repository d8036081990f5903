"""Invitations by email. Following the link in the email proves control of the address, so no code is needed.

Call everything here except `find` inside `tenant(organization)`. Each action is recorded in the audit log. The caller
sends the emails.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crosschq.accounts.members.roles import Refused, assignable_roles, lock
from crosschq.core import clock
from crosschq.core.security import secret_links
from crosschq.core.text.lists import and_list
from crosschq.tenancy import audit
from crosschq.tenancy.models import Invitation, Membership, Organization, Role, User
from crosschq.tenancy.scope import tenant

PURPOSE = "invitation"
DAYS = 14
MAX_PER_FORM = 20
MAX_OPEN = 100
DOUBLE_CLICK = timedelta(minutes=1)
MIN_BETWEEN_EMAILS = timedelta(minutes=5)


class AddressTaken(Exception):
    """Someone else created an account with this address in the meantime."""


@dataclass(frozen=True)
class Issued:
    """An invitation and the token of its newest link. Only the email contains the token."""

    invitation: Invitation
    token: str


def open_invitations(organization: Organization) -> "QuerySet[Invitation]":
    """Neither accepted nor canceled. Some may have expired."""
    found: QuerySet[Invitation] = Invitation.objects.filter(
        organization=organization, accepted_at=None, cancelled_at=None
    ).select_related("invited_by", "organization")
    return found


def invite(*, organization: Organization, actor: User, emails: Sequence[str], role: Role) -> list[Issued]:
    """Create one invitation per address. A double click doesn't create a second one. Raises Refused."""
    acting = lock(organization, actor)
    _allow(acting, role)
    known = {email.lower() for email in emails}
    members = Membership.objects.filter(organization=organization, user__email__in=known)
    _refuse_some(_("Already a member: %(emails)s."), members.values_list("user__email", flat=True))
    invited = {found.email: found for found in open_invitations(organization)}
    pressed = {email for email in known & invited.keys() if _same_press(invited[email], actor, role)}
    _refuse_some(_("Already invited: %(emails)s. Send it again from the list."), known & invited.keys() - pressed)
    new = known - pressed
    if len(invited) + len(new) > MAX_OPEN:
        raise Refused(
            _("An organization can have at most %(count)d open invitations. Cancel some first.") % {"count": MAX_OPEN}
        )
    issued = []
    for email in sorted(new):
        invitation = Invitation.objects.create(
            organization=organization, email=email, role=role, invited_by=actor, expires_at=_end()
        )
        issued.append(_issue(invitation))
        _record(invitation, actor, "invitation.send", role=role)
    return issued


def resend(*, organization: Organization, actor: User, uid: UUID) -> Issued:
    """Create a new link that works for 14 days, and end the old one. Raises Refused, Invitation.DoesNotExist."""
    invitation = _locked(organization, actor, uid)
    if invitation.sent_at > clock.now() - MIN_BETWEEN_EMAILS:
        raise Refused(_("We just emailed %(email)s. Wait five minutes.") % {"email": invitation.email})
    secret_links.revoke(subject=invitation.uid)
    invitation.sent_at, invitation.expires_at, invitation.invited_by = clock.now(), _end(), actor
    invitation.save(update_fields=["sent_at", "expires_at", "invited_by"])
    _record(invitation, actor, "invitation.resend")
    return _issue(invitation)


def cancel(*, organization: Organization, actor: User, uid: UUID) -> Invitation:
    """End an invitation and its link. Raises Refused, Invitation.DoesNotExist."""
    invitation = _locked(organization, actor, uid)
    _cancel(invitation, actor)
    return invitation


def cancel_sent_by(inviter: User, *, organization: Organization, actor: User, role: Role | None) -> int:
    """Cancel the open invitations that someone could no longer send, now that their role is this one (None: removed).

    Otherwise someone could invite another address of theirs, and get in again. Returns how many. Call it in the
    transaction that changed the role.
    """
    now = Membership(role=role) if role else None
    allowed = assignable_roles(now) if now and now.may(Role.ADMIN) else []
    over = list(open_invitations(organization).filter(invited_by=inviter).exclude(role__in=allowed))
    for invitation in over:
        _cancel(invitation, actor)
    return len(over)


def find(token: str) -> Invitation | None:
    """Find the open invitation for a valid link. Opens `tenant()`, since only the token names the organization."""
    link = secret_links.find(purpose=PURPOSE, token=token)
    organization = Organization.objects.filter(pk=link.scope_key).first() if link else None
    if link is None or organization is None:
        return None
    with tenant(organization):
        return open_invitations(organization).filter(uid=link.subject).first()


def organization_joined(token: str, user: User) -> Organization | None:
    """The organization that this user already joined with this token. After a double click, the link has ended."""
    link = secret_links.find_ended(purpose=PURPOSE, token=token)
    organization = Organization.objects.filter(pk=link.scope_key).first() if link else None
    if link is None or organization is None:
        return None
    with tenant(organization):
        joined = Invitation.objects.filter(uid=link.subject, accepted_by=user).exists()
    return organization if joined else None


def is_for(invitation: Invitation, user: User) -> bool:
    """Whether the user has verified the invited address."""
    addresses = EmailAddress.objects.filter(user=user, email__iexact=invitation.email, verified=True)
    return bool(addresses.exists())


def accept(*, invitation: Invitation, user: User) -> Membership:
    """Make the user a member; a current member keeps their role. Raises Invitation.DoesNotExist if it has ended."""
    current = _still_open(invitation)
    membership, _created = Membership.objects.get_or_create(
        organization=current.organization, user=user, defaults={"role": current.role}
    )
    current.accepted_at, current.accepted_by = clock.now(), user
    current.save(update_fields=["accepted_at", "accepted_by"])
    secret_links.revoke(subject=current.uid)
    _record(current, user, "member.join", role=membership.role, inviter=current.invited_by_id)
    return membership


def accept_as_new(*, invitation: Invitation, name: str, password: str) -> User:
    """Create an account with the invited address and make it a member. Raises AddressTaken, Invitation.DoesNotExist."""
    _still_open(invitation)
    try:
        # The constraint decides, because the same person may be signing up at the same time.
        with transaction.atomic():
            user = User.objects.create_user(invitation.email, password, name=name)
    except IntegrityError as error:
        raise AddressTaken from error
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    accept(invitation=invitation, user=user)
    return user


def _still_open(invitation: Invitation) -> Invitation:
    # Every change to members locks the organization first.
    Organization.objects.select_for_update(no_key=True).get(pk=invitation.organization_id)
    return open_invitations(invitation.organization).get(pk=invitation.pk, expires_at__gt=clock.now())


def _locked(organization: Organization, actor: User, uid: UUID) -> Invitation:
    acting = lock(organization, actor)
    invitation = open_invitations(organization).get(uid=uid)
    _allow(acting, Role(invitation.role))
    return invitation


def _cancel(invitation: Invitation, actor: User) -> None:
    invitation.cancelled_at = clock.now()
    invitation.save(update_fields=["cancelled_at"])
    secret_links.revoke(subject=invitation.uid)
    _record(invitation, actor, "invitation.cancel")


def _allow(acting: Membership, role: Role) -> None:
    if role not in assignable_roles(acting):
        raise Refused(_("Only an owner can invite an owner."))


def _refuse_some(pattern: str, emails: "QuerySet[Membership, str] | set[str]") -> None:
    if found := sorted(emails):
        raise Refused(pattern % {"emails": and_list(found)})


def _same_press(invitation: Invitation, actor: User, role: Role) -> bool:
    recent = invitation.created_at > clock.now() - DOUBLE_CLICK
    return recent and invitation.invited_by == actor and invitation.role == role


def _end() -> datetime:
    return clock.now() + timedelta(days=DAYS)


def _issue(invitation: Invitation) -> Issued:
    token = secret_links.mint(purpose=PURPOSE, subject=invitation.uid, scope_key=invitation.organization_id, days=DAYS)
    return Issued(invitation, token)


def _record(invitation: Invitation, actor: User, action: str, **more: str | int) -> None:
    after = {"invitation": invitation.uid, **more}
    audit.record(organization=invitation.organization, actor=actor, action=action, after=after)
