"""Repeat the erasures that a restored database lacks.

The backup may show a state from before the erasure that prevented one then. At the time of the erasure, nothing did:
holds had been released, and invitations canceled or accepted. So an older hold on the person is released again, and an
older invitation is deleted. What members did since the restore counts: the person stays under a newer hold, and an
invitation from then stays.
"""

import json
from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db.models import Q
from django.utils.dateparse import parse_datetime

from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.restore import mode
from crosschq.privacy.erase import ledger
from crosschq.privacy.erase.everywhere import (
    erase_everywhere,
    hand_over_requests,
    held_reasons,
    left_in_ats,
    only_that_reference,
    owned_requests,
    reason_against_heir,
)
from crosschq.privacy.erase.request import order_of
from crosschq.privacy.holdings import HOLDINGS, everything_about
from crosschq.privacy.models import Erasure, Offboarding
from crosschq.privacy.offboarding.tables import delete_everything
from crosschq.privacy.retention.holds import is_held, release_older
from crosschq.tenancy.models import Membership, Organization, Role
from crosschq.tenancy.person import Match, Person, PersonKind, Sought
from crosschq.tenancy.scope import tenant

log = structlog.get_logger(__name__)


@mode.replay_erasures.provide
def replay() -> int:
    """Repeat each erasure in the ledger that the database lacks. Returns how many. Can run again."""
    by_organization: defaultdict[str, list[ledger.Entry]] = defaultdict(list)
    for entry in ledger.entries():
        by_organization[entry.organization].append(entry)
    return sum(_replay(UUID(uid), entries) for uid, entries in by_organization.items())


def _replay(organization_uid: UUID, entries: list[ledger.Entry]) -> int:
    organization = Organization.objects.filter(uid=organization_uid).first()
    if organization is None:
        return 0
    with tenant(organization):
        entries = [entry for entry in entries if _was_done(entry)]
        if any(entry.everything for entry in entries):
            delete_everything(organization)
            return 1
        known = {str(uid) for uid in Erasure.objects.exclude(erased_at=None).values_list("uid", flat=True)}
        # One that was tried again has several lines.
        missing = list({entry.erasure: entry for entry in entries if entry.erasure not in known}.values())
        if missing:
            by_hash = {ledger.hashed(key): key for holding in HOLDINGS for key in holding.all_keys()}
            missing = [entry for entry in missing if _erase_again(organization, entry, by_hash)]
    return len(missing)


def _was_done(entry: ledger.Entry) -> bool:
    """Whether the erasure was committed after its line was written, as far as the database knows.

    If not, and it then failed or was canceled, the person or the organization was never erased.
    """
    at = parse_datetime(entry.at) or clock.now()
    of_entry = Q(uid=UUID(entry.erasure), finished_at__gt=at) & ~Q(state=WorkState.DONE)
    if entry.everything:
        is_undone = Offboarding.objects.filter(of_entry).exists()
    else:
        is_undone = Erasure.objects.filter(of_entry, erased_at=None).exists()
    if is_undone:
        log.warning("erasure_was_not_done", erasure=entry.erasure)
    return not is_undone


def _erase_again(organization: Organization, entry: ledger.Entry, by_hash: dict[str, str]) -> bool:
    """Repeat an erasure. Returns False if it failed, because the person is under a hold that was placed after it."""
    at = parse_datetime(entry.at) or clock.now()
    keys = frozenset(by_hash[hashed] for hashed in entry.keys if hashed in by_hash)
    sought = Sought(keys=keys, uids=frozenset(map(UUID, entry.uids)))
    person = Person(tuple(match for match in everything_about(sought) if not _is_new_invitation(match, at)))
    if entry.only_reference:
        person = only_that_reference(person, UUID(entry.person))
    if is_held(person, placed_after=at):
        failed = {"state": WorkState.DEAD, "reason": " ".join(held_reasons(person)), "sought": order_of(person)}
        _store(organization, entry, failed | {"lease_until": None, "finished_at": clock.now()})
        log.error("erasure_not_repeated", erasure=entry.erasure, why="a newer legal hold")
        return False
    left = left_in_ats(person)
    if not entry.only_reference:
        release_older(person, at)
        _hand_over(organization, person, entry.heir)
    rows = erase_everywhere(person, only_reference=entry.only_reference)
    done = {
        "state": WorkState.DONE,
        "sought": "",
        "reason": "",
        "erased_at": at,
        "finished_at": clock.now(),
        "is_repeated": True,
        "rows": rows,
        "left_in_ats": json.dumps(left) if left else "",
        "lease_until": None,
    }
    _store(organization, entry, done)
    log.warning("erasure_repeated", erasure=entry.erasure, rows=rows)
    return True


def _store(organization: Organization, entry: ledger.Entry, changes: dict[str, Any]) -> None:
    identity = {"organization": organization, "person_uid": UUID(entry.person), "only_reference": entry.only_reference}
    Erasure.objects.update_or_create(uid=UUID(entry.erasure), defaults={**identity, **changes})


def _is_new_invitation(match: Match, at: datetime) -> bool:
    return match.kind == PersonKind.INVITED and match.at is not None and match.at > at


def _hand_over(organization: Organization, person: Person, heir: str) -> None:
    """Give the person's open requests to the member who got them before; else to the one who has been here longest.

    Owners of the organization come first, then admins.
    """
    if not owned_requests(person):
        return
    members = list(Membership.objects.filter(organization=organization).select_related("user").order_by("pk"))
    members.sort(key=lambda member: (str(member.uid) != heir, not member.may(Role.OWNER), not member.may(Role.ADMIN)))
    for member in members:
        is_person = member.uid in person.uids(PersonKind.MEMBER)
        if not is_person and not reason_against_heir(organization, person, member.user):
            hand_over_requests(person, member.user, actor="Crosschq")
            return
    log.error("requests_without_an_owner", organization=str(organization.uid))
