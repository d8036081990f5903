"""Who belongs to an organization: roles and removal. Called inside `tenant(organization)`; each act is audited.

An act locks the organization before it reads anything, so that two owners who demote one another at the same moment
do so one after the other, and one owner is left.
"""

from uuid import UUID

from django.utils.translation import gettext as _

from crosschq.tenancy import audit
from crosschq.tenancy.models import AuditEntry, Membership, Organization, Role, User

REMOVED = "member.remove"


class Refused(Exception):
    """What was asked is against a rule, which the exception says in a sentence for whoever asked."""


def assignable_roles(acting: Membership) -> list[Role]:
    """The roles that this member may give: only an owner makes owners."""
    return [role for role in Role if role is not Role.OWNER or acting.may(Role.OWNER)]


def may_change(acting: Membership, member: Membership) -> bool:
    """Whether this member may change or remove that one: only an owner unmakes owners."""
    return acting.may(Role.ADMIN) and (acting.may(Role.OWNER) or member.role != Role.OWNER)


def change_role(*, organization: Organization, actor: User, uid: UUID, role: Role) -> Membership:
    """Give a member another role, from their next request on. Raises Refused, Membership.DoesNotExist."""
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
        sentence=_("%(who)s changed the role of %(member)s from %(before)s to %(after)s")
        % {"who": actor, "member": member.user, "before": before.label, "after": role.label},
        before={"role": before.value},
        after={"role": role.value},
    )
    return member


def remove_member(*, organization: Organization, actor: User, uid: UUID) -> Membership:
    """End a membership; the account stays. Raises Refused, Membership.DoesNotExist."""
    _acting, member = _locked(organization, actor, uid)
    _keep_an_owner(member)
    sentence = _("%(who)s left the organization") if member.user == actor else _("%(who)s removed %(member)s")
    audit.record(
        organization=organization,
        actor=actor,
        action=REMOVED,
        sentence=sentence % {"who": actor, "member": member.user},
        before={"name": member.user.name, "email": member.user.email, "role": member.role, "uid": str(member.uid)},
    )
    member.delete()
    return member


def was_removed(uid: UUID) -> bool:
    """Whether there was such a member: a second press of the button finds nobody."""
    return AuditEntry.objects.filter(action=REMOVED, before__uid=str(uid)).exists()


def lock(organization: Organization, actor: User) -> Membership:
    """Keep every other act on this organization's people waiting. Returns what the actor is by then.

    Raises Refused for somebody who is no admin anymore.
    """
    # NO KEY: rows that point to the organization can be written meanwhile.
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
