"""Which requests a bulk action leaves out, and why: for the confirmation, and again when each one's turn comes.

Reads what it needs for all requests together. Call everything inside `tenant()`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.email_keys import address_key, exact_key
from crosschq.messaging.models import Channel, Message, Suppression
from crosschq.messaging.sending.quiet_hours import next_allowed_time
from crosschq.messaging.sending.suppression import address_hash
from crosschq.tenancy.models import User
from requests_app.candidate.slots import statuses_of
from requests_app.models import Act, LeftOut, Reference, ReferenceRequest, Reminder, RequestState
from requests_app.reminders.plan import possible_at, zone_for

NOT_GONE_YET = (WorkState.PENDING, WorkState.WORKING, WorkState.HELD)


@dataclass(frozen=True)
class Verdict:
    """What would happen to a request. people: who gets a reminder; None is the candidate.

    is_later: nobody's reminder goes out before their quiet hours end.
    """

    reference_request: ReferenceRequest
    left_out: LeftOut | None = None
    people: tuple[Reference | None, ...] = ()
    is_later: bool = False


@dataclass
class _Known:
    """What reminders depend on, by request or person."""

    people: dict[int, list[Reference]] = field(default_factory=dict)
    reminders: dict[tuple[int, int | None], list[Reminder]] = field(default_factory=dict)
    emails: dict[UUID, Message] = field(default_factory=dict)
    # Addresses that we don't send to: for everything, or with a uid for messages about one person.
    suppressed: set[tuple[bytes, UUID | None]] = field(default_factory=set)


def judge(
    act: str,
    requests: Sequence[ReferenceRequest],
    now: datetime,
    *,
    new_owner: User | None = None,
    asked_by: User | None = None,
) -> list[Verdict]:
    """A verdict for each request, in order. At most four queries. The requests come with organization and version."""
    if act == Act.REMIND:
        known = _read(requests)
        return [_reminding(each, known, now) for each in requests]
    if act == Act.REASSIGN:
        return [Verdict(each, _why_not_reassign(each, new_owner, asked_by)) for each in requests]
    return [Verdict(each, None if each.is_open else LeftOut.ENDED) for each in requests]


def _why_not_reassign(
    reference_request: ReferenceRequest, new_owner: User | None, asked_by: User | None
) -> LeftOut | None:
    if reference_request.is_test:
        return LeftOut.IS_TEST
    is_own = asked_by is not None and exact_key(asked_by.email) == exact_key(reference_request.owner_email)
    if reference_request.organization.reports_private and not is_own:
        return LeftOut.PRIVATE  # the request's page asks for proof, and tells the owner
    is_same = new_owner is not None and address_key(reference_request.owner_email) == address_key(new_owner.email)
    return LeftOut.SAME_OWNER if is_same else None


def _reminding(reference_request: ReferenceRequest, known: _Known, now: datetime) -> Verdict:
    if not reference_request.is_open:
        return Verdict(reference_request, LeftOut.ENDED)
    if reference_request.paused_until is not None:
        return Verdict(reference_request, LeftOut.PAUSED)
    against, possible = LeftOut.NO_ONE, []
    for person in _waited_for(reference_request, known):
        reason = _why_not_remind(reference_request, person, known, now)
        if reason is None:
            possible.append(person)
        # A problem that someone can solve says more than one that time solves.
        elif against in (LeftOut.NO_ONE, LeftOut.TOO_SOON):
            against = reason
    if not possible:
        return Verdict(reference_request, against)
    later = [next_allowed_time(now, zone_for(reference_request, person)) > now for person in possible]
    return Verdict(reference_request, people=tuple(possible), is_later=all(later))


def _waited_for(reference_request: ReferenceRequest, known: _Known) -> Iterator[Reference | None]:
    """The candidate, while they have references to name, and the references who were asked."""
    people = known.people.get(reference_request.pk, [])
    if reference_request.state != RequestState.WAITING_FOR_REFERENCES:
        yield None
        return
    if any(status.can_be_named for status in statuses_of(reference_request.version, people, known.emails)):
        yield None
    yield from (person for person in people if person.is_reachable)


def _why_not_remind(
    reference_request: ReferenceRequest, person: Reference | None, known: _Known, now: datetime
) -> LeftOut | None:
    reminders = known.reminders.get((reference_request.pk, person.pk if person else None), [])
    if possible_at(reminders, now) > now:
        return LeftOut.TOO_SOON
    uid = person.uid if person else reference_request.uid
    address = person.email if person and not reference_request.is_test else reference_request.candidate_email
    hashed = address_hash(address)
    if (hashed, None) in known.suppressed or (hashed, uid) in known.suppressed:
        return LeftOut.OPTED_OUT
    email = known.emails.get(uid)
    if email and (email.state in NOT_GONE_YET or email.has_failing_address):
        return LeftOut.NOT_DELIVERED
    return None


def _read(requests: Sequence[ReferenceRequest]) -> _Known:
    known, open_ones = _Known(), [each for each in requests if each.is_open]
    uids = {each.uid for each in open_ones}
    for person in Reference.objects.filter(reference_request__in=open_ones).order_by("slot", "id"):
        known.people.setdefault(person.reference_request_id, []).append(person)
        uids.add(person.uid)
    for reminder in Reminder.objects.filter(reference_request__in=open_ones).exclude(state=WorkState.CANCELLED):
        known.reminders.setdefault((reminder.reference_request_id, reminder.reference_id), []).append(reminder)
    sent = Message.objects.filter(about_uid__in=uids, about_kind__in=["request", "reference"], channel=Channel.EMAIL)
    newest = sent.order_by("about_uid", "-created_at", "-id").distinct("about_uid")
    known.emails = {
        message.about_uid: message for message in newest.defer("text", "html", "list_unsubscribe") if message.about_uid
    }
    addresses = [each.candidate_email for each in open_ones]
    addresses += [person.email for people in known.people.values() for person in people if person.email]
    hashes = {address_hash(address) for address in addresses}
    rows = Suppression.objects.filter(channel=Channel.EMAIL, address_hash__in=hashes)
    known.suppressed = {(bytes(hashed), uid) for hashed, uid in rows.values_list("address_hash", "about_uid")}
    return known
