"""No dead ends: each person a page names as the one to act has a working control for it.

Pages name an act with the tag `ask` (crosschq.accounts.ask). Here each page is opened in each role and in states that
need someone else. Everyone who is named opens the page that the button's email links to, and finds the control there.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from connectors.models import Connection
from crosschq.accounts.ask.askable import ACTS
from crosschq.core import clock
from crosschq.core.models import Installation, TryCount
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import CountedSend, Message
from crosschq.tenancy import passes
from crosschq.tenancy.models import Membership, Organization, Role
from crosschq.tenancy.scope import tenant
from requests_app.models import Reference, ReferenceState
from scripts.stack.stack import ROOT
from templates_app.models import RequestTemplate
from tests.architecture.policy import POLICY
from tests.architecture.world import World, all_routes, make_world, weaker_than
from tests.extent import in_full
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.requests_app.pages import links
from tests.templates_app.browsing import parsed, words
from webhooks.decision.outcomes import OUTCOMES
from webhooks.log.views.actions import FOR_ADMINS, FOR_MEMBERS
from webhooks.models import InboundEvent, Notice

pytestmark = pytest.mark.django_db
OWNER, BY_CODE = "jo@acme.example", "owner by code"
# Sentences that name someone, and what the one who is named does: everything else is an `ask`.
NAMES_SOMEONE = re.compile(
    r"(?:\b[Aa]sk|[Ww]rite to|[Cc]ontact) (?:an?|the|your|one of) (?:admin|owner|recruiter|member|colleague|operator)"
    r"|\b[Oo]nly an? (?:admin|owner|recruiter)|\b[Aa]n? (?:admin|owner|recruiter)[^.]{0,40} (?:can|has to|must)\b"
)
# Advice next to which the page shows the control, or the button that asks for it.
BESIDE_A_CONTROL = ("Ask an admin to enter the new name on the connection page",)


@dataclass(frozen=True)
class Asked:
    """A button that asks someone: who sees it, where, and where it posts to."""

    role: str
    page: str
    act: str
    url: str


def world_of(**connection: Any) -> World:
    """A world with an event for each outcome that someone else has to act on, which the owner was emailed about."""
    world = make_world()
    with tenant(world.organization):
        Connection.objects.update(**connection)
        for slug, outcome in OUTCOMES.items():
            if not set(outcome.actions) & (FOR_ADMINS | FOR_MEMBERS):
                continue
            names = re.findall(r"%\((\w+)\)", f"{outcome.sentence} {outcome.fix}")
            event = InboundEvent.objects.create(
                organization=world.organization,
                connection=world.connection,
                event_id=uuid.uuid4().hex,
                event_name="application.status.updated",
                body=b"{}",
                outcome=slug,
                family=outcome.family,
                outcome_at=clock.now(),
                state=WorkState.HELD if slug.startswith("hold") else WorkState.DONE,
                candidate_id="c",
                job_id="j",
                values={**dict.fromkeys(names, "1"), "template_uid": str(world.named["deleted template"])},
            )
            Notice.objects.create(
                organization=world.organization,
                connection=world.connection,
                event=event,
                outcome=slug,
                key=slug,
                to_email=OWNER,
                to_name="Jo",
                state=WorkState.DONE,
            )
    return world


def pages(world: World, role: str) -> Iterator[str]:
    """The pages to open in a role. The fast run opens only one that refuses it: all say the same (test_policy.py)."""
    routes = [route for route in all_routes() if POLICY[route.name].kind == "member"]
    shown = [route for route in routes if not POLICY[route.name].only_post]
    if role == BY_CODE:
        shown = [route for route in shown if POLICY[route.name].owners]
    else:
        refusing = [route for route in shown if Role(role) in weaker_than(POLICY[route.name].needed)]
        shown = [route for route in shown if in_full() or route not in refusing[1:]]
    yield from map(world.url, shown)
    with tenant(world.organization):
        uids = list(InboundEvent.objects.exclude(outcome="").values_list("uid", flat=True))
    detail = next(route for route in routes if route.name == "events:detail")
    yield from (world.url(detail, uid=uid) for uid in uids)


def browsers(world: World) -> dict[str, Client]:
    by_code = Client()
    by_code.cookies[passes.cookie_name(world.organization.slug)] = passes.grant(world.organization, OWNER)
    # An owner is an admin who can do even more, so the fast run leaves them out.
    roles = [role for role in Role if in_full() or role != Role.OWNER]
    return {**{role.value: world.member(role) for role in roles}, BY_CODE: by_code}


def asks_on(answer: Any) -> Iterator[tuple[str, str]]:
    for block in parsed(answer).iter("div"):
        if block.get("data-ask"):
            forms = [form.get("action", "") for form in block.iter("form")]
            assert len(forms) == 1, f"no button to ask for {block.get('data-ask')}"
            yield block.get("data-ask", ""), forms[0]


def unmarked(answer: Any) -> list[str]:
    """Sentences that name someone who should act, but have no button."""
    page = parsed(answer)
    for block in [each for each in page.iter("div") if each.get("data-ask")]:
        block.clear()
    text = words(page)
    return [
        found.group()
        for found in NAMES_SOMEONE.finditer(text)
        if not text[found.start() :].startswith(BESIDE_A_CONTROL)
    ]


def may_name_someone(answer: Any) -> bool:
    """A quick look at a page, since parsing all of them takes a minute."""
    if answer.streaming or "text/html" not in answer["Content-Type"]:
        return False
    text = answer.content.decode()
    return "<!DOCTYPE" in text and ("data-ask=" in text or bool(NAMES_SOMEONE.search(text)))


def crawl(world: World) -> tuple[set[Asked], list[tuple[str, str, list[str]]]]:
    found, dead = set(), []
    for role, browser in browsers(world).items():
        for page in pages(world, role):
            answer = browser.get(page)
            if answer.status_code not in (200, 403) or not may_name_someone(answer):
                continue
            found |= {Asked(role, page, act, url) for act, url in asks_on(answer)}
            if lost := unmarked(answer):
                dead.append((role, page, lost))
    return found, dead


def is_there(browser: Client, page: str, control: str) -> bool:
    """Whether the page shows the control: it is the page itself, a form, or a link."""
    answer = browser.get(page)
    if answer.status_code != 200:
        return False
    targets = [form.get("action") or page for form in parsed(answer).iter("form")] + list(links(answer).values())
    return resolve(page).view_name == control or any(_name(target) == control for target in targets)


def _name(target: str) -> str:
    try:
        return resolve(urlsplit(target).path).view_name
    except Resolver404:
        return ""


def no_templates(world: World) -> None:
    RequestTemplate.objects.update(deleted_at=clock.now())


def restored(world: World) -> None:
    Installation.objects.update_or_create(
        pk=1, defaults={"uid": world.organization.uid, "system_identifier": "", "restored_at": clock.now()}
    )


def private_reports(world: World) -> None:
    Organization.objects.update(reports_private=True, networks_compared_since=clock.now())
    Reference.objects.filter(reference_request=world.job.reference_request).update(state=ReferenceState.ANSWERED)


STATES: dict[str, tuple[dict[str, Any], Callable[[World], None] | None]] = {
    "usual": ({}, None),
    "no template": ({}, no_templates),
    "switched off": ({"requests_on": False}, None),
    "paused": ({"paused_at": clock.now()}, None),
    "sign-in needed": ({"state": "needs_sign_in"}, None),
    "restored": ({}, restored),
    "private reports": ({}, private_reports),
}


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "state", ["usual", *(pytest.param(state, marks=pytest.mark.slow) for state in STATES if state != "usual")]
)
def test_everyone_a_page_names_has_a_control(state: str) -> None:
    fields, change = STATES[state]
    world = world_of(**fields)
    if change:
        with tenant(world.organization):
            change(world)
    found, dead = crawl(world)
    assert dead == []
    assert found
    assert not [each for each in found if each.role == Role.OWNER.value], "an owner can do everything themselves"
    team, without, judged = browsers(world), [], dict[tuple[int, str, str], bool]()
    # One of each act, kind of page and, in the slow run, role: two events' pages differ in nothing that counts here.
    for each in {(each.act, each.role if in_full() else "", _name(each.page)): each for each in found}.values():
        act, url, asker = each.act, each.url, each.role
        TryCount.objects.all().delete()
        CountedSend.objects.all().delete()
        answer = team[asker].post(url)
        assert answer.status_code == 303, (act, url)
        with tenant(world.organization):
            emails = list(Message.objects.filter(kind="ask").order_by("pk"))
            Message.objects.filter(kind="ask").delete()
        assert emails, (act, url)
        for email in emails:
            named = Membership.objects.get(organization=world.organization, user__email=email.to_email)
            assert named.may(ACTS[act].role)
            page = re.search(r"https?://[^/\s]+(/o/\S+)", email.text)
            assert page is not None, email.text
            # Most emails of a state lead the same few people to the same pages.
            key = (named.user_id, page[1], ACTS[act].control)
            if key not in judged:
                judged[key] = is_there(signed_in(Client(), named.user), page[1], ACTS[act].control)
            if not judged[key]:
                without.append((asker, act, url, named.role))
    assert without == []


def test_each_act_is_named_somewhere() -> None:
    sources = [*(ROOT / "templates").rglob("*.html"), ROOT / "webhooks/log/views/event_log.py"]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    by_event = FOR_ADMINS | FOR_MEMBERS
    assert [act for act in ACTS if act not in by_event and f'"{act}"' not in text] == []


def test_the_same_request_goes_out_once_a_day_and_only_to_members_who_can_help() -> None:
    organization = make_organization()
    make_connection(organization)
    admin, viewer = make_member(organization, Role.ADMIN), make_member(organization, Role.VIEWER)
    make_member(organization, Role.RECRUITER)
    browser = signed_in(Client(), viewer)
    url = f"/o/{organization.slug}/ask/create_template/templates/"
    assert [browser.post(url).status_code for _ in range(3)] == [303] * 3
    with tenant(organization):
        (email,) = Message.objects.filter(kind="ask")
    assert email.to_email == admin.email
    assert f"{viewer.name} ({viewer.email}) asks you to create a template." in email.text


@pytest.mark.parametrize(
    "target",
    ["unknown/templates/", "turn_on/templates/", "create_template/no/such/page/", "change_connection/templates/"],
)
def test_only_an_act_that_a_page_can_name_is_asked_for(target: str) -> None:
    organization = make_organization()
    browser = signed_in(Client(), make_member(organization, Role.VIEWER))
    assert browser.post(f"/o/{organization.slug}/ask/{target}").status_code == 404
    with tenant(organization):
        assert not Message.objects.filter(kind="ask").exists()
