"""Correct a person's name, address, and phone number everywhere in an organization. Call inside `tenant()`."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crosschq.privacy.holdings import HOLDINGS, search
from crosschq.tenancy import audit
from crosschq.tenancy.models import Organization, User
from crosschq.tenancy.person import Correction, Person, Sought, email_keys


class CorrectionRefused(Exception):
    """The person can't be corrected this way; the sentence says why. Nothing changed."""


def correct_person(person: Person, correction: Correction, *, organization: Organization, actor: User) -> int:
    """Correct the person.

    Returns how many rows changed. Raises CorrectionRefused, and CapReached if no email may go out.
    """
    if correction.email and _belongs_to_someone_else(person, correction.email):
        raise CorrectionRefused(_("Someone else here has this address. Two people can't share one."))
    try:
        with transaction.atomic():
            count = sum(holding.correct(person, correction) for holding in HOLDINGS)
            if count:
                given = {name: getattr(correction, name) for name in ("first_name", "last_name", "email", "phone")}
                changed = [name for name, value in given.items() if value]
                audit.record(
                    organization=organization, actor=actor, action="privacy.correct", after={"fields": changed}
                )
            return count
    except IntegrityError as error:
        raise CorrectionRefused(_("The person already has this address in the same request.")) from error


def _belongs_to_someone_else(person: Person, email: str) -> bool:
    own = {match.uid for match in person.matches}
    keys = email_keys(email)
    return not keys & person.keys and any(match.uid not in own for match in search(Sought(keys=keys)))
