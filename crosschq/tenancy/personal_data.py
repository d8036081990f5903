"""Personal data in accounts and the audit log, and the columns of the kernel and of libraries."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from crosschq.core.database.address_keys import mailboxes
from crosschq.core.text.email_keys import address_key
from crosschq.tenancy import audit
from crosschq.tenancy.addresses import AddressColumn
from crosschq.tenancy.audit import DetailKind
from crosschq.tenancy.models import AuditEntry, Invitation, Membership, User
from crosschq.tenancy.person import (
    Column,
    Correction,
    ExportSection,
    Match,
    Person,
    PersonKind,
    Sought,
    email_keys,
    impersonal,
    personal,
    rows_of,
)
from crosschq.tenancy.scope import current_organization

STAFF = (PersonKind.MEMBER,)
ACCOUNT = "as long as the account"
HASH = "only a hash"
OWN_NAMES = "a name that our code or a library gives"
COLUMNS: list[Column] = [
    *personal("organizations.User", "email", "name", of=STAFF, until=ACCOUNT),
    *impersonal("organizations.User", "password", why=HASH),
    *impersonal(
        "organizations.Organization",
        "slug",
        "name",
        "time_zone",
        "color",
        "logo_digest",
        "privacy_url",
        "retention",
        "candidate_deleted",
        why="the organization's own profile",
    ),
    *personal("organizations.Organization", "reply_to", of=STAFF, until="until an admin changes it"),
    *impersonal("organizations.Membership", "role", why="from a fixed list"),
    *personal("organizations.Invitation", "email", of=(PersonKind.INVITED,), until="as long as the organization"),
    *impersonal("organizations.Invitation", "role", why="from a fixed list"),
    *impersonal("organizations.EmailCode", "address_hash", "code_hash", why="keyed hashes, for a day"),
    *impersonal("organizations.Logo", "digest", "content_type", "data", why="a picture of the organization"),
    *impersonal("organizations.AuditEntry", "action", why=OWN_NAMES),
    *impersonal("organizations.AuditEntry", "before", "after", why="ids and settings: see tenancy/audit.py"),
    *impersonal("core.SecretLink", "token_hash", "purpose", why=HASH),
    *impersonal("core.TryCount", "key", why=HASH),
    *impersonal("core.Circuit", "key", why=OWN_NAMES),
    *impersonal("core.KeyHolder", "key_ids", why=OWN_NAMES),
    *impersonal("core.FailedRow", "task", "row", "error", why=OWN_NAMES),
    *impersonal("core.Heartbeat", "name", why=OWN_NAMES),
    *impersonal("core.Alarm", "name", why=OWN_NAMES),
    *impersonal("core.Installation", "system_identifier", "restored_why", why="about the database itself"),
    *personal("account.EmailAddress", "email", of=STAFF, until=ACCOUNT),
    *impersonal("account.EmailConfirmation", "key", why="a random key"),
    *impersonal("mfa.Authenticator", "type", why="from a fixed list"),
    *personal("mfa.Authenticator", "data", of=STAFF, until=ACCOUNT),
    *personal("usersessions.UserSession", "ip", "user_agent", "data", of=STAFF, until="as long as the session"),
    *impersonal("usersessions.UserSession", "session_key", why="a random key"),
    *impersonal("sessions.Session", "session_key", why="a random key"),
    *personal("sessions.Session", "session_data", of=STAFF, until="14 days after the last use"),
    *impersonal("auth.Permission", "name", "codename", why=OWN_NAMES),
    *impersonal("auth.Group", "name", why=OWN_NAMES),
    *impersonal("contenttypes.ContentType", "app_label", "model", why=OWN_NAMES),
]
MEMBERS = AddressColumn("organizations.Membership", "user__email", mailbox="user__mailbox")
INVITED = AddressColumn("organizations.Invitation", "email")
ADDRESSES = [MEMBERS, INVITED]


def find(sought: Sought) -> list[Match]:
    """Members, and people invited. Call inside `tenant()`."""
    return [*_members(sought), *_invited(sought)]


def _members(sought: Sought) -> Iterable[Match]:
    members = Membership.objects.filter(organization=current_organization()).select_related("user")
    named = Q(pk__in=members.filter(sought.named("user__name")))
    for member in members.filter(sought.at(MEMBERS) | Q(uid__in=sought.uids) | named)[: sought.most]:
        yield Match(
            PersonKind.MEMBER,
            member.uid,
            member.user.name,
            member.user.email,
            keys=email_keys(member.user.email),
            about=member.get_role_display(),
            at=member.created_at,
        )


def _invited(sought: Sought) -> Iterable[Match]:
    invitations = Invitation.objects.all()
    for invitation in invitations.filter(sought.at(INVITED) | Q(uid__in=sought.uids))[: sought.most]:
        yield Match(
            PersonKind.INVITED,
            invitation.uid,
            email=invitation.email,
            keys=email_keys(invitation.email),
            about=invitation.get_role_display(),
            at=invitation.created_at,
        )


def _about(emails: Iterable[str]) -> Q:
    """Entries by or about the users and invitations with these addresses, and settings that named the addresses."""
    keys = {address_key(email) for email in emails}
    near = User.objects.filter(email__gt="", mailbox__in=sorted(mailboxes(keys))).only("email")
    users = [user for user in near if address_key(user.email) in keys]
    invited = Invitation.objects.order_by().values_list("uid", "email")
    invitations = [str(uid) for uid, email in invited if address_key(email) in keys]
    about = Q(actor__in=users) | Q(after__invitation__in=invitations)
    details: list[tuple[str, list[Any]]] = [
        (name, [user.pk for user in users]) for name in audit.named(DetailKind.MEMBER)
    ]
    details += [(name, [str(audit.address(key)) for key in keys]) for name in audit.named(DetailKind.ADDRESS)]
    for name, values in details:
        about |= Q(**{f"before__{name}__in": values}) | Q(**{f"after__{name}__in": values})
    return about


def all_keys() -> list[str]:
    """Nothing: members and people invited aren't erased."""
    return []


def export(person: Person, *, with_answers: bool = False) -> list[ExportSection]:
    """The person's account details and audit log entries. Call inside `tenant()`."""
    members = Membership.objects.filter(uid__in=person.uids(PersonKind.MEMBER))
    invitations = Invitation.objects.filter(uid__in=person.uids(PersonKind.INVITED))
    said = AuditEntry.objects.filter(_about(person.emails))
    return [
        ExportSection(_("Membership"), rows_of(members, "user__name", "user__email", "role", "created_at")),
        ExportSection(
            _("Invitations"), rows_of(invitations, "email", "role", "created_at", "accepted_at", "cancelled_at")
        ),
        ExportSection(_("Audit log"), rows_of(said.order_by("at"), "at", "actor__name", "action", "before", "after")),
    ]


def correct(person: Person, correction: Correction) -> int:
    """Change nothing, because members correct their own details on their profile."""
    return 0


def erase(person: Person) -> int:
    """Delete the invitations of someone who isn't a member. Call inside `tenant()`.

    Members leave through the members page, and the audit log is permanent: it names nobody.
    """
    if person.uids(PersonKind.MEMBER):
        return 0
    deleted, _tables = Invitation.objects.filter(uid__in=person.uids(PersonKind.INVITED)).delete()
    return deleted
