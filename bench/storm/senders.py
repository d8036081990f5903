"""The vendor's side: moves and duplicates, and the notes that our side writes, at the moments of the plan."""

from __future__ import annotations

import queue
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from bench.storm.plan import Act, Plan
from scripts.demo.people import TAG
from scripts.demo.sandbox import Sandbox

THREADS = 4
# The vendor retries a failed delivery after 1, 3, 10 minutes, and so on. The storm doesn't wait that long.
REPEAT_SECONDS = 3.0
JOBS = 20
PATIENCE_SECONDS = 60.0
VENDOR_FAULTS = ({"kind": "status", "status": 503}, {"kind": "reset"}, {"kind": "truncated"})
MAIL_FAULTS = ({"kind": "status", "status": 451, "when": "before"},)


class Senders:
    def __init__(self, url: str, plan: Plan) -> None:
        self.url = url
        self.plan = plan
        self.sandbox = Sandbox(url, patience=PATIENCE_SECONDS)
        self.events: list[str] = []
        self.failures: list[str] = []
        self.ids: list[tuple[str, str]] = []
        self._acts: queue.SimpleQueue[Act | None] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._may_repeat = threading.Event()
        self._may_repeat.set()
        self._threads: list[threading.Thread] = []

    def seed(self) -> None:
        """The plan's candidates, each with an application for a tagged job."""
        jobs = [{"title": f"Engineer {number:02d}", "tag": TAG} for number in range(JOBS)]
        job_ids = self.sandbox.tell("seed", jobs=jobs)["jobs"]
        people = [
            {
                "first_name": "Noa",
                "last_name": f"Adeyemi-{number}",
                "email": address(number),
                "job_id": job_ids[number % JOBS],
            }
            for number in range(self.plan.candidates)
        ]
        found: list[str] = []
        for start in range(0, len(people), 1000):
            found += self.sandbox.tell("seed", candidates=people[start : start + 1000])["candidates"]
        self.ids = [(candidate, job_ids[number % JOBS]) for number, candidate in enumerate(found)]
        # A vendor suspends a subscription after many failures in a row, and other tests cover the backfill after that.
        self.sandbox.tell("switches", suspend_after=0)

    def disturb(self) -> None:
        """Make 3% of the vendor's and the email server's responses fail."""
        for fault in VENDOR_FAULTS:
            self.sandbox.tell("faults", route="*", times=1_000_000, share=0.01, **fault)
        for fault in MAIL_FAULTS:
            self.sandbox.tell("faults", route="SMTP", times=1_000_000, share=0.03, **fault)

    def start(self, began: float) -> None:
        self._threads = [threading.Thread(target=self._pace, args=[began]), threading.Thread(target=self._repeat)]
        self._threads += [threading.Thread(target=self._act) for _ in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Wait until every act of the plan is done. Retries deliveries until `end`."""
        for thread in self._threads:
            if thread is not self._threads[1]:
                thread.join()

    def end(self) -> None:
        self._ended.set()
        self._threads[1].join()

    @contextmanager
    def without_repeats(self) -> Iterator[None]:
        """While PostgreSQL recovers, which takes 15 s on a busy disk, the vendor wouldn't use up its 11 attempts."""
        self._may_repeat.clear()
        try:
            yield
        finally:
            self._may_repeat.set()

    def act(self, act: Act) -> None:
        """Do one thing now."""
        self._move(self.sandbox, act) if act.kind == "move" else self._note(act)

    def _pace(self, began: float) -> None:
        for act in self.plan.acts:
            time.sleep(max(0.0, began + act.at - time.monotonic()))
            self._acts.put(act)
        for _ in range(THREADS):
            self._acts.put(None)

    def _repeat(self) -> None:
        sandbox = Sandbox(self.url, patience=PATIENCE_SECONDS)
        while not self._ended.wait(REPEAT_SECONDS):
            if self._may_repeat.is_set():
                with suppress(OSError):
                    sandbox.tell("retry")

    def _act(self) -> None:
        sandbox = Sandbox(self.url, patience=PATIENCE_SECONDS)
        while (act := self._acts.get()) is not None:
            try:
                self._move(sandbox, act) if act.kind == "move" else self._note(act)
            except Exception as error:
                self.failures.append(f"{act.kind} of candidate {act.candidate}: {type(error).__name__} {error}")

    def _move(self, sandbox: Sandbox, act: Act) -> None:
        candidate_id, job_id = self.ids[act.candidate]
        where: dict[str, Any] = {"candidate_id": candidate_id, "job_id": job_id}
        event = sandbox.tell("move", **where, status=act.status, sub_status=act.step)["event_id"]
        self.events.append(event)
        if act.duplicates:
            sandbox.tell("duplicate", event_id=event, copies=act.duplicates)

    def _note(self, act: Act) -> None:
        """Queue a note like the end of a request does.

        Like a person's click, it is repeated until the database accepts it.
        """
        from django.db import Error, connections

        from bench.storm import counts
        from connectors.note_writer import post_report_link
        from crosschq.tenancy.scope import tenant

        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                connection = counts.the_connection()
                with tenant(connection.organization):
                    post_report_link(
                        connection=connection,
                        candidate_id=self.ids[act.candidate][0],
                        url=note_url(act.candidate),
                        sentence="The reference report is ready.",
                        about_kind="storm",
                        about_uid=uuid.uuid5(uuid.NAMESPACE_URL, note_url(act.candidate)),
                    )
                return
            except Error:
                connections.close_all()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)


def address(number: int) -> str:
    return f"noa-{number}@example.com"


def note_url(number: int) -> str:
    return f"https://crosschq.example/reports/storm-{number}-end"
