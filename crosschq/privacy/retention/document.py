"""Generates docs/retention.md from the lifetimes."""

from datetime import timedelta

from crosschq.privacy.retention.held_rows import UNPROTECTED
from crosschq.privacy.retention.lifetimes import LIFETIMES, DeletedBy, Expires, GoesWith, Kept, Lifetime
from crosschq.tenancy.retention import LIMITS, Period, RetentionKind

HEAD = """# How long data is kept

Written by `manage.py lifetimes > docs/retention.md` from `crosschq/privacy/retention/lifetimes.py`. A test keeps the
two the same and the list of tables complete. The task `retention.delete_expired` runs every night at 02:17 UTC. It
deletes in batches, continues after a row or an organization that fails, and stores how many rows of each table it
removed.

## Set by each organization

| Kind | Default | Shortest | Longest |
|---|---|---|---|
"""
TABLES = """
## Under a legal hold

What is stored about a person or a request under a legal hold isn't deleted before the hold is released: the last
column says so for each table. The text of a message is always erased once it is sent, or a week after it failed,
because it contains a secret link; the hash of a network is always deleted when the request ends, because we promise
that to the people concerned. A hold doesn't prevent a correction, and a prospect can still leave.

## Every table

| Table | Rows are kept | Under a legal hold |
|---|---|---|
"""


def document() -> str:
    kinds = "".join(_kind(kind) for kind in RetentionKind)
    return (
        HEAD
        + kinds
        + TABLES
        + "".join(f"| `{line.table}` | {kept(line)} | {under_hold(line)} |\n" for line in LIFETIMES)
    )


def _kind(kind: RetentionKind) -> str:
    limits = LIMITS[kind]
    numbers = (Period(number, limits.unit) for number in (limits.default, limits.least, limits.most))
    return f"| {kind.label} | " + " | ".join(map(str, numbers)) + " |\n"


def kept(line: Lifetime) -> str:
    """How long the rows of this line are kept, in words."""
    match line:
        case Expires(after=RetentionKind() as kind):
            return f"as long as the organization chose for “{kind.label}”, after {line.since}"
        case Expires(after=timedelta(days=0)):
            return f"until {line.since}"
        case Expires(after=timedelta() as after):
            return f"{after.days} {'day' if after.days == 1 else 'days'} after {line.since}"
        case GoesWith():
            return f"as long as their `{line.parent}`" + (f" ({line.how})" if line.how else "")
        case DeletedBy():
            return f"{line.kept} (`{line.task}`)"
        case Kept():
            return f"permanently, or as long as the organization exists: {line.why}"
    raise TypeError(f"{line.table} has no known lifetime")


def under_hold(line: Lifetime) -> str:
    """What a legal hold means for the rows of this line, in words. Empty if they don't expire on their own."""
    match line:
        case Expires(under_hold="", table=table) if table in UNPROTECTED:
            return "kept"
        case Expires(under_hold=why) | DeletedBy(under_hold=why):
            return f"deleted: {why}"
    return ""
