"""The audit log page: readable entries, filters in the URL, and stable pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crosschq.accounts.audit_log.text import action_words
from crosschq.tenancy import audit
from crosschq.tenancy.models import AuditEntry, Invitation, Organization, Role, User
from crosschq.tenancy.scope import tenant
from tests.accounts.pages import text_of
from tests.factories import make_connection, make_member, make_organization, make_user, signed_in
from webhooks.models import InboundEvent

pytestmark = pytest.mark.django_db
LOG = "/o/acme/audit-log/"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH", slug="acme", time_zone="Europe/Berlin")


@pytest.fixture
def dana(acme: Organization) -> User:
    return make_member(acme, Role.ADMIN, make_user("dana@acme.example", name="Dana Ruiz"))


def line(
    organization: Organization, what: str, *, at: datetime = NOON, actor: User | None = None, **more: Any
) -> AuditEntry:
    """An entry about a survey or template of this name."""
    names = {"name": what, "template": what, "ats_tag": "eng"}
    values = {"action": "survey.create", "after": names, **more}
    with tenant(organization):
        entry: AuditEntry = AuditEntry.objects.create(organization=organization, at=at, actor=actor, **values)
        return entry


def shown(client: Client, query: str = "") -> str:
    answer = client.get(LOG + query)
    assert answer.status_code == 200
    return text_of(answer)


def test_an_entry_shows_who_did_what_and_when_in_the_organizations_time_zone(
    client: Client, acme: Organization, dana: User
) -> None:
    line(acme, "Engineering", actor=dana, action="survey.create")
    page = shown(signed_in(client, dana))
    assert "Nov 22, 2026, 1:00 PM CET Dana Ruiz created the survey “Engineering”" in page
    assert "No one can change an entry, or remove it sooner." in page


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"on": False}, {"on": True}, "Switch Off → changed to On"),
        ({"role": "viewer"}, {"role": "admin"}, "Role Viewer → changed to Admin"),
        ({"due_days": 14, "name": "x"}, {"due_days": 10, "name": "x"}, "Due days 14 → changed to 10"),
        ({"description": ""}, {"description": "<b>"}, "Description (empty) → changed to <b>"),
        ({"self_reference": True}, {"self_reference": False}, "Self-reference Yes → changed to No"),
        ({}, {"ats_tag": "eng"}, "ATS Tag eng"),
        ({"state": "connected"}, {}, "State was: connected"),
        (
            {"rules": []},
            {"rules": [{"relationship": "manager", "count": 2}]},
            "changed to count: 2, relationship: manager",
        ),
    ],
)
def test_values_before_and_after_a_change_are_shown_in_words(
    client: Client, acme: Organization, dana: User, before: dict[str, Any], after: dict[str, Any], words: str
) -> None:
    line(acme, "Something changed", before=before, after=after)
    assert words in shown(signed_in(client, dana))


def test_unchanged_and_internal_values_are_left_out(client: Client, acme: Organization, dana: User) -> None:
    line(
        acme,
        "Something changed",
        before={"membership": "0b7c", "name": "same"},
        after={"membership": "1a2b", "name": "same"},
    )
    page = shown(signed_in(client, dana))
    assert "Before and after" not in page
    assert "Details" not in page


def test_actions_are_listed_in_words() -> None:
    assert action_words("connector.switch.requests") == "Requests turned on or off"
    assert action_words("member.role") == "Role changed"
    assert action_words("odd") == "Odd"


def test_filters_are_in_the_url_and_can_be_combined(client: Client, acme: Organization, dana: User) -> None:
    otto = make_member(acme, Role.OWNER, make_user("otto@acme.example", name="Otto Owner"))
    line(acme, "one", actor=dana, action="template.create")
    line(acme, "two", actor=dana, action="template.edit")
    line(acme, "three", actor=otto, action="template.edit")
    line(acme, "four")
    signed_in(client, dana)

    def found(query: str) -> set[str]:
        rows = re.findall(r"<tbody>(.*)</tbody>", client.get(LOG + query).content.decode(), re.DOTALL)
        said = re.findall(r"<td data-label=\"Who did what\"><div>([^<]*)<", unescape(rows[0])) if rows else []
        return {word for word in ("one", "two", "three", "four") if re.search(rf"\b{word}\b", " ".join(said))}

    assert found("") == {"one", "two", "three", "four"}
    of_dana = people_of(client)["Dana Ruiz (dana@acme.example)"]
    assert found(f"?person={of_dana}") == {"one", "two"}
    assert found("?person=crosschq") == {"four"}
    assert found("?action=template.edit") == {"two", "three"}
    assert found(f"?person={of_dana}&action=template.edit") == {"two"}
    assert f'value="{of_dana}" selected' in client.get(f"{LOG}?person={of_dana}").content.decode()


def people_of(client: Client, log: str = LOG) -> dict[str, str]:
    """What the filter offers, with what each adds to the URL."""
    (offered,) = re.findall(r'<select name="person".*?</select>', client.get(log).content.decode(), re.DOTALL)
    return {unescape(shown): value for value, shown in re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)<', offered)}


def test_no_link_of_the_filter_has_an_address(client: Client, acme: Organization, dana: User) -> None:
    """It used to. Browsers keep URLs in their history, and servers in their logs."""
    for number in range(60):
        line(acme, f"line-{number}", actor=dana)
    signed_in(client, dana)
    values = people_of(client)
    assert set(values) == {"Everyone", "Dana Ruiz (dana@acme.example)", "Crosschq"}
    assert re.fullmatch("[0-9a-f]{32}", values["Dana Ruiz (dana@acme.example)"])
    for query in ("?person=dana@acme.example&action=survey.create", f"?person={dana.pk}&action=survey.create"):
        html = client.get(LOG + query).content.decode()
        assert "This link names no one in the audit log. Choose a person." in html
        (older,) = re.findall(r'rel="next" href="([^"]+)"', html)
        assert unescape(older).startswith("?action=survey.create&before=")


def test_another_organization_has_another_id_for_the_same_person(
    client: Client, acme: Organization, dana: User
) -> None:
    globex = make_organization("Globex", slug="globex")
    make_member(globex, Role.ADMIN, dana)
    for organization in (acme, globex):
        line(organization, "one", actor=dana)
    signed_in(client, dana)
    shown_as = "Dana Ruiz (dana@acme.example)"
    assert people_of(client)[shown_as] != people_of(client, LOG.replace("acme", "globex"))[shown_as]


def test_a_day_is_a_day_in_the_organizations_time_zone(client: Client, acme: Organization, dana: User) -> None:
    line(acme, "before midnight", at=datetime(2026, 11, 21, 22, 59, tzinfo=UTC))
    line(acme, "after midnight", at=datetime(2026, 11, 21, 23, 0, tzinfo=UTC))
    signed_in(client, dana)
    assert "before midnight" not in shown(client, "?since=2026-11-22")
    assert "after midnight" in shown(client, "?since=2026-11-22")
    assert "after midnight" not in shown(client, "?until=2026-11-21")
    assert "before midnight" in shown(client, "?until=2026-11-21")


@pytest.mark.parametrize(
    "query",
    ["?since=0001-01-01", "?until=9999-12-31", "?since=soon", "?person=nobody", "?action=%00", "?since=2026-13-45"],
)
def test_an_invalid_filter_shows_an_error(client: Client, acme: Organization, dana: User, query: str) -> None:
    line(acme, "still here")
    page = shown(signed_in(client, dana), query)
    assert page.startswith("Error: ")
    assert "still here" in page


@pytest.mark.parametrize("query", ["?before=nonsense", "?before=00000000-0000-0000-0000-000000000000", "?before=%00"])
def test_a_nonexistent_page_shows_the_first_page(client: Client, acme: Organization, dana: User, query: str) -> None:
    line(acme, "still here")
    assert "still here" in shown(signed_in(client, dana), query)


def test_older_pages_stay_stable_while_entries_are_added(client: Client, acme: Organization, dana: User) -> None:
    for number in range(120):
        # Three entries at each moment, since one action can write several.
        line(acme, f"line-{number:03}", at=NOON + timedelta(seconds=number // 3), action="survey.create")
    line(acme, "another", action="survey.delete", at=NOON - timedelta(days=1))
    signed_in(client, dana)
    seen, query = [], "?action=survey.create"
    for _ in range(3):
        html = client.get(LOG + query).content.decode()
        seen += re.findall(r"<div>[^<]*the survey “(line-\d+)”\s*<", html)
        line(acme, "on top", at=NOON + timedelta(days=1))
        older = re.search(r'rel="next" href="([^"]+)"', html)
        query = unescape(older[1]) if older else ""
    assert seen == [f"line-{number:03}" for number in reversed(range(120))]
    assert query == ""


def test_an_empty_log_and_a_search_without_matches_say_different_things(
    client: Client, acme: Organization, dana: User
) -> None:
    signed_in(client, dana)
    assert "No changes yet" in shown(client)
    line(acme, "one")
    assert "No entries match" in shown(client, "?since=2099-01-01")


def test_the_page_says_how_long_the_organization_keeps_entries(client: Client, acme: Organization, dana: User) -> None:
    signed_in(client, dana)
    assert "Kept for 24 months." in shown(client)
    Organization.objects.filter(pk=acme.pk).update(retention={"audit": 36})
    assert "Kept for 36 months." in shown(client)


def test_entries_of_another_organization_are_not_shown(client: Client, acme: Organization, dana: User) -> None:
    other = make_organization("Another")
    line(other, "a secret", actor=make_member(other, Role.OWNER, make_user("eve@other.example", name="Eve")))
    page = shown(signed_in(client, dana))
    assert "a secret" not in page
    assert "eve@other.example" not in page


def test_fifty_entries_take_as_many_queries_as_one(client: Client, acme: Organization, dana: User) -> None:
    signed_in(client, dana)
    line(acme, "one", actor=dana)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(client)
        return len(captured)

    before = queries()
    for _ in range(49):
        line(acme, "more", actor=dana)
    assert queries() == before


def test_an_action_that_the_code_no_longer_has_is_still_shown(client: Client, acme: Organization, dana: User) -> None:
    line(acme, "x", actor=dana, action="thing.change")
    assert "Dana Ruiz: Thing: change" in shown(signed_in(client, dana))


def test_people_are_looked_up_in_constant_queries_and_an_erased_one_is_not_named(
    client: Client, acme: Organization, dana: User
) -> None:
    signed_in(client, dana)
    live = make_connection(acme, fallback_owner_email="fallback@acme.example")
    with tenant(acme):
        event = InboundEvent.objects.create(
            organization=acme, connection=live, event_id="1", event_name="x", body=b"", candidate_name="Maya Osei"
        )
        invited = Invitation.objects.create(
            organization=acme, email="tom@acme.example", invited_by=dana, role=Role.VIEWER, expires_at=NOON
        )

    def add() -> None:
        line(acme, "", actor=dana, action="event.sent_late", after={"event": str(event.uid)})
        line(acme, "", actor=dana, action="invitation.send", after={"invitation": str(invited.uid), "role": "viewer"})
        line(acme, "", actor=dana, action="member.remove", before={"member": dana.pk})
        before, after = audit.address("gone@acme.example"), audit.address("fallback@acme.example")
        addresses: dict[str, Any] = {
            "before": {"fallback_owner_email": before},
            "after": {"fallback_owner_email": after},
        }
        line(acme, "", actor=dana, action="connector.settings", **addresses)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(client)
        return len(captured)

    add()
    before = queries()
    page = shown(client)
    for said in (
        "Dana Ruiz confirmed the late move of Maya Osei",
        "Dana Ruiz invited tom@acme.example as Viewer",
        "Dana Ruiz removed Dana Ruiz",
        "an address that is no longer stored → changed to fallback@acme.example",
    ):
        assert said in page
    add()
    add()
    assert queries() == before
    with tenant(acme):
        InboundEvent.objects.filter(pk=event.pk).update(candidate_name="", outcome="no.erased")
        invited.delete()
    page = shown(client)
    assert "Dana Ruiz confirmed the late move of an erased person" in page
    assert "Dana Ruiz invited an erased person as Viewer" in page
    assert "Maya" not in page
