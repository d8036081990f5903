"""Caps by organization, address and network limit what anyone can make us send. The counts are rows."""

from __future__ import annotations

import ast
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache
from django.db import connections

from crosschq.accounts.sign_in import adapter
from crosschq.core.text.email_keys import address_key
from crosschq.messaging.models import CountedSend
from crosschq.messaging.sending import caps
from crosschq.messaging.sending.caps import CAP_OF_KIND, CAPS, TO_ONE_ADDRESS, UNCAPPED, CapReached
from crosschq.messaging.sending.suppression import address_hash
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import cross_tenant
from requests_app.notifications.send import REPORT_CODE
from tests.factories import make_connection, make_organization
from tests.patience import SECONDS
from tests.sources import calls, sources

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[3]


def send(
    organization: Organization | None,
    number: int = 0,
    *,
    name: str = "invitations",
    network: str = "",
    times: int = 1,
) -> None:
    with cross_tenant("a test"):
        caps.count(name, organization=organization, address=f"p{number}@example.com", network=network, times=times)


def most(name: str, organization: Organization) -> int:
    """The number of emails before one is refused, as many to each address as it may get, and at last one to each."""
    number = 0
    for times in (CAPS[name].to_address, 1):
        with suppress(CapReached):
            while number < 10_000:
                send(organization, number, name=name, times=times)
                number += times
    return number


def connect(organization: Organization) -> Organization:
    make_connection(organization)
    organization.refresh_from_db()
    return organization


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["invitations", "receipts", "test_requests"])
def test_an_organization_sends_up_to_its_cap_and_a_new_one_fewer(name: str) -> None:
    assert most(name, make_organization()) == CAPS[name].of_new
    assert most(name, connect(make_organization())) == CAPS[name].of_organization


@pytest.mark.django_db
def test_an_address_has_a_cap_per_organization_and_one_across_all() -> None:
    organization = make_organization()
    for _time in range(CAPS["invitations"].to_address):
        send(organization)
    said = "At most 3 invitations to members can go to one address in 24 hours"
    with pytest.raises(CapReached, match=said), cross_tenant("a test"):
        caps.count("invitations", organization=organization, address=" P0@Example.com ")
    with cross_tenant("a test"):
        left = TO_ONE_ADDRESS - CAPS["invitations"].to_address
        for _time in range(left // 3):
            caps.count("invitations", organization=make_organization(), address="p0@example.com", times=3)
    with pytest.raises(CapReached, match=f"{TO_ONE_ADDRESS} emails can go to one address"):
        send(make_organization())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "others"),
    [
        ("maya@example.com", ["maya+1@example.com", "Maya+a+b@example.com.", "maya+@EXAMPLE.com"]),
        ("maya.osei@gmail.com", ["mayaosei@gmail.com", "m.a.y.a.osei+x@googlemail.com", "maya.osei@GMAIL.com"]),
        ("maya@bücher.example", ["maya@xn--bcher-kva.example", "maya@BÜCHER.example", "maya+1@bücher.example"]),
        ("maya@example.com", ['"maya"@example.com', '"m\\aya"@example.com', '"\\m\\a\\y\\a+1"@Example.com']),
    ],
)
def test_other_spellings_of_a_mailbox_share_its_cap(first: str, others: list[str]) -> None:
    organization, number = make_organization(), CAPS["invitations"].to_address
    with cross_tenant("a test"):
        for address in [first, *others][:number]:
            caps.count("invitations", organization=organization, address=address)
        for address in (first, *others):
            with pytest.raises(CapReached, match="can go to one address"):
                caps.check("invitations", organization=organization, address=address)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["+1@example.com", "+2@example.com", "not an address", "", "a@" + "x" * 80 + ".com"]
)
def test_any_string_can_be_counted_as_an_address(address: str) -> None:
    with cross_tenant("a test"):
        caps.count("invitations", organization=make_organization(), address=address)


@pytest.mark.django_db
def test_a_visitor_cannot_use_up_the_cap_of_an_address() -> None:
    cap = CAPS["sign_in_codes"]
    assert cap.to_address_of_network
    send(None, name=cap.name, network="192.0.2.1", times=cap.to_address_of_network)
    with pytest.raises(CapReached, match="for one address"):
        send(None, name=cap.name, network="192.0.2.1")
    send(None, name=cap.name, network="192.0.2.2")


@pytest.mark.django_db
def test_a_refusal_says_when_the_next_email_can_go() -> None:
    organization = make_organization()
    with time_machine.travel(NOON, tick=False) as clock:
        for _time in range(3):
            send(organization)
            clock.shift(60)
        with pytest.raises(CapReached, match="You can send again on Nov 24, 2026, 12:00 PM UTC"):
            send(organization)
        clock.move_to(NOON + timedelta(hours=24, seconds=-1))
        with pytest.raises(CapReached):
            send(organization)
        clock.shift(1)
        send(organization)


@pytest.mark.django_db
def test_flushing_the_cache_does_not_reset_the_counts() -> None:
    organization = make_organization()
    assert most("invitations", organization) == 20
    cache.clear()
    with pytest.raises(CapReached):
        send(organization, 5000)


@pytest.mark.django_db
def test_no_address_is_stored() -> None:
    send(make_organization(), network="192.0.2.7")
    row = CountedSend.objects.get()
    assert b"example" not in bytes(row.address_hash)


@pytest.mark.django_db(transaction=True)
def test_simultaneous_clicks_do_not_exceed_a_cap() -> None:
    organization = make_organization()

    def press(number: int) -> bool:
        try:
            send(organization, number)
        except CapReached:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as people:
        assert sum(people.map(press, range(40))) == 20


@pytest.mark.django_db(transaction=True)
def test_organizations_that_email_one_address_simultaneously_do_not_exceed_its_cap() -> None:
    organizations = [make_organization() for _number in range(8)]
    with cross_tenant("a test"):
        row = {"cap": "references", "organization_key": 0, "address_hash": address_hash(address_key("p0@example.com"))}
        CountedSend.objects.bulk_create([CountedSend(**row) for _number in range(TO_ONE_ADDRESS - 2)])
    together = threading.Barrier(len(organizations))

    def press(organization: Organization) -> bool:
        try:
            with cross_tenant("a test"):
                together.wait(SECONDS)
                caps.count("references", organization=organization, address="p0@example.com")
                time.sleep(0.02)
        except CapReached:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(len(organizations)) as people:
        assert sum(people.map(press, organizations)) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same", ["address", "network"])
def test_simultaneous_anonymous_requests_do_not_exceed_a_cap(same: str) -> None:
    def press(number: int) -> bool:
        try:
            with cross_tenant("a test"):
                address = "p@example.com" if same == "address" else f"p{number}@example.com"
                network = "192.0.2.7" if same == "network" else ""
                caps.count("sign_in_codes", organization=None, address=address, network=network)
        except CapReached:
            return False
        finally:
            connections.close_all()
        return True

    number = CAPS["sign_in_codes"].to_address
    if same == "network":
        # It has room for as many as the address.
        for used in range(1000, 1000 + CAPS["sign_in_codes"].of_network - number, 10):  # type: ignore[operator]
            send(None, used, name="sign_in_codes", network="192.0.2.7", times=10)
    with ThreadPoolExecutor(8) as people:
        assert sum(people.map(press, range(number + 20))) == number


WRITERS = {
    "send_email",
    "_to_candidate",
    "_to_reference",
    "_about_report",
    "_to_prospect",
    "notify_owner",
    "_email_admins",
    "_email_owners",
}


def kinds_written() -> set[str]:
    """The kinds named where emails are created."""
    found = {prefix.rpartition("/")[2] for prefix in (*adapter.CODE_EMAILS, *adapter.CHANGES)}
    for path in sources("crosschq", "requests_app", "prospects", "webhooks", "connectors"):
        for written, call in calls(path):
            if written.rpartition(".")[2] in WRITERS:
                given = [*call.args, *(each.value for each in call.keywords if each.arg == "kind")]
                parts = [part for each in given for part in ast.walk(each)]
                texts = [part.value for part in parts if isinstance(part, ast.Constant)]
                found |= {text for text in texts if isinstance(text, str) and re.fullmatch("[a-z_]+", text)}
    return found


def test_every_kind_of_email_has_a_cap_or_a_reason_why_not() -> None:
    # The kinds of request emails chosen by a condition, and the constants.
    known = kinds_written() | {"invitation", "account_already_exists", "unknown_account", REPORT_CODE}
    assert known >= {"candidate_link", "reference_bounced", "report_code", "prospect_receipt", "owner_not_sent"}
    assert known <= set(CAP_OF_KIND) | set(UNCAPPED)
    assert not set(CAP_OF_KIND) & set(UNCAPPED)
    assert set(CAP_OF_KIND.values()) <= set(CAPS)


def test_the_documentation_matches_the_table() -> None:
    rows = (ROOT / "docs" / "email-caps.md").read_text(encoding="utf-8").splitlines()
    for cap in CAPS.values():
        numbers = (cap.of_organization, cap.of_new, cap.to_address, cap.of_network)
        cells = [str(cap.what), *("-" if number is None else f"{number:,}" for number in numbers), cap.reason]
        assert f"| {' | '.join(cells)} |" in rows
    assert any(f"{TO_ONE_ADDRESS} emails" in row for row in rows)
