"""Generates docs/retention.md from the lifetimes."""

from datetime import timedelta

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
Nothing under a legal hold is deleted.

## Every table

| Table | Rows are kept |
|---|---|
"""


def document() -> str:
    kinds = "".join(_kind(kind) for kind in RetentionKind)
    return HEAD + kinds + TABLES + "".join(f"| `{line.table}` | {kept(line)} |\n" for line in LIFETIMES)


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
