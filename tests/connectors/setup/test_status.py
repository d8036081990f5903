"""Every page says the same about a connection: its state and the last check decide, never what was true before."""

from __future__ import annotations

import html
import re
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from connectors.models import Connection, ConnectionState, SetupCheck
from connectors.setup.checks import FieldSnapshot, JobSnapshot, ProcessSnapshot, SetupSnapshot
from crosschq.core import clock
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from tests.extent import first_of
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.templates_app.factories import make_request, make_template
from tests.webhooks.log.test_log import make_event

GOOD = SetupSnapshot(
    user="Ada Integration",
    webhook="active",
    job_field=FieldSnapshot("Crosschq tag", for_jobs=True, active=True, public=False, is_list=False),
    processes=[ProcessSnapshot("Standard", has_step=True, closest="")],
    open_jobs=1,
    jobs=[JobSnapshot("j-1", "Backend Engineer", "eng")],
)
REFUSED = replace(GOOD, unanswered={"jobs": "We may not read jobs."}, forbidden=["jobs"])
NO_WEBHOOK = replace(GOOD, webhook="inactive")
DOWN = SetupSnapshot(
    unanswered=dict.fromkeys(["me", "users", "webhook", "candidates", "jobs", "settings"], "It is down.")
)
NO_FIELD = replace(GOOD, job_field=None)
CONNECTED, NEEDS_SIGN_IN = ConnectionState.CONNECTED, ConnectionState.NEEDS_SIGN_IN

GET_A_REQUEST = "Candidates you move to the step get a request."
WAIT_FOR_SIGN_IN = "wait until an admin signs in again"
WAIT = "wait until the problem of this connection is fixed"
NOT_UNTIL_FIXED = "don't get a request until the problem of this connection is fixed"
ONLY_LISTED = "While the connector is paused, candidates you move are only listed"

# The first eight differ in kind.
# The state of the connection and its last check → what the pill, the switch, the check's result and its age say.
TABLE: dict[str, tuple[dict[str, Any], SetupSnapshot | None, tuple[str, str, str, str]]] = {
    "all is well": ({}, GOOD, ("Connected", GET_A_REQUEST, "Sign-in works", "checked just now")),
    "signed in, not checked": ({}, None, ("Not checked yet", GET_A_REQUEST, "None yet", "not checked yet")),
    "refused after a good earlier sign-in": (
        {"connected_at": timedelta(minutes=1), "problem": "We may not subscribe."},
        GOOD,
        ("Needs attention", WAIT, "None yet", "not checked yet"),
    ),
    "sign-in lost right after a check": (
        {"state": NEEDS_SIGN_IN},
        GOOD,
        (
            "Needs sign-in",
            WAIT_FOR_SIGN_IN,
            "no longer accepts our sign-in",
            "checked just now, before the sign-in ended",
        ),
    ),
    "a permission is refused": ({}, REFUSED, ("Needs attention", WAIT, "Sign-in works; ", "checked just now")),
    "the ATS was down": ({}, DOWN, ("Needs attention", GET_A_REQUEST, "It is down.", "checked just now")),
    "paused": ({"paused_at": timedelta()}, GOOD, ("Paused", ONLY_LISTED, "Sign-in works", "checked just now")),
    "the field is missing": ({}, NO_FIELD, ("Needs attention", NOT_UNTIL_FIXED, "Sign-in works", "checked just now")),
    "checked under an earlier sign-in": (
        {"connected_at": timedelta(minutes=1)},
        GOOD,
        ("Not checked yet", GET_A_REQUEST, "None yet", "not checked yet"),
    ),
    "sign-in lost while paused": (
        {"state": NEEDS_SIGN_IN, "paused_at": timedelta()},
        GOOD,
        ("Needs sign-in", WAIT_FOR_SIGN_IN, "no longer accepts our sign-in", "before the sign-in ended"),
    ),
    "sign-in lost, and checked since": (
        {"state": NEEDS_SIGN_IN},
        DOWN,
        ("Needs sign-in", WAIT_FOR_SIGN_IN, "no longer accepts our sign-in", "checked just now</span>"),
    ),
    "sign-in lost without a check": (
        {"state": NEEDS_SIGN_IN},
        None,
        ("Needs sign-in", WAIT_FOR_SIGN_IN, "no longer accepts our sign-in", "not checked yet"),
    ),
    "a permission is refused while paused": (
        {"paused_at": timedelta()},
        REFUSED,
        ("Needs attention", ONLY_LISTED, "Sign-in works; ", "checked just now"),
    ),
    "the webhook is suspended": ({}, NO_WEBHOOK, ("Needs attention", WAIT, "Sign-in works", "checked just now")),
    "setting up failed": (
        {"problem": "It is down."},
        GOOD,
        ("Needs attention", WAIT, "Sign-in works", "checked just now"),
    ),
}


def made(fields: dict[str, Any], snapshot: SetupSnapshot | None) -> Connection:
    """A connection whose first request was sent, so that what is said about it isn't about its setup."""
    now = clock.now()
    times = {"connected_at": timedelta(hours=-1)} | {k: v for k, v in fields.items() if isinstance(v, timedelta)}
    connection = make_connection(make_organization(), **fields | {name: now + ago for name, ago in times.items()})
    request = make_request(make_template(connection.organization, ats_tag="eng"))
    with tenant(connection.organization):
        type(request).objects.update(connection=connection)
        if snapshot:
            SetupCheck.objects.create(
                organization=connection.organization, connection=connection, checked_at=now, snapshot=asdict(snapshot)
            )
    return connection


def text_of(browser: Client, connection: Connection, name: str) -> str:
    slug = connection.organization.slug
    url = reverse(f"connectors:{name}", args=[slug] if name == "list" else [slug, "smartrecruiters"])
    return html.unescape(browser.get(url).content.decode())


def pill(page: str) -> str:
    tags = re.findall(r'class="status [^"]*">(?:<svg.*?</svg>)?\s*([^<]+)<', page)
    return str(tags[0]).strip()


@pytest.mark.django_db
@pytest.mark.parametrize("case", first_of(TABLE, 8))
def test_each_card_says_what_is_true_of_the_connection(case: str, client: Client) -> None:
    fields, snapshot, (tag, hint, result, age) = TABLE[case]
    connection = made(fields, snapshot)
    browser = signed_in(client, make_member(connection.organization, Role.ADMIN))
    page, listed, access, steps = (
        text_of(browser, connection, name) for name in ("manage", "list", "access", "checklist")
    )
    assert (pill(page.partition('id="status"')[2]), pill(listed.partition("<tbody>")[2])) == (tag, tag)
    assert hint in page.partition('id="switch-requests"')[0][-900:] + page.partition('id="switch-requests"')[2][:900]
    assert result in access
    for each in (page, access, steps):
        assert age in each
    assert ("Was signed in as" in access) == (fields.get("state") == NEEDS_SIGN_IN)
    works = access.count(">Works<") + access.count("</svg>Works")
    assert bool(works) == (
        tag not in ("Needs sign-in", "Not checked yet") and result != "None yet" and snapshot is not DOWN
    )


@pytest.mark.django_db
def test_moves_that_wait_for_a_permission_are_on_the_connection_page(client: Client) -> None:
    connection = made({}, GOOD)
    make_event(
        connection, candidate_id="c", job_id="j", outcome="fail.permission", state="held",
        held_for=connection.sign_in_hold, values={"why": "We may not read this job."},
    )  # fmt: skip
    page = text_of(signed_in(client, make_member(connection.organization, Role.ADMIN)), connection, "manage")
    assert pill(page.partition('id="status"')[2]) == "Needs attention"
    assert "1 move is waiting." in page


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "done"), [(CONNECTED, True), (NEEDS_SIGN_IN, False)])
def test_the_first_setup_list_counts_only_a_connection_that_works(client: Client, state: str, *, done: bool) -> None:
    connection = make_connection(make_organization(), state=state)
    browser = signed_in(client, make_member(connection.organization, Role.ADMIN))
    page = html.unescape(browser.get(reverse("setup:list", args=[connection.organization.slug])).content.decode())
    assert ("SmartRecruiters no longer accepts our sign-in." in page) is not done
