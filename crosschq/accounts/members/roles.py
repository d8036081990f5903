"""Changing roles and removing members. Call inside `tenant(organization)`; every change is audited.

Each change locks the organization before it reads anything, so two owners who demote each other at the same moment
are handled one after the other, and one owner remains.
"""

from uuid import UUID

from django.utils.translation import gettext as _

from crosschq.tenancy import audit
from crosschq.tenancy.models import AuditEntry, Membership, Organization, Role, User

REMOVED, LEFT = "member.remove", "member.leave"


class Refused(Exception):
    """The change breaks a rule. The message explains this to the person who tried."""


def assignable_roles(acting: Membership) -> list[Role]:
    """The roles this member may assign. Only owners assign the owner role."""
    return [role for role in Role if role is not Role.OWNER or acting.may(Role.OWNER)]


def may_change(acting: Membership, member: Membership) -> bool:
    """Whether `acting` may change or remove `member`. Only owners change owners."""
    return acting.may(Role.ADMIN) and (acting.may(Role.OWNER) or member.role != Role.OWNER)


def change_role(*, organization: Organization, actor: User, uid: UUID, role: Role) -> Membership:
    """Change a member's role, effective on their next HTTP request. Raises Refused, Membership.DoesNotExist."""
    acting, member = _locked(organization, actor, uid)
    before = Role(member.role)
    if before == role:
        return member
    if role not in assignable_roles(acting):
        raise Refused(_("Only an owner can make someone an owner."))
    _keep_an_owner(member)
    member.role = role
    member.save(update_fields=["role"])
    audit.record(
        organization=organization,
        actor=actor,
        action="member.role",
        before={"role": before.value},
        after={"role": role.value, "member": member.user_id},
    )
    return member


def remove_member(*, organization: Organization, actor: User, uid: UUID) -> Membership:
    """End a membership; the account stays. Raises Refused, Membership.DoesNotExist."""
    _acting, member = _locked(organization, actor, uid)
    _keep_an_owner(member)
    audit.record(
        organization=organization,
        actor=actor,
        action=LEFT if member.user == actor else REMOVED,
        before={"member": member.user_id, "role": member.role, "membership": member.uid},
    )
    member.delete()
    return member


def was_removed(uid: UUID) -> bool:
    """Whether this member was removed earlier, to tell a double click from a wrong URL."""
    return AuditEntry.objects.filter(action__in=[REMOVED, LEFT], before__membership=str(uid)).exists()


def lock(organization: Organization, actor: User) -> Membership:
    """Lock the organization against other member changes. Returns the actor's current membership.

    Raises Refused if the actor is no longer an admin.
    """
    # NO KEY: rows that reference the organization can still be inserted.
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    acting = Membership.objects.filter(organization=organization, user=actor).first()
    if acting is None or not acting.may(Role.ADMIN):
        raise Refused(_("Your role was just changed and no longer allows this."))
    return acting


def _locked(organization: Organization, actor: User, uid: UUID) -> tuple[Membership, Membership]:
    acting = lock(organization, actor)
    member = Membership.objects.select_related("user").get(organization=organization, uid=uid)
    if not may_change(acting, member):
        raise Refused(_("Only an owner can change or remove an owner."))
    return acting, member


def _keep_an_owner(member: Membership) -> None:
    others = Membership.objects.filter(organization=member.organization_id, role=Role.OWNER).exclude(pk=member.pk)
    if member.role == Role.OWNER and not others.exists():
        raise Refused(_("%(member)s is the only owner. Make someone else an owner first.") % {"member": member.user})
