"""Random walks over both forms: whatever people do, no answer is lost and none is stored twice."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from crosschq.core import clock
from crosschq.tenancy.scope import tenant
from requests_app.completion.deadlines import close_overdue
from requests_app.models import SENT_STATES, Answer, Reference, ReferenceRequest, ReferenceState, Response
from scripts.stack.stack import Stack
from tests.extent import first_of
from tests.factories import make_organization
from tests.requests_app.factories import RequestScenario, answer, in_thread, sent_request, waiting_request
from tests.requests_app.pages import heading
from tests.stack.migrated import empty
from tests.templates_app.browsing import controls

pytestmark = pytest.mark.django_db

STEPS = 40
INVITATIONS = 50  # in each half; one address gets at most 60 emails a day


class Walker(ABC):
    """A person who answers, goes back, sends twice, opens another tab or another browser, and tries old pages again."""

    def __init__(self, path: str, seed: int) -> None:
        self.path, self.random = path, random.Random(seed)
        # Every second person's browser keeps no cookies, and every fourth request ends midway.
        self.keeps_cookies, self.ends_at = seed % 2 == 0, STEPS // 2 if seed % 4 == 3 else None
        self.clients = [Client(), Client()]
        self.seen: list[str] = [path]
        self.posted: list[tuple[str, dict[str, str]]] = []

    def walk(self, scenario: RequestScenario) -> None:
        for number in range(STEPS):
            if number == self.ends_at:
                expire(scenario)
            self.step()

    def step(self) -> None:
        client = self.random.choice(self.clients)
        if not self.keeps_cookies:
            client.cookies.clear()
        act = self.random.choices(["forward", "back", "again", "twice", "other"], [12, 3, 2, 3, 1])[0]
        if act == "other":  # another device, without cookies
            self.clients[self.random.randrange(2)] = Client()
        elif act == "again" and self.posted:
            self.post(client, *self.random.choice(self.posted))
        else:
            path = self.random.choice(self.seen) if act == "back" else self.path
            self.fill(client, path, times=2 if act == "twice" else 1)

    def fill(self, client: Client, path: str, *, times: int) -> None:
        page = client.get(path, follow=True)
        assert page.status_code == 200, path
        here = page.request["PATH_INFO"]
        self.seen.append(here)
        if not (data := self.typed(page)):
            return
        target = f"{here}start/" if here == self.path else here
        for _ in range(times):
            self.post(client, target, data)

    def post(self, client: Client, path: str, data: dict[str, str]) -> None:
        self.posted.append((path, data))
        assert client.post(path, data).status_code in (200, 303, 409), path

    @abstractmethod
    def typed(self, page: Any) -> dict[str, str]:
        """What the person enters on this page; empty if there is no form to send."""


def expire(scenario: RequestScenario) -> None:
    """The request's last day passes."""
    with tenant(scenario.organization):
        ReferenceRequest.objects.filter(pk=scenario.reference_request.pk).update(closes_at=clock.now())
    close_overdue(now=clock.now())


class ReferenceWalker(Walker):
    """Remembers the last answer that a page accepted, by question."""

    def __init__(self, path: str, seed: int) -> None:
        super().__init__(path, seed)
        self.saved: dict[int, str] = {}

    def typed(self, page: Any) -> dict[str, str]:
        here = page.request["PATH_INFO"]
        if "/questions/" in here:
            words = f"words {self.random.randrange(10**6)}"
            return {"rating": str(self.random.randint(1, 5)), "yes_no": "yes", "text": words}
        if here.endswith("/check/"):
            return {"own_words": "on"}
        return {"agreed": "yes"} if here == self.path and "asks you" in heading(page) else {}

    def post(self, client: Client, path: str, data: dict[str, str]) -> None:
        self.posted.append((path, data))
        response = client.post(path, data)
        assert response.status_code in (200, 303, 409), path
        moved_on = response.status_code == 303 and response["Location"].rstrip("/") == self.path.rstrip("/")
        if "/questions/" in path and response.status_code == 303 and not moved_on:
            self.saved[int(path.rstrip("/").rsplit("/", 1)[1])] = data["text"]


class CandidateWalker(Walker):
    def typed(self, page: Any) -> dict[str, str]:
        here = page.request["PATH_INFO"]
        number = here.split("/references/")[1][0] if "/references/" in here else ""
        if here.endswith("/name/"):
            return {"name": {"1": "Priya Nair", "2": "Tom Beck"}[number]}
        if here.endswith("/relation/"):
            return {"relationship": "coworker", "company": "Ledgerly", "years": "", "title": ""}
        if here.endswith("/email/"):
            return {"email": f"person{number}@ledgerly.example"}
        if here.endswith("/check/"):
            return {"send": "yes"}
        return {**controls(page), "agreed": "on"} if b'name="agreed"' in page.content else {}


@pytest.mark.parametrize("seed", first_of(range(100)))
def test_a_reference_loses_no_answer_and_doubles_none(seed: int) -> None:
    scenario = waiting_request(make_organization())
    walker = ReferenceWalker(scenario.reference_path(), seed)
    walker.walk(scenario)
    with tenant(scenario.organization):
        reference = scenario.reference()
        valid = Response.objects.filter(reference=reference, replaced_at=None)
        assert valid.count() <= 1
        stored = dict(Answer.objects.filter(response__in=valid).values_list("question__position", "text"))
    assert len(stored) == len(walker.saved)
    assert sorted(stored.values()) == sorted(walker.saved.values())
    sent = scenario.timeline().count("Priya Nair sent the reference")
    assert sent == (reference.state in SENT_STATES)
    ended = (ReferenceState.NOT_COMPLETED,) if walker.ends_at else ()
    assert reference.state in (ReferenceState.INVITED, ReferenceState.STARTED, ReferenceState.ANSWERED, *ended)


@pytest.mark.parametrize("seed", first_of(range(100)))
def test_a_candidate_asks_each_reference_once(seed: int) -> None:
    scenario = sent_request(make_organization())
    walker = CandidateWalker(scenario.candidate_path, seed)
    walker.walk(scenario)
    assert walker.posted
    with tenant(scenario.organization):
        people = list(Reference.objects.order_by("slot"))
    invited = [email.to_email for email in scenario.emails("reference_invitation")]
    assert len({person.slot for person in people}) == len(people) <= 2
    assert sorted(invited) == sorted(person.email for person in people if person.invited_at)
    assert scenario.timeline().count("Maya Osei started") <= 1


def test_two_organizations_that_know_one_candidate_share_nothing() -> None:
    one, other = (waiting_request(make_organization(name, name.lower())) for name in ("Acme", "Globex"))
    path = one.reference_path()
    Client().post(f"{path}start/")
    Client().post(f"{path}questions/1/", {"rating": "1", "text": "Only for Acme"})
    for scenario in (one, other):
        with tenant(scenario.organization):
            assert Answer.objects.count() == (scenario is one)
            assert {person.reference_request_id for person in Reference.objects.all()} == {
                scenario.reference_request.pk
            }
    for page in (other.candidate_path, other.reference_path(), f"{other.candidate_path}about/"):
        assert b"Only for Acme" not in Client().get(page, follow=True).content
        assert b"Acme" not in Client().get(page, follow=True).content.replace(b"acme.example", b"")
    uid = one.reference().uid
    for page in ("address", "replace", "release", "remind"):
        Client().post(f"{other.candidate_path}{page}/{uid}/", {"email": "x@evil.example"})
    assert one.reference().email == "priya@ledgerly.example"


@contextmanager
def people_at_once(number: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that keep their database connections until the end, when each closes its own."""
    everyone = Barrier(number)
    with ThreadPoolExecutor(number) as pool:
        try:
            yield pool
        finally:
            list(pool.map(lambda _: in_thread(everyone.wait), range(number)))


def submit_together(pool: ThreadPoolExecutor, scenario: RequestScenario) -> None:
    answer(scenario, 1, send=False)
    path, reference = scenario.reference_path(), scenario.reference()

    def send(_: int) -> int:
        return Client().post(f"{path}check/", {"own_words": "on"}).status_code

    assert set(pool.map(send, range(50))) == {303}
    with tenant(scenario.organization):
        assert Response.objects.filter(reference=reference).count() == 1
    assert scenario.timeline().count("Priya Nair sent the reference") == 1


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("half", ["first", "second"])
@pytest.mark.django_db(transaction=True)
def test_fifty_parallel_submits_of_each_invitation_store_one_set(half: str, stack: Stack) -> None:
    with people_at_once(10) as pool:
        for _ in range(INVITATIONS):
            # An organization may send only six requests to one address in a day.
            submit_together(pool, waiting_request(make_organization()))
            # The next request can be a copy of the first.
            empty(stack, connection.settings_dict["NAME"])
