"""Both sides after the storm: our rows, and the sandbox's inbox, notes and calls."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import Error, connections

from bench.storm.plan import Plan
from bench.storm.senders import Senders, address

INVITATION = "asks you to name"
# These wait for days on purpose, or never end.
RECURRING = ("webhooks.ConnectionJob", "requests_app.Reminder")
SLOW_SECONDS = 15.0
NOTE = re.compile(r"/reports/storm-(\d+)-end")


@dataclass
class Result:
    """`breaches`: sentences that say what was lost or doubled; empty if all is well."""

    lines: list[str] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)

    def expect(self, what: str, found: int, wanted: int) -> None:
        self.lines.append(f"{what:24} {found:,} of {wanted:,}")
        if found != wanted:
            word = "missing" if found < wanted else "too many"
            self.breaches.append(f"{what}: {abs(wanted - found):,} {word}, {found:,} instead of {wanted:,}.")


def the_connection() -> Any:
    """The one connection of the storm."""
    from connectors.models import Connection
    from crosschq.tenancy.scope import cross_tenant

    with cross_tenant("a storm"):
        return Connection.objects.select_related("organization").get()


def unfinished() -> dict[str, int]:
    """How many items of work aren't done, by table and state. Recurring jobs of the connection never end."""
    from crosschq.core.outbox import work_item
    from crosschq.core.outbox.work_item import WorkState
    from crosschq.tenancy.scope import cross_tenant

    found: Counter[str] = Counter()
    with cross_tenant("a storm"):
        for model in work_item.kinds():
            if model._meta.label in RECURRING:
                continue
            rows = model._base_manager.exclude(state__in=[WorkState.DONE, WorkState.CANCELLED])
            for state in rows.values_list("state", flat=True):
                found[f"{model._meta.label} {state}"] += 1
    return dict(found)


def reasons() -> list[str]:
    """Why the unfinished items aren't done, to find what is slow."""
    from crosschq.core.outbox import work_item
    from crosschq.core.outbox.work_item import WorkState
    from crosschq.tenancy.scope import cross_tenant

    found: Counter[str] = Counter()
    with cross_tenant("a storm"):
        for model in work_item.kinds():
            if model._meta.label in RECURRING:
                continue
            rows = model._base_manager.exclude(state__in=[WorkState.DONE, WorkState.CANCELLED])
            for state, attempts, reason in rows.values_list("state", "attempts", "reason"):
                found[f"{model._meta.label} {state}, attempt {attempts}: {reason or 'no reason'}"] += 1
    return [f"{number} x {what}" for what, number in found.most_common(8)]


def settled(senders: Senders) -> bool:
    """Whether every delivery has arrived and every row is done."""
    try:
        return not unfinished() and set(senders.sandbox.read("counts")["deliveries"]) == {"delivered"}
    except Error:
        connections.close_all()
        return False


def wait_until_settled(senders: Senders, *, seconds: float) -> float:
    """Seconds until everything was done; infinity if it took too long."""
    began, reported = time.monotonic(), 0.0
    while (passed := time.monotonic() - began) < seconds:
        if settled(senders):
            return time.monotonic() - began
        if passed - reported > SLOW_SECONDS:
            reported = passed
            print(f"after {passed:.0f} s: {'; '.join(reasons()) or 'deliveries are under way'}", flush=True)
        time.sleep(0.5)
    return float("inf")


def is_done(senders: Senders, number: int) -> bool:
    """Whether this candidate has an email and a note, and no work is left."""
    return bool(_message_ids(senders, number) and _notes(senders)[number] and settled(senders))


def wrong_with(senders: Senders, number: int) -> str:
    """The emails or notes that this candidate got more than once; empty if none."""
    emails, notes = len(_message_ids(senders, number)), _notes(senders)[number]
    return "" if (emails, notes) == (1, 1) else f"{emails} emails, {notes} notes"


def _message_ids(senders: Senders, number: int) -> set[str]:
    return {letter.message_id for letter in senders.sandbox.letters(to=address(number)) if INVITATION in letter.subject}


def _notes(senders: Senders) -> Counter[int]:
    return Counter(int(found[1]) for text in senders.sandbox.read("notes") if (found := NOTE.search(text)))


def compare(senders: Senders, plan: Plan) -> Result:
    """Compare our rows with the plan, and the sandbox with our rows."""
    result = Result()
    _our_rows(result, senders, plan)
    _their_side(result, senders, plan)
    for what, number in unfinished().items():
        result.breaches.append(f"{number:,} rows of {what.replace(' ', ' are ', 1)}.")
    result.breaches += [f"The storm itself failed: {each}" for each in senders.failures[:5]]
    return result


def _our_rows(result: Result, senders: Senders, plan: Plan) -> None:
    from crosschq.tenancy.scope import tenant
    from requests_app.models import ReferenceRequest
    from webhooks.models import InboundEvent

    connection = the_connection()
    stars = [candidate for candidate, _job in senders.ids[: plan.stars]]
    with tenant(connection.organization):
        rows = InboundEvent.objects.filter(connection=connection, event_id__in=senders.events)
        kept = dict(rows.values_list("event_id", "outcome"))
        requests = Counter(
            ReferenceRequest.objects.filter(connection=connection).values_list("ats_candidate_id", flat=True)
        )
    result.expect("moves made", len(senders.events), plan.moves)
    result.expect("moves stored", len(kept), plan.moves)
    sent = sum(outcome.startswith("sent.") for outcome in kept.values())
    result.expect("moves that sent a request", sent, plan.stars)
    result.expect("requests", sum(requests.values()), plan.stars)
    result.expect("candidates with a request", len(set(requests) & set(stars)), plan.stars)


def _their_side(result: Result, senders: Senders, plan: Plan) -> None:
    sandbox = senders.sandbox
    emails: dict[str, Counter[str]] = {}
    for letter in sandbox.letters():
        if INVITATION in letter.subject:
            emails.setdefault(letter.to[0], Counter())[letter.message_id] += 1
    wanted = {address(number) for number in range(plan.stars)}
    result.expect("candidates with an email", len(set(emails) & wanted), plan.stars)
    result.expect("different emails", sum(len(ids) for ids in emails.values()), plan.stars)
    repeated = sum(times - 1 for ids in emails.values() for times in ids.values())
    result.lines.append(f"{'handed over again':24} {repeated:,}, each with its original Message-ID")
    notes = _notes(senders)
    result.expect("candidates with a note", len(notes), plan.stars)
    result.expect("notes", sum(notes.values()), plan.stars)
    counted = sandbox.read("counts")
    delivered = counted["deliveries"].get("delivered", 0)
    result.expect("deliveries answered 202", delivered, plan.moves + plan.duplicates)
    calls = counted["calls"]
    result.lines.append(
        f"{'calls':24} {calls['all']:,}, {calls['faults']:,} with a fault, {calls['refused']:,} answered 429"
    )
    result.lines.append(f"{'delivery attempts':24} {counted['attempts']:,}")
