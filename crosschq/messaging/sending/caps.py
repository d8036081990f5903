"""How many emails people can make us send within 24 hours. Every number is in CAPS, with its reason.

Sends are counted in their own rows (`CountedSend`: only the address's hash), so neither a flushed cache nor a deleted
test request resets a count. Locks held until the end of the transaction serialize the counting for an organization, and
for an address across organizations, so simultaneous clicks can't exceed a cap. channels/text_messages.py enforces the
caps on text messages.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.core import clock
from crosschq.core.database import locks
from crosschq.core.outbox import work_item
from crosschq.core.text.ats_name import ats_name
from crosschq.core.text.dates import datetime_text
from crosschq.core.text.email_keys import address_key
from crosschq.messaging.models import CountedSend
from crosschq.messaging.sending.suppression import address_hash
from crosschq.tenancy.models import Organization

log = structlog.get_logger(__name__)
DAY = timedelta(hours=24)
# To one address, from all organizations together, for everything in CAPS except APART.
TO_ONE_ADDRESS = 60
# These go to members, who must still get their codes.
APART = ("test_requests", "test_emails", "notices", "deletions")
# Text messages (channels/text_messages.py); TEXTS_A_DAY and TEXTS_A_DAY_OF_ONE_ORGANIZATION are settings.
TEXTS_TO_ONE_NUMBER = 3
TEXTS_TO_ONE_PREFIX = 20  # many sends to adjacent numbers are a sign of toll fraud


@dataclass(frozen=True)
class Cap:
    """Limits per 24 hours. `of_new`: for an organization that has never connected its ATS. None: no cap."""

    name: str
    what: Promise
    of_organization: int | None
    of_new: int | None
    to_address: int
    reason: str
    of_network: int | None = None
    to_address_of_network: int | None = None  # so that one visitor can't use up an address's cap


CAPS = {
    cap.name: cap
    for cap in (
        Cap(
            "invitations",
            gettext_lazy("invitations to members"),
            of_organization=100,
            of_new=20,
            to_address=3,
            reason="An admin can type any address. A team of 100 may join in a day; anyone can sign up and try.",
        ),
        Cap(
            "requests",
            gettext_lazy("requests to candidates"),
            of_organization=2000,
            of_new=20,
            to_address=6,
            reason="Moves in the ATS, manual sends, and corrected addresses. A large company hires 100 a day.",
        ),
        Cap(
            "test_requests",
            gettext_lazy("test requests"),
            of_organization=100,
            of_new=20,
            to_address=20,
            reason="They go only to the sender; each one leads to up to a dozen emails.",
        ),
        Cap(
            "test_emails",
            gettext_lazy("emails for test requests"),
            of_organization=1000,
            of_new=200,
            to_address=200,
            reason="Everything that follows from a test: reference invitations, reminders, codes. Only to the sender.",
        ),
        Cap(
            "references",
            gettext_lazy("invitations to references"),
            of_organization=6000,
            of_new=60,
            to_address=6,
            reason="A candidate can type any address. About three for each request.",
        ),
        Cap(
            "fresh_links",
            gettext_lazy("new links"),
            of_organization=500,
            of_new=50,
            to_address=6,
            reason="Sent by a recruiter, also to a new owner, or requested on the page of an old link.",
        ),
        Cap(
            "reminders",
            gettext_lazy("manual reminders"),
            of_organization=2000,
            of_new=50,
            to_address=6,
            reason="Requested by a recruiter or a candidate, or caused by a later due date.",
        ),
        Cap(
            "report_codes",
            gettext_lazy("one-time codes"),
            of_organization=1000,
            of_new=100,
            to_address=30,
            reason="A hiring manager or owner may open many pages in a day; each browser needs a code.",
        ),
        Cap(
            "shared_reports",
            gettext_lazy("shared reports"),
            of_organization=500,
            of_new=20,
            to_address=10,
            reason="A recruiter or owner can type any address. A hiring manager may get several reports in a day.",
        ),
        Cap(
            "access_asks",
            gettext_lazy("emails about access to reports"),
            of_organization=200,
            of_new=20,
            to_address=20,
            reason="Anyone with a report's link can ask its owner, once a day with each address.",
        ),
        Cap(
            "asks",
            gettext_lazy("requests for a colleague's help"),
            of_organization=200,
            of_new=20,
            to_address=20,
            reason="A button on pages that someone else has to act on; the same one works once in 24 hours.",
        ),
        Cap(
            "receipts",
            gettext_lazy("opt-in confirmations"),
            of_organization=500,
            of_new=20,
            to_address=3,
            reason="A reference can type any address on the public page.",
        ),
        Cap(
            "notices",
            gettext_lazy("notices about requests that weren't sent"),
            of_organization=2000,
            of_new=None,
            to_address=100,
            reason="A bulk move causes hundreds, and an admin types the fallback owner. The event log has them all.",
        ),
        Cap(
            "deletions",
            gettext_lazy("notices about deletions"),
            of_organization=200,
            of_new=50,
            to_address=20,
            reason="Deleting many candidates in the ATS causes hundreds, and an owner can ask again and again.",
        ),
        Cap(
            "sign_in_codes",
            gettext_lazy("sign-in codes"),
            of_organization=None,
            of_new=None,
            to_address=30,
            of_network=100,
            to_address_of_network=10,
            reason="Anyone can type any address; an office shares one network. 10 for one address from one network.",
        ),
    )
}
# Which cap applies to each kind of email.
CAP_OF_KIND = {
    "invitation": "invitations",
    "candidate_invitation": "requests",
    "candidate_link": "fresh_links",
    "reference_link": "fresh_links",
    "reference_copy": "fresh_links",
    "reference_invitation": "references",
    "report_code": "report_codes",
    "owner_changed": "fresh_links",
    "owner_replaced": "fresh_links",
    "owner_of_many": "fresh_links",
    "owner_code": "report_codes",
    "report_shared": "shared_reports",
    "access_asked": "access_asks",
    "access_held": "access_asks",
    "ask": "asks",
    "owner_not_sent": "notices",
    "candidate_deleted": "deletions",
    "organization_deletion_requested": "deletions",
    "organization_deletion_canceled": "deletions",
    "prospect_receipt": "receipts",
    "email_confirmation_signup": "sign_in_codes",
    "email_confirmation": "sign_in_codes",
    "password_reset_code": "sign_in_codes",
    "account_already_exists": "sign_in_codes",
    "unknown_account": "sign_in_codes",
}
# Which kinds have no cap, and why.
UNCAPPED = {
    "candidate_reminder": "counted when a person asks for it; the template's schedule limits it",
    "reference_reminder": "counted when a person asks for it; the template's schedule limits it",
    "candidate_answers_link": "once for each request; any further one counts as a new link",
    "reference_added": "once for each reference that was asked",
    "reference_declined": "once for each reference that was asked",
    "reference_bounced": "once for each reference that was asked",
    "report_ready": "once each time a request finishes",
    "report_ready_reader": "once for each request and reader",
    "kind_refused": "once for each reference",
    "late_answer": "once for each reference",
    "other_kind": "once for each reference",
    "request_due": "once for each due date",
    "request_expired": "once for each request",
    "request_paused": "follows the ATS",
    "candidate_silent": "once for each request",
    "candidate_declined": "once for each request",
    "candidate_bounced": "once for each email that bounced",
    "wrong_address": "once for each address",
    "prospect_renewal": "once a year",
    "prospect_to_delete": "once for each prospect who left",
    "export_finished": "to the person who started the export",
    "connection_needs_sign_in": "once, to admins",
    "connection_setup_changed": "once for each change in the ATS, to admins",
    "operator_alarm": "to the operator, once an hour",
    "organization_deleted": "once, to the owner who asked for the deletion",
    # To the account's own confirmed address, after its owner changed something under allauth's rate limits.
    "password_changed": "to the account's own address",
    "password_set": "to the account's own address",
    "password_reset": "to the account's own address",
    "email_changed": "to the account's own address",
    "email_deleted": "to the account's own address",
    "totp_activated": "to the account's own address",
    "totp_deactivated": "to the account's own address",
    "webauthn_added": "to the account's own address",
    "webauthn_removed": "to the account's own address",
    "recovery_codes_generated": "to the account's own address",
}


class CapReached(work_item.Retry):
    """A cap refused a send. The sentence says the limit, and when sending is possible again. Work items retry later."""

    def __init__(self, cap: Cap, scope: str, number: int, possible_at: datetime, *, is_new: bool = False) -> None:
        super().__init__(_sentence(cap, scope, number, possible_at, is_new=is_new), code="cap")
        self.cap, self.scope, self.number, self.possible_at = cap, scope, number, possible_at


def count(name: str, *, organization: Organization | None, address: str, network: str = "", times: int = 1) -> None:
    """Count sends under this cap, in the transaction that queues them. Raises CapReached, which must roll it back."""
    cap, hashed = CAPS[name], address_hash(address_key(address))
    _lock(cap, organization, hashed, network)
    _allow(cap, organization, hashed, network, times)
    now = clock.now()
    row = {"cap": name, "organization_key": organization.pk if organization else None, "address_hash": hashed}
    network_hash = address_hash(network) if network else b""
    CountedSend.objects.bulk_create([CountedSend(**row, network_hash=network_hash, at=now) for _time in range(times)])


def check(name: str, *, organization: Organization | None, address: str, network: str = "") -> None:
    """Raise CapReached if the cap allows no other send now. Counts nothing: forms call it before they act."""
    _allow(CAPS[name], organization, address_hash(address_key(address)), network, 1)


def room(name: str, *, organization: Organization) -> int | None:
    """How many more the organization can send under this cap now; None without a cap. Counts nothing."""
    cap = CAPS[name]
    most = cap.of_new if organization.connected_at is None else cap.of_organization
    if most is None:
        return None
    sent = CountedSend.objects.filter(cap=name, organization_key=organization.pk, at__gt=clock.now() - DAY)
    return max(most - sent.count(), 0)


def _lock(cap: Cap, organization: Organization | None, hashed: bytes, network: str) -> None:
    keys = [f"organization {organization.pk}" if organization else f"network {network}"]
    if organization is None or cap.name not in APART:
        # Last. If two organizations email the same addresses in another order, PostgreSQL ends one of the transactions.
        keys.append(f"address {hashed.hex()}")
    locks.hold(*(f"counted send: {key}" for key in keys))


def _allow(cap: Cap, organization: Organization | None, hashed: bytes, network: str, times: int) -> None:
    rows = CountedSend.objects.filter(at__gt=clock.now() - DAY)
    of_cap = rows.filter(cap=cap.name)
    if organization is not None:
        is_new = organization.connected_at is None
        most = cap.of_new if is_new else cap.of_organization
        of_organization = of_cap.filter(organization_key=organization.pk)
        if most is not None:
            _within(cap, "organization", of_organization, most, times, organization, is_new=is_new)
        _within(cap, "address", of_organization.filter(address_hash=hashed), cap.to_address, times, organization)
    else:
        _within(cap, "address", of_cap.filter(address_hash=hashed), cap.to_address, times, None)
    if network and cap.of_network is not None:
        of_network = of_cap.filter(network_hash=address_hash(network))
        _within(cap, "network", of_network, cap.of_network, times, None)
        if cap.to_address_of_network is not None:
            of_both = of_network.filter(address_hash=hashed)
            _within(cap, "both", of_both, cap.to_address_of_network, times, None)
    if cap.name not in APART:
        others = rows.filter(address_hash=hashed).exclude(cap__in=APART)
        _within(cap, "everybody", others, TO_ONE_ADDRESS, times, organization)


def _within(
    cap: Cap,
    scope: str,
    rows: "models.QuerySet[CountedSend]",
    most: int,
    times: int,
    organization: Organization | None,
    *,
    is_new: bool = False,
) -> None:
    # Only the newest `most` count. While the oldest of them is less than a day old, there is no room for another.
    room = max(most - times, 0)
    blocking = rows.order_by("-at").values_list("at", flat=True)[room : room + 1]
    for at in blocking:
        log.warning("email_cap_reached", cap=cap.name, scope=scope, organization=organization and str(organization.uid))
        raise CapReached(cap, scope, most, at + DAY, is_new=is_new)


def _sentence(cap: Cap, scope: str, number: int, possible_at: datetime, *, is_new: bool) -> str:
    words = {
        "number": intcomma(number),
        "what": cap.what,
        "when": datetime_text(possible_at),
        "ats": ats_name(),
    }
    match scope:
        case "organization" if is_new:
            return (
                _(
                    "Your organization can send at most %(number)s %(what)s in 24 hours, and more once %(ats)s is "
                    "connected. Nothing was sent. You can send again on %(when)s."
                )
                % words
            )
        case "organization":
            sentence = _("Your organization can send at most %(number)s %(what)s in 24 hours. Nothing was sent.")
        case "both":
            sentence = _("You can request at most %(number)s %(what)s for one address in 24 hours. Nothing was sent.")
        case "network":
            sentence = _("One network can request at most %(number)s %(what)s in 24 hours. Nothing was sent.")
        case "address":
            sentence = _("At most %(number)s %(what)s can go to one address in 24 hours. Nothing was sent.")
        case _:
            sentence = _("At most %(number)s emails can go to one address in 24 hours. Nothing was sent.")
    return f"{sentence} {_('You can send again on %(when)s.')}" % words
