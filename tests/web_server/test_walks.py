"""People fill in both forms while web processes are killed and PostgreSQL restarts: nothing is lost or doubled."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from pytest_django import DjangoDbBlocker

from crosschq.tenancy.scope import tenant
from requests_app.models import Answer, Reference, ReferenceState, Response
from scripts.stack.pool import started_stack
from scripts.stack.postgres import Postgres
from scripts.stack.stack import Stack
from tests.factories import make_organization
from tests.patience import SECONDS
from tests.requests_app.factories import NAMES, RequestScenario, sent_request, waiting_request
from tests.stack.migrated import connected_to, migrated_database
from tests.stack.plugin import ADDRESSES
from tests.web_server.conftest import prepared, processes_that_answer, serving

pytestmark = [pytest.mark.flow, pytest.mark.slow, pytest.mark.timeout(1800)]

DATABASE = "walked"
WALKS_OF_EACH, PEOPLE_AT_ONCE = 20, 8  # one address gets at most 60 emails a day
TRIES, TRY_AGAIN_SECONDS = 1000, 0.2
POLL_SECONDS, ANSWERS_FOR_A_KILL, KILLS_FOR_A_RESTART = 0.02, 30, 10


@dataclass
class Walk:
    """A person without cookies who presses a button again when the connection breaks or the page says so."""

    url: str
    path: str
    random: random.Random
    scenario: RequestScenario
    saved: dict[int, str] = field(default_factory=dict)
    broken: Counter[str] = field(default_factory=Counter)
    answered: int = 0

    def post(self, tail: str, **data: str) -> str:
        """Press until there is an answer. Sometimes two tabs send the same. Returns where it leads."""
        if self.random.random() < 0.25:
            with ThreadPoolExecutor(2) as tabs:
                first, _second = tabs.map(lambda _: self._post(tail, data), range(2))
                return first
        return self._post(tail, data)

    def _post(self, tail: str, data: dict[str, str]) -> str:
        response = self._until_answered(
            lambda: requests.post(f"{self.url}{self.path}{tail}", data=data, timeout=SECONDS, allow_redirects=False)
        )
        assert response.status_code in (303, 409), (tail, response.status_code)
        return response.headers.get("Location", "")

    def look(self, tail: str = "") -> None:
        """Open the link again on another device, or go back to an old page."""
        response = self._until_answered(lambda: requests.get(f"{self.url}{self.path}{tail}", timeout=SECONDS))
        assert response.status_code == 200, tail

    def _until_answered(self, send: Callable[[], requests.Response]) -> requests.Response:
        for _ in range(TRIES):
            try:
                response = send()
            except requests.RequestException:
                self.broken["connection"] += 1
            else:
                if response.status_code != 503:
                    self.answered += 1
                    return response
                self.broken["503"] += 1
            time.sleep(TRY_AGAIN_SECONDS)
        raise AssertionError(f"no answer after {TRIES} tries")

    def give_reference(self) -> None:
        self.look()
        self.post("start/", agreed="yes")
        for number in range(1, 10):
            self.answer(number)
            if self.random.random() < 0.3:  # back to an earlier question, and another answer
                self.answer(self.random.randint(1, number))
            if self.random.random() < 0.2:
                self.look(self.random.choice(("", "check/", f"questions/{number}/")))
        self.post("check/", own_words="on")
        self.post("questions/1/", rating="1", yes_no="no", text="From an old tab.")

    def answer(self, number: int) -> None:
        words = f"words {self.random.randrange(10**9)}"
        leads_to = self.post(f"questions/{number}/", rating=str(self.random.randint(1, 5)), yes_no="yes", text=words)
        assert urlsplit(leads_to).path != self.path, number
        self.saved[number] = words

    def name_references(self) -> None:
        self.look()
        self.post("start/", agreed="on", version="1")
        for number, name in enumerate(NAMES[:2], start=1):
            self.post(f"references/{number}/name/", name=name)
            self.post(f"references/{number}/relation/", relationship="coworker", company="Ledgerly", years="", title="")
            if self.random.random() < 0.3:
                self.look()
            self.post(f"references/{number}/email/", email=address(name))
        self.post("check/", send="yes")
        self.post("check/", send="yes")
        self.look()


def address(name: str) -> str:
    return f"{name.split(maxsplit=1)[0].lower()}@ledgerly.example"


def until_done(running: list[Future[None]], walks: list[Walk], parent: int, postgres: Postgres) -> Counter[str]:
    """Kill a web process after every few answers until everyone is done, and sometimes restart PostgreSQL.

    Only the main thread may start a server. A process that starts needs a while for its first answer.
    """
    struck = Counter[str]()
    while wait(running, POLL_SECONDS, FIRST_EXCEPTION).not_done:
        if any(walk.done() and walk.exception() for walk in running):
            break
        if sum(walk.answered for walk in walks) < ANSWERS_FOR_A_KILL * (struck["killed"] + 1):
            continue
        for pid in processes_that_answer(parent)[:1]:
            os.kill(pid, signal.SIGKILL)
            struck["killed"] += 1
        if struck["killed"] % KILLS_FOR_A_RESTART == 0:
            postgres.stop()
            postgres.start()
            struck["restarted"] += 1
    return struck


@pytest.fixture
def own_stack(monkeypatch: pytest.MonkeyPatch, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Stack, str]]:
    """Servers that no other test uses, and the name of a migrated database."""
    for name in ADDRESSES:
        monkeypatch.delenv(name)
    with started_stack() as stack:
        with django_db_blocker.unblock():
            template = migrated_database(stack)
        yield stack, template


def test_no_answer_is_lost_or_doubled_while_processes_die_and_the_database_restarts(
    own_stack: tuple[Stack, str], tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    stack, template = own_stack
    assert isinstance(stack.postgres, Postgres)
    keys = {name: os.environ[name] for name in ("SECRET_KEY", "FIELD_KEYS", "PSEUDONYM_KEY")}
    with prepared(stack, template, DATABASE, STATIC_MANIFEST="false", **keys) as environment:
        with serving(tmp_path, environment) as (port, parent):
            with django_db_blocker.unblock(), connected_to(environment["DATABASE_URL"]):
                url = f"http://127.0.0.1:{port}"
                answering = [walk_of(url, waiting_request(make_organization()), n) for n in range(WALKS_OF_EACH)]
                naming = [walk_of(url, sent_request(make_organization()), n) for n in range(WALKS_OF_EACH)]
            with ThreadPoolExecutor(PEOPLE_AT_ONCE) as people:
                walks = [people.submit(walk.give_reference) for walk in answering]
                walks += [people.submit(walk.name_references) for walk in naming]
                struck = until_done(walks, answering + naming, parent, stack.postgres)
                for walk in walks:
                    walk.result()
        with django_db_blocker.unblock(), connected_to(environment["DATABASE_URL"]):
            assert [wrong for walk in answering for wrong in faults_of_answers(walk)] == []
            assert [wrong for walk in naming for wrong in faults_of_names(walk)] == []
    broken = sum((walk.broken for walk in answering + naming), Counter())
    assert struck["restarted"]
    assert broken["connection"]


def walk_of(url: str, scenario: RequestScenario, seed: int) -> Walk:
    references = scenario.reference_request.state == "waiting_for_references"
    path = scenario.reference_path() if references else scenario.candidate_path
    return Walk(url, path, random.Random(seed), scenario)


def faults_of_answers(walk: Walk) -> list[object]:
    """The stored answers that differ from what the pages acknowledged. Each set counts once, and was sent once."""
    scenario = walk.scenario
    with tenant(scenario.organization):
        reference = scenario.reference()
        sets = list(Response.objects.filter(reference=reference))
        stored = dict(Answer.objects.filter(response__in=sets).values_list("question__position", "text"))
    lines = scenario.timeline()
    wrong: list[object] = []
    if sorted(stored.values()) != sorted(walk.saved.values()) or len(stored) != len(walk.saved):
        wrong.append((walk.path, stored, walk.saved))
    if len(sets) != 1 or reference.state != ReferenceState.ANSWERED:
        wrong.append((walk.path, len(sets), reference.state))
    counts = [lines.count(f"{NAMES[0]} {did}") for did in ("started", "sent the reference")]
    return [*wrong, *([(walk.path, lines)] if counts != [1, 1] else [])]


def faults_of_names(walk: Walk) -> list[object]:
    scenario = walk.scenario
    with tenant(scenario.organization):
        named = list(Reference.objects.order_by("slot").values_list("slot", "name", "email"))
    invited = sorted(email.to_email for email in scenario.emails("reference_invitation"))
    wrong: list[object] = []
    if named != [(slot, name, address(name)) for slot, name in enumerate(NAMES[:2], start=1)]:
        wrong.append((walk.path, named))
    if invited != sorted(map(address, NAMES[:2])) or scenario.timeline().count("Maya Osei started") != 1:
        wrong.append((walk.path, invited, scenario.timeline()))
    return wrong
