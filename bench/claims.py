"""What a claim costs as the backlog grows.

    make bench NAME=claims      (ARGUMENTS="--claims 200")

Claims messages of 50 organizations with 1,000, 10,000 and 100,000 of them due, and with 200,000 due only later, and
prints the median of each and its ratio to the first. Each claim is undone before the next. Goal: 100,000 / 1,000 at
most 1.3. The tables aren't analyzed in between, because a storm doesn't wait for statistics.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from contextlib import closing

import psycopg2

from bench import stage

ORGANIZATIONS = 50
GOAL = 1.3
FILL_SECONDS = 600.0
FILL = """
INSERT INTO messaging_message (uid, organization_id, queue, channel, kind, state, attempts, available_at, created_at,
    to_email, to_phone, to_name, sender_name, reply_to, subject, text, html, list_unsubscribe, message_id, in_reply_to,
    provider_id, delivery, quiet_zone, about_kind, held_for, reason, trace_id, is_sending_at_fault)
SELECT gen_random_uuid(), (%(organizations)s::bigint[])[1 + n %% {count}], 'messages', 'email', 'bench', 'pending', 0,
    now() + (%(offset)s + n %% 1000) * interval '1 second', now(), 'a@example.com', '', '', '', '', 'x', '', '', '',
    gen_random_uuid(), '', '', '', '', '', '', '', '', false
FROM generate_series(1, %(rows)s) n
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--claims", type=int, default=200)
    given = arguments.parse_args()
    stage.ready()
    organizations = make_organizations()
    figures = {}
    for name, due, later in [
        ("1,000 due", 1_000, 0),
        ("10,000 due", 10_000, 0),
        ("100,000 due", 100_000, 0),
        ("1,000 due, 200,000 later", 1_000, 200_000),
        ("none due, 200,000 later", 0, 200_000),
    ]:
        empty()
        fill(organizations, due, offset=-2000)
        fill(organizations, later, offset=86_400)
        figures[name] = measured(given.claims)
    first = next(iter(figures.values()))
    for name, median in figures.items():
        print(f"{name:26} {median * 1000:6.2f} ms  {median / first:5.2f}")
    if figures["100,000 due"] / first > GOAL:
        raise SystemExit(f"More than {GOAL} times as much.")


def make_organizations() -> list[int]:
    from crosschq.accounts.sign_up.create_organization import create_organization
    from crosschq.tenancy.models import User

    user = User.objects.create_user(f"bench-{os.urandom(4).hex()}@acme.example", name="Bench")
    return [
        create_organization(name=f"Bench {number}", owner=user, time_zone="UTC").pk for number in range(ORGANIZATIONS)
    ]


def empty() -> None:
    """Empty the table as the owner. Deleted rows would stay in the indexes until a vacuum."""
    with closing(psycopg2.connect(os.environ["OWNER_DATABASE_URL"])) as owner, owner, owner.cursor() as cursor:
        cursor.execute("TRUNCATE messaging_message CASCADE")


def fill(organizations: list[int], rows: int, *, offset: int) -> None:
    from django.db import connection

    from crosschq.core.database import rls, timeouts

    parameters = {"organizations": organizations, "rows": rows, "offset": offset}
    with timeouts.answers_within(FILL_SECONDS), rls.scope(rls.ALL_TENANTS), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(FILL.format(count=len(organizations)), parameters)


def measured(claims: int) -> float:
    """The median seconds of a claim, each in a transaction that is rolled back."""
    from django.db import transaction

    from crosschq.core.outbox import work_item
    from crosschq.core.outbox.queues import MESSAGES
    from crosschq.messaging.models import Message

    seconds = []
    for _ in range(claims):
        with transaction.atomic():
            began = time.perf_counter()
            work_item.claim(Message, MESSAGES)
            seconds.append(time.perf_counter() - began)
            transaction.set_rollback(True)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
