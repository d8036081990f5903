"""The slots of a request: one for each reference that the template asks for, and the person in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from crosschq.core import clock
from crosschq.messaging.models import Channel, Message
from requests_app.models import SLOT_HOLDERS, Reference, ReferenceRequest, ReferenceState
from templates_app.models import TemplateVersion
from templates_app.surveys.relationships import COMPANY_ASKED, Relationship

SILENT_AFTER = timedelta(days=3)  # then the candidate can name someone else instead


@dataclass(frozen=True)
class Slot:
    """Slot `number` (from 1) of a request. `relationship` is "any" if the candidate decides.

    A slot that isn't required may stay empty.
    """

    number: int
    relationship: str
    note: str
    required: bool = True

    @property
    def candidate_decides(self) -> bool:
        return self.relationship == Relationship.ANY

    @property
    def label(self) -> str:
        return str(Relationship(self.relationship).label)


@dataclass(frozen=True)
class SlotStatus:
    """A slot and its references, oldest first. The last one counts."""

    slot: Slot
    people: tuple[Reference, ...]
    email: Message | None

    @property
    def reference(self) -> Reference | None:
        """Return the reference who is in the slot now."""
        return next((person for person in reversed(self.people) if person.state in SLOT_HOLDERS), None)

    @property
    def vacated_by(self) -> Reference | None:
        """Return the reference who left the slot, if it is empty now."""
        return self.people[-1] if self.people and self.reference is None else None

    @property
    def bounced(self) -> bool:
        """Whether the invitation to the slot's reference failed or bounced."""
        return bool(self.email and self.reference and self.reference.is_reachable and self.email.has_failing_address)

    @property
    def is_skipped(self) -> bool:
        """Whether the slot is optional and was never filled."""
        return not self.slot.required and not self.people

    @property
    def may_stay_empty(self) -> bool:
        """Whether the slot is optional and empty now."""
        return not self.slot.required and self.reference is None

    @property
    def is_complete(self) -> bool:
        """Whether the slot's reference is named with everything we need, but not yet asked."""
        person = self.reference
        return bool(person and person.state == ReferenceState.NAMED and missing_step(person, self.slot) is None)

    @property
    def is_ready_to_invite(self) -> bool:
        """Whether the slot's reference is complete and can be asked now."""
        person = self.reference
        return self.is_complete and bool(person and not person.is_held and not person.needs_approval)

    @property
    def is_new(self) -> bool:
        """Whether the candidate has yet to send this reference on: to them, or to the owner for approval."""
        person = self.reference
        is_asked_about = bool(person and person.needs_approval and not person.awaits_approval)
        return self.is_ready_to_invite or (self.is_complete and is_asked_about)

    @property
    def needs_candidate(self) -> bool:
        """Whether the candidate has something to do for this slot."""
        person = self.reference
        rests = bool(self.is_complete and person and (person.is_held or person.awaits_approval))
        return self.can_be_named and not rests

    @property
    def is_silent(self) -> bool:
        """Whether the slot's reference was asked days ago and hasn't started."""
        person = self.reference
        asked = person.invited_at if person and person.state == ReferenceState.INVITED else None
        return asked is not None and asked <= clock.now() - SILENT_AFTER

    @property
    def can_be_named(self) -> bool:
        """Whether the candidate may name a reference for this slot."""
        person = self.reference
        return person is None or person.state == ReferenceState.NAMED or self.bounced


def slots(version: TemplateVersion) -> tuple[Slot, ...]:
    rules = [rule for rule in version.reference_rules for _ in range(rule.count)]
    return tuple(
        Slot(number, str(rule.relationship), rule.note, rule.required) for number, rule in enumerate(rules, start=1)
    )


def slot_statuses(reference_request: ReferenceRequest) -> tuple[SlotStatus, ...]:
    """Return the status of each slot of a request, in two queries; one while nobody has been asked."""
    people = list(Reference.objects.filter(reference_request=reference_request).order_by("slot", "id"))
    latest = {person.slot: person for person in people}.values()
    emails = last_emails(person.uid for person in latest if person.state != ReferenceState.NAMED)
    return statuses_of(reference_request.version, people, emails)


def statuses_of(
    version: TemplateVersion, people: Iterable[Reference], emails: Mapping[UUID, Message]
) -> tuple[SlotStatus, ...]:
    """The same for references that were already read, ordered by slot and id, and the last email to each."""
    by_slot: dict[int, list[Reference]] = {}
    for person in people:
        by_slot.setdefault(person.slot, []).append(person)
    return tuple(_status(slot, by_slot.get(slot.number, []), emails) for slot in slots(version))


def _status(slot: Slot, people: list[Reference], emails: Mapping[UUID, Message]) -> SlotStatus:
    return SlotStatus(slot, tuple(people), emails.get(people[-1].uid) if people else None)


def last_emails(uids: Iterable[UUID]) -> dict[UUID, Message]:
    """The latest email to each reference, by the reference's uid."""
    rows = Message.objects.filter(about_kind="reference", about_uid__in=list(uids), channel=Channel.EMAIL)
    rows = rows.order_by("created_at", "id")
    return {row.about_uid: row for row in rows.defer("text", "html") if row.about_uid}


def asks_company(relationship: str) -> bool:
    return relationship in COMPANY_ASKED


def missing_step(reference: Reference, slot: Slot) -> str | None:
    """The first naming step that is incomplete for this reference: name, relation, or email."""
    if not reference.name:
        return "name"
    if not reference.relationship or (asks_company(reference.relationship) and not reference.company):
        return "relation"
    return None if reference.email else "email"
