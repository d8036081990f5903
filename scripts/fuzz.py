"""``make fuzz``: a million mutated deliveries, half of them close to a genuine one.

Each delivery is a request that goes through reading, signature check, and parsing. One in fifty goes through the whole
view, with a real database. Only deliveries whose signed parts are unchanged may be accepted. None may raise or end in a
5xx. Prints how many got each response. If a delivery breaks these rules, prints its seed and exits with 1.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import django
from django.http import HttpRequest

from scripts.stack import databases
from scripts.stack.stack import Stack

FOLDER = Path(".state-test") / "fuzz"
DATABASE = "crosschq_fuzz"
KEY, PATH = "the-key-of-this-endpoint", "path-token-of-this-endpoint"
WHOLE = 50  # one in 50 goes through the whole view
SIGNED = ("smartrecruiters-timestamp", "event-id", "event-name", "event-version", "Link")
STARTED = str(int(time.time()))
ODD = [
    "",
    " ",
    "\t",
    "é",
    "ÿ" * 40,
    "v1=",
    ";",
    "0",
    "-1",
    "1e9",
    "9" * 400,
    "null",
    "<>",
    "a" * 5000,
    "'--",
    "%00",
    "v1=v1=",
]


@dataclass
class Delivery:
    body: bytes
    headers: dict[str, str]
    path: str

    def genuine_beside(self, original: Delivery) -> bool:
        """Whether all signed parts are unchanged; more signatures next to the genuine one are allowed."""
        parts = [part.strip() for part in self.headers["smartrecruiters-signature"].split(";")]
        return (
            self.path == original.path
            and self.body == original.body
            and all(self.headers.get(name) == original.headers[name] for name in SIGNED)
            and original.headers["smartrecruiters-signature"] in parts
        )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args(arguments)
    workers = os.cpu_count() or 1
    with Stack(FOLDER) as stack:
        databases.drop_database(stack.owner_url("postgres"), DATABASE)
        stack.create_database(DATABASE)
        os.environ.update(stack.environment(DATABASE), LOG_LEVEL="CRITICAL", DJANGO_SETTINGS_MODULE="crosschq.settings")
        migrate(stack.owner_url(DATABASE))
        began = time.monotonic()
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            seeds = [chosen.seed * workers + number for number in range(workers)]
            parts = list(pool.map(run, seeds, [chosen.count // workers] * workers))
    statuses = sum((part for part, _odd in parts), Counter[int]())
    offenders = [line for _part, odd in parts for line in odd]
    seconds = time.monotonic() - began
    answers = dict(sorted(statuses.items()))
    print(f"seed {chosen.seed}: {sum(statuses.values())} deliveries in {seconds:.0f} s; answers {answers}")
    print("\n".join(offenders[:20]) or "none accepted that should not be, none refused that should not be, no 5xx")
    return 1 if offenders else 0


def migrate(owner_url: str) -> None:
    import subprocess

    command = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(command, env={**os.environ, "DATABASE_URL": owner_url}, check=True)


def run(seed: int, count: int) -> tuple[Counter[int], list[str]]:
    django.setup()
    from django.test import RequestFactory
    from django.urls import reverse

    from webhooks.inbox.views import deliver

    path, factory = f"{PATH}-{seed}", RequestFactory()
    chance = random.Random(seed)  # noqa: S311 - repeatable by its seed
    make_endpoint(path)
    statuses: Counter[int] = Counter()
    odd: list[str] = []
    for number in range(count):
        delivery, welcome = mutated(chance, path, number)
        url = reverse("hooks:deliver", args=["smartrecruiters", delivery.path])
        request = factory.post(url, delivery.body, content_type="application/json", headers=delivery.headers)
        try:
            if number % WHOLE == 0:
                status = deliver(request, vendor="smartrecruiters", path_token=delivery.path).status_code
            else:
                status = judged(request, known=delivery.path == path)
        except Exception as error:
            # Any exception is a failure.
            status = 500
            odd.append(repr(error))
        statuses[status] += 1
        if status >= 500 or (status == 202) != welcome:
            odd.append(f"seed {seed}, delivery {number}: answered {status}")
    return statuses, odd


def judged(request: HttpRequest, *, known: bool) -> int:
    """Decide the status of a delivery without the database."""
    from connectors import ats, registry

    if not known:
        return 404
    vendor, body = registry.vendor("smartrecruiters"), request.read()
    delivery = vendor.read_delivery(headers=request.headers, body=body, keys=[KEY])
    with suppress(ats.Malformed):
        vendor.parse_event(request.headers.get("event-name", ""), body)
    return 202 if delivery else 401


def make_endpoint(path: str) -> None:
    from connectors.models import Connection, ConnectionState, SigningKey, Subscription, SubscriptionState
    from crosschq.core.security.secret_links import hash_token
    from crosschq.tenancy.models import Organization
    from crosschq.tenancy.scope import tenant

    organization = Organization.objects.create(name="Fuzz", slug=path[-50:].lower())
    with tenant(organization):
        connection = Connection.objects.create(
            organization=organization, vendor="smartrecruiters", company_id=path, state=ConnectionState.CONNECTED
        )
        subscription = Subscription.objects.create(
            organization=organization,
            connection=connection,
            path_hash=hash_token(path),
            state=SubscriptionState.ACTIVE,
        )
        SigningKey.objects.create(organization=organization, subscription=subscription, key=KEY)


def mutated(chance: random.Random, path: str, number: int) -> tuple[Delivery, bool]:
    """Return a delivery, and whether it must be accepted."""
    key = KEY if chance.random() < 0.5 else "somebody-elses"
    original, delivery = genuine(key, path, number), genuine(key, path, number)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        chance.choice((mutate_body, mutate_header, mutate_signature, mutate_path))(chance, delivery)
    return delivery, key == KEY and delivery.genuine_beside(original)


def genuine(key: str, path: str, number: int) -> Delivery:
    from connectors.smartrecruiters import signature

    body = b'{"job_id":"j-%d","candidate_id":"c-%d","application_id":"a"}' % (number, number)
    unsigned = signature.Delivery(
        body=body,
        timestamp=STARTED,
        event_id=f"e-{number}",
        event_name="application.status.updated",
        event_version="v201910",
        link="<x>; rel=self",
        signature="",
    )
    parts = (unsigned.timestamp, unsigned.event_id, unsigned.event_name, unsigned.event_version, unsigned.link)
    headers = dict(zip(SIGNED, parts, strict=True))
    return Delivery(body, headers | {"smartrecruiters-signature": f"v1={signature.sign(unsigned, key)}"}, path)


def mutate_body(chance: random.Random, delivery: Delivery) -> None:
    body = bytearray(delivery.body)
    at = chance.randrange(len(body)) if body else 0
    match chance.randrange(5):
        case 0 if body:
            body[at] ^= 1 << chance.randrange(8)
        case 1:
            del body[at:]
        case 2:
            body[at:at] = chance.randbytes(chance.randrange(1, 20))
        case 3:
            body = bytearray(b"[" * chance.randrange(1, 40_000))
        case _:
            body = bytearray(chance.randbytes(chance.randrange(0, 200)))
    delivery.body = bytes(body)


def mutate_header(chance: random.Random, delivery: Delivery) -> None:
    name = chance.choice(SIGNED)
    before = delivery.headers.get(name, "")
    match chance.randrange(3):
        case 0:
            delivery.headers.pop(name, None)
        case 1:
            delivery.headers[name] = chance.choice(ODD)
        case _:
            delivery.headers[name] = before + chance.choice(("0", " ", "x", "é"))


def mutate_signature(chance: random.Random, delivery: Delivery) -> None:
    before = delivery.headers["smartrecruiters-signature"]
    match chance.randrange(6):
        case 0:
            after = chance.choice(ODD)
        case 1:
            at = chance.randrange(3, len(before)) if len(before) > 3 else 0
            after = before[:at] + chance.choice("0123456789abcdefgé") + before[at + 1 :]
        case 2:
            after = before[: chance.randrange(len(before) + 1)]
        case 3:
            after = before.upper()
        case 4:
            # With several live keys, a delivery has more parts next to the genuine one.
            after = f"v1={'0' * 64};{before};v2=abc"
        case _:
            after = f" {before} ; "
    delivery.headers["smartrecruiters-signature"] = after


def mutate_path(chance: random.Random, delivery: Delivery) -> None:
    if chance.random() < 0.2:
        delivery.path = chance.choice(("x", delivery.path[:-1] or "y", delivery.path + "x", "%2e%2e", "é", "a" * 3000))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
