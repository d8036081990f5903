"""What admins change about retention. Call everything inside `tenant()`."""

import re
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy import audit
from crosschq.tenancy.models import Organization, User
from requests_app.models import ReferenceRequest

UID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class HoldRefused(Exception):
    """What was entered doesn't identify a person or a request. `sentence` says what to enter."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def change_settings(
    *, organization: Organization, actor: User, periods: dict[str, int], candidate_deleted: str
) -> bool:
    """Store the periods that differ from the defaults, and the choice. Returns False if nothing changed."""
    row = Organization.objects.select_for_update().get(pk=organization.pk)
    before = {"retention": row.retention, "candidate_deleted": row.candidate_deleted}
    after = {"retention": periods, "candidate_deleted": candidate_deleted}
    if before == after:
        return False
    Organization.objects.filter(pk=row.pk).update(**after)
    audit.record(
        organization=organization,
        actor=actor,
        action="privacy.retention",
        before={name: value for name, value in before.items() if value != after[name]},
        after={name: value for name, value in after.items() if value != before[name]},
    )
    return True


def place_hold(*, organization: Organization, actor: User, subject: str, reason: str) -> LegalHold:
    """Place a hold on the person with this address, or on the request whose page has this address.

    Raises HoldRefused.
    """
    email, reference_request_uid = _subject(subject.strip())
    hold: LegalHold = LegalHold.objects.create(
        organization=organization,
        reason=reason,
        email=email,
        reference_request_uid=reference_request_uid,
        placed_by=actor,
    )
    audit.record(organization=organization, actor=actor, action="privacy.hold", after={"hold": hold.uid})
    return hold


def release_hold(hold: LegalHold, *, actor: User) -> bool:
    """Release a hold and erase its address. Returns False if it was released before."""
    live = LegalHold.objects.filter(pk=hold.pk, released_at=None)
    if not live.update(released_at=clock.now(), released_by=actor, email=""):
        return False
    audit.record(organization=hold.organization, actor=actor, action="privacy.release_hold", after={"hold": hold.uid})
    return True


def _subject(text: str) -> tuple[str, UUID | None]:
    """The address, or the uid of the request that the text names."""
    if "@" in text:
        try:
            validate_email(text)
        except ValidationError as error:
            raise HoldRefused(_("Enter a complete email address, such as maya@example.com")) from error
        return text, None
    found = UID.search(text)
    request = ReferenceRequest.objects.filter(uid=UUID(found.group())).first() if found else None
    if request is None:
        raise HoldRefused(_("No request has this address. Open the request and copy the address from your browser."))
    return "", request.uid
