"""A working connection to break in the ATS, and the helpers that break and fix it."""

from __future__ import annotations

import html
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.test import Client
from django.urls import reverse

from connectors.models import Connection, Subscription, SubscriptionState
from connectors.setup import checklist, checks, problems
from connectors.setup.checklist_items import ChecklistItem
from connectors.setup.status import ConnectionStatus
from connectors.smartrecruiters import oauth
from crosschq.core import clock
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import tenant
from tests.background import press, visit
from tests.connected import RESTORED, made_once_in_both
from tests.factories import signed_in
from tests.vendor import CALLBACK, Vendor
from tests.webhooks.moves import deliver_event, ids_of
from webhooks.explain.answer import Explanation
from webhooks.explain.explain import ask
from webhooks.models import InboundEvent

Application = tuple[str, str]
MAYA, JONAS = ("Maya Osei", "Backend Engineer"), ("Jonas Lind", "Sales Lead")
TOMASZ, SAM = ("Tomasz Nowak", "Backend Engineer"), ("Sam Keller", "Marketing Intern")


@dataclass(frozen=True)
class Scene:
    """A connection that works, an admin at a browser, and a SmartRecruiters company to misconfigure."""

    vendor: Vendor
    live: Connection
    browser: Client
    patch: pytest.MonkeyPatch

    def url(self, name: str, *more: object) -> str:
        return reverse(name, args=[self.live.organization.slug, "smartrecruiters", *more])

    def press(self, name: str, *more: object, **data: str) -> str:
        """The text of the page that it leads to."""
        return html.unescape(press(self.browser, self.url(name, *more), data).content.decode())

    def read(self, name: str, *more: object) -> str:
        return html.unescape(visit(self.browser, self.url(name, *more)).content.decode())

    def check(self) -> None:
        """Check again, as the worker does after the button is clicked."""
        checks.read(self.connection())

    def reconnect(self) -> None:
        answer = self.vendor.consent(self.browser.post(self.url("connectors:connect"))["Location"])
        visit(self.browser, CALLBACK, answer)

    def connection(self) -> Connection:
        with tenant(self.live.organization):
            row: Connection = Connection.objects.select_related("organization").get(pk=self.live.pk)
        return row

    def item(self, key: str) -> ChecklistItem:
        return self.standing(key)[0]

    def banner(self) -> str:
        return self.standing("field")[1]

    def pill(self) -> tuple[str, str]:
        return self.standing("field")[2]

    def standing(self, key: str) -> tuple[ChecklistItem, str, tuple[str, str]]:
        """This item of the checklist, the title of the banner, and the pill next to the connection's name."""
        row = self.connection()
        with tenant(row.organization):
            built = checklist.build(row)
            found = problems.most_urgent(row, built)
            return built.item(key), found.title if found else "", ConnectionStatus(row, built).tag

    def move(self, who: Application) -> InboundEvent:
        event_id = self.vendor.move(*who)
        return deliver_event(self.live, ids_of(self.vendor, *who), event_id=event_id)

    def explain(self, who: Application) -> Explanation:
        ids = self.vendor.candidate_id(who[0]), self.vendor.job(who[1])
        found = ask(self.connection(), "", chosen=ids).explanation
        assert found
        return found


def begun(vendor: Vendor, live: Connection, admin: User, patch: pytest.MonkeyPatch) -> Scene:
    """A scene in which everything is set up correctly and was checked."""
    made = Scene(vendor, live, signed_in(Client(), admin), patch)
    vendor.tell("step", process="Interns", status="INTERVIEW", name="Crosschq")
    made.check()
    assert made.item("field").state == "done"
    return made


def begun_once(vendor: Vendor, live: Connection, admin: User, patch: pytest.MonkeyPatch) -> Scene:
    """The same with what was made for the first test, for one that changed nothing yet."""
    if vendor.instructions != RESTORED:
        return begun(vendor, live, admin, patch)

    def make() -> Any:
        return begun(vendor, live, admin, patch).browser.cookies

    browser = Client()
    browser.cookies = deepcopy(made_once_in_both(vendor, ("scene", live.pk), make))
    return Scene(vendor, live, browser, patch)


Act = Callable[[Scene], object]


def job_field(**change: object) -> Act:
    return lambda scene: scene.vendor.tell("job-field", label="Crosschq tag", **change)


def tag(job: str, text: str) -> Act:
    return lambda scene: scene.vendor.tell("job-tag", job_id=scene.vendor.job(job), tag=text)


def step(process: str, status: str, **change: object) -> Act:
    return lambda scene: scene.vendor.tell("step", process=process, status=status, name="Crosschq", **change)


def both(*acts: Act) -> Act:
    return lambda scene: [act(scene) for act in acts]


def nothing(scene: Scene) -> None:
    pass


def revoke(scene: Scene) -> None:
    scene.vendor.tell("revoke")
    with tenant(scene.live.organization):
        Connection.objects.update(token_stored_at=clock.now() - timedelta(hours=1))


def connect_without_jobs(scene: Scene) -> None:
    with scene.patch.context() as patch:
        patch.setattr(oauth, "SCOPES", tuple(scope for scope in oauth.SCOPES if scope != "jobs_read"))
        scene.reconnect()


def suspend(scene: Scene) -> None:
    """One delivery that fails, where one is enough."""
    scene.vendor.tell("switches", suspend_after=1)
    with tenant(scene.live.organization):
        active = Subscription.objects.filter(state=SubscriptionState.ACTIVE)
        path_hash = bytes(active.get().path_hash)
        active.update(path_hash=b"nobody knows this address")
    scene.vendor.move("Inês Duarte", "Backend Engineer")
    scene.vendor.tell("release")
    with tenant(scene.live.organization):
        active.update(path_hash=path_hash)


def switch(*, on: bool) -> Act:
    return lambda scene: scene.press("connectors:switch_requests", on="1" if on else "0")


def give_an_address(scene: Scene) -> None:
    admin = next(user for user in scene.vendor.ask("state")["users"] if user["name"] == "Ada Integration")
    key = scene.vendor.tell("credentials", kind="api_key", user_id=admin["id"])["api_key"]
    who = scene.vendor.candidate_id(TOMASZ[0])
    body = {"email": "tomasz.nowak@example.com"}
    requests.patch(
        f"{scene.vendor.url}/candidates/{who}", json=body, headers={"X-SmartToken": key}, timeout=60
    ).raise_for_status()


def try_again(scene: Scene, event: InboundEvent) -> None:
    scene.press("events:try_again", event.uid)


def by_itself(scene: Scene, event: InboundEvent) -> None:
    pass
