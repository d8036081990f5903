"""Erase a person from every table, and explain beforehand what that means. Call everything inside `tenant()`."""

from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Q, Value
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors import personal_data as connections
from connectors.models import Attachment, Connection, Writeback
from crosschq.core.database.counting import count_up_to
from crosschq.core.text.email_keys import address_key
from crosschq.privacy import personal_data as desk
from crosschq.privacy.holdings import HOLDINGS
from crosschq.privacy.retention.holds import is_held
from crosschq.tenancy.models import Invitation, Membership, Organization, Role, User
from crosschq.tenancy.person import Person, PersonKind, Sought
from prospects.models import ExportItem, Prospect
from requests_app import personal_data as requests
from requests_app.erasure import redact_staff
from requests_app.models import OPEN_STATES, ReferenceRequest
from requests_app.start.ownership import hand_over, open_owners, open_requests_with, reason_against_owner


def only_that_reference(person: Person, uid: UUID) -> Person:
    """The person, limited to this one reference."""
    return Person(tuple(each for each in person.of(PersonKind.REFERENCE).matches if each.uid == uid))


def erase_everywhere(person: Person, *, only_reference: bool) -> int:
    """Erase the person; or one reference, who may still be a candidate or prospect. Returns how many rows changed."""
    holdings = (desk, requests) if only_reference else HOLDINGS
    return sum(holding.erase(person) for holding in holdings)


def reasons_against(organization: Organization, person: Person) -> list[str]:
    """Why the person can't be erased now. Each reason says what to do first."""
    found = held_reasons(person)
    if person.uids(PersonKind.MEMBER):
        found.append(_("They are a member. Remove them on the members page first."))
    open_invitations = Invitation.objects.filter(
        uid__in=person.uids(PersonKind.INVITED), accepted_at=None, cancelled_at=None
    )
    if open_invitations.exists():
        found.append(_("They are invited to become a member. Cancel the invitation on the members page first."))
    keys = person.sought.email_keys
    found.extend(
        _("They are the fallback owner of the connection to %(company)s. Choose someone else there first.")
        % {"company": connection.company_name}
        for connection in Connection.objects.exclude(fallback_owner_email="")
        if address_key(connection.fallback_owner_email) in keys
    )
    if organization.reply_to and address_key(organization.reply_to) in keys:
        found.append(_("Replies to your emails go to their address. Change it in the organization profile first."))
    return found


def held_reasons(person: Person) -> list[str]:
    """The sentence that refuses to erase a person or reference under a legal hold; empty if there is none."""
    if not is_held(person):
        return []
    return [_("They are under a legal hold, or appear in a request that is. Release the hold first.")]


def owned_requests(person: Person) -> int:
    """How many open requests the person owns, up to MOST_COUNTED + 1. They need another owner before the erasure."""
    return count_up_to(open_requests_with(person.of(PersonKind.OWNER).sought.email_keys))


def reason_against_heir(organization: Organization, person: Person, heir: User) -> str:
    """Why this member can't get the person's open requests; empty if they can."""
    membership = Membership.objects.filter(organization=organization, user=heir).first()
    if membership is None or not membership.may(Role.RECRUITER):
        return _("%(name)s can't own requests anymore. Choose someone else.") % {"name": heir}
    reasons = (reason_against_owner(email, heir.name, heir.email) for email in open_owners(person.sought.email_keys))
    return next(filter(None, reasons), "")


def hand_over_requests(person: Person, heir: User, *, actor: str) -> None:
    """Give the open requests that the person owns to someone else, without a trace of the person."""
    owned = list(open_requests_with(person.sought.email_keys))
    for email in {each.owner_email for each in owned}:
        hand_over(from_email=email, to_name=heir.name, to_email=heir.email, actor=actor)
    for each in owned:
        name, email, each.owner_name = each.owner_name, each.owner_email, heir.name
        redact_staff(each, name, email)


def erase_copies(words: list[str], sought: Sought) -> int:
    """Delete files and results that were made from rows about the person."""
    return desk.erase_exports(words, sought) + requests.erase_downloads() + connections.erase_tasks(words, sought)


@dataclass(frozen=True)
class Consequences:
    """What an erasure does, in sentences."""

    goes: list[str]
    stays: list[str]
    left_in_ats: list[dict[str, str]] = field(default_factory=list)


def consequences(person: Person, *, only_reference: bool) -> Consequences:
    """What is deleted, what stays and why, and what to delete in the ATS."""
    return Consequences(_what_goes(person, only_reference), _what_stays(person, only_reference), left_in_ats(person))


def _what_goes(person: Person, only_reference: bool) -> list[str]:
    requests = person.uids(PersonKind.CANDIDATE)
    total = len(requests)
    running = ReferenceRequest.objects.filter(uid__in=requests, state__in=OPEN_STATES).count()
    references = len(person.uids(PersonKind.REFERENCE))
    said = []
    if total:
        said.append(
            ngettext(
                "%(count)s request about them, with its references, answers, report, and messages.",
                "%(count)s requests about them, with their references, answers, reports, and messages.",
                total,
            )
            % {"count": intcomma(total)}
        )
    if running:
        said.append(
            ngettext(
                "%(count)s of these is open. It ends now: its links stop working, and no one is emailed about it.",
                "%(count)s of these are open. They end now: their links stop working, and no one is emailed about it.",
                running,
            )
            % {"count": intcomma(running)}
        )
    if references:
        said.append(
            ngettext(
                "%(count)s reference they were asked for, with the answers. The report is rebuilt without it.",
                "%(count)s references they were asked for, with the answers. The reports are rebuilt without them.",
                references,
            )
            % {"count": intcomma(references)}
        )
    if only_reference:
        return said
    rest = {
        PersonKind.READER: _("Their access to reports."),
        PersonKind.OWNER: _("Their name and address as the owner of finished requests."),
        PersonKind.PROSPECT: _("Their details and consent as a prospect, and anything waiting to be exported."),
        PersonKind.EVENT: _("Their name and address in the event log."),
        PersonKind.RECIPIENT: _("Messages to them, including those not sent yet."),
        PersonKind.DIRECTORY: _("Our copy of their name and address from the ATS's list of users."),
        PersonKind.MANAGER: _("Their name and address as a hiring manager, in every version of a template."),
    }
    return [*said, *(sentence for kind, sentence in rest.items() if person.uids(kind))]


def _what_stays(person: Person, only_reference: bool) -> list[str]:
    said = [_("The audit log says that you erased a person, but not who. It can't be changed.")]
    if person.uids(PersonKind.REFERENCE):
        said.append(_("The report says that a reference was erased and on which day, because its numbers changed."))
    if person.uids(PersonKind.REFERENCE, PersonKind.READER, PersonKind.OWNER):
        said.append(
            _("In what others wrote, a nickname, a misspelled name, or a first name that may be someone else's stays.")
        )
    if only_reference:
        said.append(_("Their data elsewhere, for example as a prospect, stays."))
        return said
    said.append(_("A keyed hash of their address stays, so that we never email or text them again by mistake."))
    if person.uids(PersonKind.EVENT, PersonKind.CANDIDATE):
        said.append(_("The ids of their moves stay for 90 days. Otherwise, a repeated move would ask them again."))
        said.append(
            _(
                "A keyed hash of their candidate ID stays: if someone moves them again, no request starts, even if "
                "they have another address. If they contact you again on their own, you can allow it on this desk."
            )
        )
    if person.uids(PersonKind.DIRECTORY):
        said.append(_("They return to the list of users within a day, as long as they are a user in the ATS."))
    said.append(_("The ledger of erasures keeps hashes, so that a restored backup doesn't bring them back."))
    return said


def left_in_ats(person: Person) -> list[dict[str, str]]:
    """What only staff can delete in the ATS: our notes, the reports we attached, and candidates that an export created.

    A report names its references too, so an attached one is listed for each of them.
    """
    written = Q(asked_at__isnull=False) | ~Q(ats_id="")
    files = Attachment.objects.filter(
        written, about_uid__in=person.requests(PersonKind.CANDIDATE, PersonKind.REFERENCE)
    )
    notes = Writeback.objects.filter(written, about_uid__in=person.uids(PersonKind.CANDIDATE))
    ours = notes.values_list(Value("note"), "candidate_id").union(files.values_list(Value("report"), "candidate_id"))
    prospects = Prospect.objects.filter(uid__in=person.uids(PersonKind.PROSPECT))
    exported = ExportItem.objects.filter(prospect__in=prospects).exclude(candidate_id="")
    ids = {*exported.values_list("candidate_id", flat=True)}
    ids |= {*prospects.exclude(ats_candidate_id="").values_list("ats_candidate_id", flat=True)}
    return [
        *({"what": what, "candidate": candidate} for what, candidate in sorted(ours)),
        *({"what": "candidate", "candidate": candidate} for candidate in sorted(ids)),
    ]
