"""One organization's bad day: its ATS answers after 22 s and 200 of its moves wait, while each email takes 3 s.

    make bench NAME=noisy_neighbor      (ARGUMENTS="--rounds 3, --seconds 60")

Uses real workers, two sandboxes, and real SMTP. In each round, another organization's candidate is moved, and a user
asks for a password reset code. Prints how long it took until the mail server had each email. Goals: 5 s and 2 s. Then
--flood messages of the first organization are due, and the other one sends a message every second. Prints how late
those are.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import stage

SLOW_SECONDS = 22.0
EMAIL_SECONDS = 3.0
WAITING = 200
MOVE_GOAL, CODE_GOAL, FLOOD_GOAL = 5.0, 2.0, 5.0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=float, default=60, help="how long to wait for each email")
    arguments.add_argument("--flood", type=int, default=5000)
    given = arguments.parse_args()
    with ExitStack() as running:
        quick = running.enter_context(stage.sandbox())
        slow = running.enter_context(stage.sandbox(sandbox_company=True))
        stage.ready()
        noisy = stage.connected(slow, vendor="smartrecruiters-sandbox")
        other = stage.connected(quick)
        prepare(noisy), prepare(other)
        stage.tell(quick, "hold"), stage.tell(slow, "hold")
        fill(noisy, slow)
        stage.tell(slow, "faults", route="*", kind="delay", seconds=SLOW_SECONDS, times=1_000_000, when="before")
        stage.tell(quick, "faults", route="SMTP", kind="delay", seconds=EMAIL_SECONDS, times=1_000_000, when="after")
        running.enter_context(Workers())
        time.sleep(10)  # by then, every thread that may work for the slow one is busy with it
        moves = [timed(quick, *move(other, quick, number), given.seconds) for number in range(given.rounds)]
        codes = [timed(quick, *code(number), given.seconds) for number in range(given.rounds)]
        print(f"another organization's move leads to an email after   {shown(moves)} s (goal {MOVE_GOAL:g})")
        print(f"a password reset code is sent after            {shown(codes)} s (goal {CODE_GOAL:g})")
        stage.tell(quick, "faults/clear")
        flood(noisy, given.flood)
        late = [timed(quick, *message(other, number), given.seconds) for number in range(20)]
        p95 = statistics.quantiles(late, n=20)[-1]
        print(
            f"with {given.flood} messages due, another's goes after   p50 {statistics.median(late):.2f} s,"
            f" p95 {p95:.2f} s (goal {FLOOD_GOAL:g})"
        )


def shown(seconds: list[float]) -> str:
    return ", ".join(f"{each:.1f}" for each in seconds)


def prepare(connection_id: int) -> None:
    """Turn on requests, and create a template with the tag."""
    from connectors.connection import connect
    from connectors.models import Connection
    from crosschq.tenancy.scope import cross_tenant, tenant
    from tests.templates_app.factories import make_template

    with cross_tenant("a benchmark"):
        connection = Connection.objects.select_related("organization", "connected_by").get(pk=connection_id)
    make_template(connection.organization, name="Engineering", ats_tag="eng")
    with tenant(connection.organization):
        connect.switch_requests(connection=connection, on=True, actor=connection.connected_by)


def _connection(connection_id: int) -> Any:
    from connectors.models import Connection
    from crosschq.tenancy.scope import cross_tenant

    with cross_tenant("a benchmark"):
        return Connection.objects.select_related("organization").get(pk=connection_id)


def _tell(connection_id: int, candidate: str, job: str, event_id: str) -> None:
    from webhooks.inbox.receive import store

    body = json.dumps({"candidate_id": candidate, "job_id": job}).encode()
    store(connection=_connection(connection_id), event_id=event_id, event_name="application.status.updated", body=body)


def fill(connection_id: int, url: str) -> None:
    """Move this many candidates. Each move costs several calls."""
    people = [
        {"first_name": "Noa", "last_name": f"Adeyemi-{n}", "email": f"noise-{n}@example.com", "job_id": 0}
        for n in range(WAITING)
    ]
    users = stage.read(url, "state")["users"]
    job = {"title": "Noise", "tag": "eng", "team": [{"user_id": users[0]["id"], "role": "RECRUITER"}]}
    stage.tell(url, "seed", jobs=[job], candidates=people)
    state = stage.read(url, "state")
    job_id = next(each["id"] for each in state["jobs"] if each["title"] == "Noise")
    for candidate in state["candidates"]:
        if (candidate["email"] or "").startswith("noise-"):
            ids = {"candidate_id": candidate["id"], "job_id": job_id}
            stage.tell(url, "move", **ids, status="INTERVIEW", sub_status="Crosschq")
            _tell(connection_id, candidate["id"], job_id, f"noise-{candidate['id']}")


def move(connection_id: int, url: str, number: int) -> tuple[str, float]:
    email = f"noa-{os.urandom(3).hex()}@example.com"
    users = stage.read(url, "state")["users"]
    job = {"title": f"Engineer {number}", "tag": "eng", "team": [{"user_id": users[0]["id"], "role": "RECRUITER"}]}
    applicant = {"first_name": "Noa", "last_name": f"Adeyemi-{number}", "email": email, "job_id": 0}
    stage.tell(url, "seed", jobs=[job], candidates=[applicant])
    state = stage.read(url, "state")
    candidate = next(each["id"] for each in state["candidates"] if each["email"] == email)
    job_id = next(each["id"] for each in state["jobs"] if each["title"] == job["title"])
    stage.tell(url, "move", candidate_id=candidate, job_id=job_id, status="INTERVIEW", sub_status="Crosschq")
    began = time.monotonic()
    _tell(connection_id, candidate, job_id, f"move-{email}")
    return email, began


def _write(organization: Any, kind: str, email: str) -> tuple[str, float]:
    from crosschq.messaging.content.email import Email
    from crosschq.messaging.sending.send import send_email
    from crosschq.tenancy.scope import cross_tenant

    began = time.monotonic()
    with cross_tenant("a benchmark"):
        send_email(
            organization=organization,
            kind=kind,
            to_email=email,
            to_name="",
            email=Email(subject="A benchmark", preheader="", paragraphs=("Text",)),
        )
    return email, began


def code(number: int) -> tuple[str, float]:
    return _write(None, "password_reset_code", f"code-{os.urandom(3).hex()}@example.com")


def message(connection_id: int, number: int) -> tuple[str, float]:
    time.sleep(1)
    return _write(_connection(connection_id).organization, "bench", f"late-{os.urandom(3).hex()}@example.com")


def flood(connection_id: int, count: int) -> None:
    from crosschq.messaging.models import Message
    from crosschq.tenancy.scope import tenant

    organization = _connection(connection_id).organization
    with tenant(organization):
        Message.objects.bulk_create(
            [
                Message(organization=organization, kind="bench", to_email="flood@example.com", subject="x", text="x")
                for _ in range(count)
            ]
        )


def timed(url: str, email: str, began: float, seconds: float) -> float:
    """Seconds until the mail server has an email to this address; infinity if that takes too long."""
    while time.monotonic() - began < seconds:
        if stage.read(url, "mails", to=email):
            return time.monotonic() - began
        time.sleep(0.05)
    return float("inf")


class Workers:
    """The worker processes, as the demo starts them."""

    def __enter__(self) -> None:
        from scripts.demo.product import Product
        from scripts.stack.environment import Ports
        from scripts.stack.folder import StateFolder
        from scripts.stack.processes import start

        self.folder = TemporaryDirectory()
        product = Product.__new__(Product)
        product.environment, product.folder = dict(os.environ), StateFolder(Path(self.folder.name))
        product.environment.setdefault("TWILIO_ACCOUNT_SID", "AC-bench")
        product.environment.setdefault("TWILIO_AUTH_TOKEN", "x")
        product.ports = Ports()
        commands = {name: line for name, line in product.commands().items() if name.startswith(("worker", "beat"))}
        supervisor = [sys.executable, "-m", "scripts.stack.supervisor", self.folder.name, json.dumps(commands)]
        self.supervisor = start(product.folder, "supervisor", supervisor, env=dict(os.environ))

    def __exit__(self, *_: object) -> None:
        self.supervisor.stop()
        self.folder.cleanup()


if __name__ == "__main__":
    main()
