"""Repeat the erasures that a restored database lacks."""

import json
from collections import defaultdict
from uuid import UUID

import structlog
from django.utils.dateparse import parse_datetime

from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.restore import mode
from crosschq.privacy.erase import ledger
from crosschq.privacy.erase.everywhere import erase_everywhere, left_in_ats, only_that_reference
from crosschq.privacy.holdings import HOLDINGS, search
from crosschq.privacy.models import Erasure
from crosschq.privacy.offboarding.tables import delete_everything
from crosschq.tenancy.models import Organization
from crosschq.tenancy.person import Person, Sought
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
    if any(entry.everything for entry in entries):
        with tenant(organization):
            delete_everything(organization)
        return 1
    with tenant(organization):
        known = {str(uid) for uid in Erasure.objects.exclude(erased_at=None).values_list("uid", flat=True)}
        missing = [entry for entry in entries if entry.erasure not in known]
        if missing:
            by_hash = {ledger.hashed(key): key for holding in HOLDINGS for key in holding.all_keys()}
            for entry in missing:
                _erase_again(organization, entry, by_hash)
    return len(missing)


def _erase_again(organization: Organization, entry: ledger.Entry, by_hash: dict[str, str]) -> None:
    keys = frozenset(by_hash[hashed] for hashed in entry.keys if hashed in by_hash)
    sought = Sought(keys=keys, uids=frozenset(map(UUID, entry.uids)))
    person = Person(tuple(search(sought)))
    if entry.only_reference:
        person = only_that_reference(person, UUID(entry.person))
    left = left_in_ats(person)
    rows = erase_everywhere(person, only_reference=entry.only_reference)
    at = parse_datetime(entry.at) or clock.now()
    done = {
        "state": WorkState.DONE,
        "sought": "",
        "erased_at": at,
        "finished_at": clock.now(),
        "is_repeated": True,
        "rows": rows,
        "left_in_ats": json.dumps(left) if left else "",
        "lease_until": None,
    }
    identity = {"organization": organization, "person_uid": UUID(entry.person), "only_reference": entry.only_reference}
    Erasure.objects.update_or_create(uid=UUID(entry.erasure), defaults={**identity, **done})
    log.warning("erasure_repeated", erasure=entry.erasure, rows=rows)
