"""The current names of the people and things in a page of entries: one query per kind, however many entries."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property

from django.utils.translation import gettext as _

from crosschq.tenancy import audit
from crosschq.tenancy.audit import DETAILS, DetailKind, Names
from crosschq.tenancy.models import AuditEntry, Invitation, Membership, User
from crosschq.tenancy.scope import current_organization


def _member_names(ids: Collection[str]) -> Names:
    return {str(user.pk): str(user) for user in User.objects.filter(pk__in=ids)}


def _invitation_names(ids: Collection[str]) -> Names:
    found = Invitation.objects.filter(uid__in=ids).values_list("uid", "email")
    return {str(uid): email for uid, email in found}


_LOOKUPS: Mapping[DetailKind, Callable[[Collection[str]], Names]] = {
    DetailKind.MEMBER: _member_names,
    DetailKind.INVITATION: _invitation_names,
    DetailKind.EVENT: audit.event_names,
    DetailKind.REQUEST: audit.request_names,
    DetailKind.READER: audit.reader_names,
    DetailKind.NOTIFIED: audit.notified_names,
}


class NameLookup:
    """The names of everything that these entries mention. Call inside `tenant()`."""

    def __init__(self, entries: Iterable[AuditEntry]) -> None:
        ids: dict[DetailKind, set[str]] = {}
        for entry in entries:
            for name, value in [*entry.before.items(), *entry.after.items()]:
                kind = DETAILS.get(name)
                if kind is not None and kind in _LOOKUPS and value is not None:
                    ids.setdefault(kind, set()).add(str(value))
        self._names = {kind: _LOOKUPS[kind](found) for kind, found in ids.items()}

    def name(self, kind: DetailKind, key: object) -> str:
        """The name of this person, or of the person that this row is about."""
        return self._names.get(kind, {}).get(str(key)) or _("an erased person")

    def address(self, key: str) -> str:
        return self._addresses.get(key) or _("an address that is no longer stored")

    @cached_property
    def _addresses(self) -> Names:
        """The addresses of members and of current settings, by pseudonym."""
        organization = current_organization()
        members = Membership.objects.filter(organization=organization).values_list("user__email", flat=True)
        known = [organization.reply_to, *members, *(email for source in audit.address_sources for email in source())]
        return {audit.address(email): email for email in known if email}
