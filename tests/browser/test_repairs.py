"""Each setup fault in Chromium: fixed in at most three clicks, with readable pages throughout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from connectors.models import Connection
from crosschq.core.outbox import work_item
from crosschq.tenancy.models import User
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.browser.test_event_log import opened
from tests.templates_app.factories import make_template
from tests.vendor import Vendor
from tests.webhooks.conftest import admin, live
from tests.webhooks.decision.test_misconfiguration import WAYS
from tests.webhooks.log.test_owner_notices import emails
from tests.webhooks.moves import requests_of
from tests.webhooks.scene import JONAS, MAYA, TOMASZ, Act, Scene, begun
from webhooks.models import InboundEvent

__all__ = ["admin", "live"]
pytestmark = pytest.mark.browser
slow = pytest.mark.slow
MOST_CLICKS = 3
# Other tests click the same buttons as the other repairs.
FIRST = "token revoked"
CONNECTION, EVENT = "connectors:manage", "events:detail"


class Hand:
    """A person who fixes a problem and counts clicks in the product. A typed address is a field, not a click."""

    def __init__(self, page: Page, scene: Scene) -> None:
        self.page, self.scene = page, scene
        self.clicks: list[str] = []

    def goes_to(self, name: str, *more: object) -> None:
        self.clicks.clear()
        self.page.goto(self.scene.url(name, *more))

    def press(self, role: str, name: str) -> None:
        self.clicks.append(name)
        go(self.page.locator("main").get_by_role(role, name=name).first)  # type: ignore[arg-type]

    def type(self, label: str, words: str) -> None:
        self.page.get_by_label(label).fill(words)

    def allow(self) -> None:
        """A click on SmartRecruiters' own page, which isn't counted."""
        go(self.page.get_by_role("button", name="Allow Access"))

    def reads(self) -> str:
        return self.page.inner_text("main")


@dataclass(frozen=True)
class Repair:
    """A fault as in test_misconfiguration, its fix in the ATS, and where and what to click here."""

    way: str
    begins: str
    presses: tuple[tuple[str, str], ...]
    there: Act = field(default=lambda scene: None)
    typed: tuple[str, str] = ("", "")
    consent: bool = False


SEND_REQUEST = ("button", "Send request")
CHECK_AGAIN = (("button", "Check again"),)
RECONNECT = (("link", "View connection"), ("button", "Reconnect"))
REPAIRS = [
    Repair(
        "candidate without e-mail",
        EVENT,
        (("link", "Send to an address…"), ("button", "Preview"), SEND_REQUEST),
        typed=("The candidate's email", "tomasz@nowak.example"),
    ),
    Repair("token revoked", EVENT, RECONNECT, consent=True),
    Repair("subscription suspended", CONNECTION, (("button", "Subscribe again"),)),
    Repair("tag empty", EVENT, (("link", "Send with template…"), ("link", "Sales"), SEND_REQUEST)),
    Repair("tag misspelt", EVENT, (("link", "Send with template…"), SEND_REQUEST)),
    Repair("switch off", EVENT, (("link", "Turn on and send…"), ("button", "Turn on and send"))),
    Repair("scope missing", EVENT, RECONNECT, consent=True),
    *(
        Repair(way, EVENT, (("button", "Try again"),), there=WAYS[way].mend)
        for way in ("field missing", "field inactive", "field of the other category")
    ),
    *(
        Repair(way, CONNECTION, CHECK_AGAIN, there=WAYS[way].mend)
        for way in ("field inactive", "step missing in one process", "step missing in each process")
    ),
]


@pytest.fixture
def scene(vendor: Vendor, live: Connection, admin: User, monkeypatch: pytest.MonkeyPatch) -> Scene:
    make_template(live.organization, name="Sales", ats_tag="sales")
    return begun(vendor, live, admin, monkeypatch)


@pytest.fixture
def hand(
    request: pytest.FixtureRequest, chromium: Browser, live_server: LiveServer, scene: Scene, admin: User
) -> Iterator[Hand]:
    context = opened(chromium, live_server, admin, scripts=getattr(request, "param", True))
    yield Hand(context.new_page(), scene)
    context.close()


def mended(hand: Hand, repair: Repair) -> None:
    """The clicks from the fault to the last one."""
    scene, way = hand.scene, WAYS[repair.way]
    way.wrong(scene)
    scene.press("connectors:check")
    event = scene.move(way.who) if way.log[0] else None
    repair.there(scene)
    hand.goes_to(repair.begins, *([event.uid] if event and repair.begins == EVENT else []))
    if repair.begins == CONNECTION:
        assert way.banner in hand.reads()
    for role, name in repair.presses:
        if (role, name) == ("button", "Preview"):
            hand.type(*repair.typed)
        hand.press(role, name)
    if repair.consent:
        hand.allow()


def named(repair: Repair) -> str:
    return f"{repair.way}, {repair.presses[-1][1]}"


# These need no scripts. With scripts, htmx is on the page, and one click of each kind is enough.
WITHOUT = [
    pytest.param(False, repair, id=f"{named(repair)}, no scripts", marks=() if repair.way == FIRST else slow)
    for repair in REPAIRS
]
WITH = [pytest.param(True, repair, id=f"{named(repair)}, scripts", marks=slow) for repair in REPAIRS[:4]]


@pytest.mark.parametrize(("hand", "repair"), [*WITHOUT, *WITH], indirect=["hand"])
def test_a_fault_takes_at_most_three_clicks_to_fix(hand: Hand, repair: Repair) -> None:
    mended(hand, repair)
    assert len(hand.clicks) <= MOST_CLICKS
    if repair.begins == EVENT:
        work_item.drain(InboundEvent)
        assert len(requests_of(hand.scene.live)) == 1
    hand.goes_to(CONNECTION)
    assert hand.page.locator(".banner-title").count() == 0


@slow
@pytest.mark.parametrize("hand", [False, True], indirect=True, ids=["no scripts", "scripts"])
def test_sending_from_the_notice_email_takes_three_clicks(hand: Hand) -> None:
    scene = hand.scene
    event = scene.move(JONAS)
    (email,) = emails(scene.live)
    link = scene.url("events:send_with", event.uid)
    assert f"{link}\n" in f"{email.text}\n"
    hand.page.goto(link)
    hand.clicks.append("the link in the mail")
    hand.press("link", "Sales")
    hand.press(*SEND_REQUEST)
    assert len(hand.clicks) <= MOST_CLICKS
    work_item.drain(InboundEvent)
    (reference_request,) = requests_of(scene.live)
    assert reference_request.candidate_first_name == "Jonas"


def judged(page: Page) -> list[object]:
    """The rules that the page breaks with everything expanded."""
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = !part.closest('header') })")
    return broken(page)


PROBLEMS = (
    "field missing",
    "scope missing",
    "field inactive",
    "field of the other category",
    "step missing in one process",
    "subscription suspended",
    "token revoked",
)


@pytest.mark.slow
def test_the_connection_page_is_readable_in_each_state(hand: Hand) -> None:
    scene, page, wrong = hand.scene, hand.page, []
    scene.press("connectors:disconnect")
    hand.goes_to(CONNECTION)
    assert "Who should connect" in hand.reads()
    wrong += judged(page)
    hand.press("button", "Add to SmartRecruiters")
    hand.allow()
    scene.press("connectors:switch_requests", on="1")
    wrong += judged(page)
    for name in PROBLEMS:
        WAYS[name].wrong(scene)
        scene.press("connectors:check")
        hand.goes_to(CONNECTION)
        assert WAYS[name].banner in hand.reads()
        wrong += judged(page)
        WAYS[name].mend(scene)
        scene.press("connectors:check")
    scene.press("connectors:pause")
    hand.goes_to(CONNECTION)
    assert "The connector is paused" in hand.reads()
    wrong += judged(page)
    assert wrong == []


@pytest.mark.slow
def test_an_empty_log_and_a_silent_ats_are_readable(hand: Hand) -> None:
    scene, page, wrong = hand.scene, hand.page, []
    hand.goes_to("events:list")
    assert "No events yet" in hand.reads()
    wrong += judged(page)
    for event in (scene.move(TOMASZ), scene.move(JONAS)):
        hand.goes_to(EVENT, event.uid)
        wrong += judged(page)
    hand.press("link", "Send with template…")
    wrong += judged(page)
    for name in ("field missing", "scope missing"):
        WAYS[name].wrong(scene)
        scene.press("connectors:check")
        event = scene.move(MAYA)
        assert event.outcome == WAYS[name].log[0]
        hand.goes_to(EVENT, event.uid)
        wrong += judged(page)
        WAYS[name].mend(scene)
        scene.vendor.move(*MAYA, step="On-site interview")
    scene.vendor.tell("faults", route="*", kind="status", status=503, times=100)
    hand.goes_to("events:explain")
    hand.type("Name, email, or SmartRecruiters link", MAYA[0])
    hand.press("button", "Explain")
    assert "SmartRecruiters is busy or down." in hand.reads()
    wrong += judged(page)
    hand.goes_to("events:dry_run")
    hand.press("button", "Read all jobs")
    assert "SmartRecruiters is busy or down." in hand.reads()
    wrong += judged(page)
    assert wrong == []


@pytest.mark.slow
def test_a_request_is_sent_to_an_entered_address_after_a_preview(hand: Hand) -> None:
    scene, page = hand.scene, hand.page
    event = scene.move(TOMASZ)
    hand.goes_to(EVENT, event.uid)
    hand.press("link", "Send to an address…")
    hand.press("button", "Preview")
    wrong = judged(page)
    hand.type("The candidate's email", "tomasz@nowak.example")
    hand.press("button", "Preview")
    wrong += judged(page)
    assert "nowak" not in page.url
    hand.press(*SEND_REQUEST)
    work_item.drain(InboundEvent)
    assert len(requests_of(scene.live)) == 1
    assert wrong == []
