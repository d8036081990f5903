"""What every page has in common, checked on each page that a test of policy opens."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from django.test.utils import CaptureQueriesContext

# Over the wire, with the padding of the compression.
PADDING = 100
MOST_QUERIES = 12
# These search or read each table that holds personal data, with a query for each.
OF_ALL_TABLES = {
    "privacy:person": 50,
    "privacy:export_ask": 35,
    "privacy:correct": 35,
    "privacy:erase": 55,
    "privacy:erase_reference": 45,
    "readyz": 30,
}
MOST_OF_STAFF, MOST_ON_PHONES = 40_000, 14_000
TIME = re.compile(r'<time datetime="([^"]*)">')
DATE_OR_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d[+-]\d\d:\d\d)?")


def size_over_the_wire(answer: Answer) -> int:
    return len(gzip.compress(answer.content)) + PADDING


def faults(answer: Answer) -> list[str]:
    """What is wrong with a page. Nothing for fragments and other content."""
    if answer.streaming or not answer.get("Content-Type", "").startswith("text/html"):
        return []
    text = answer.content.decode()
    if "<!DOCTYPE html>" not in text:
        return []
    language = re.search(r'<html lang="([^"]+)"', text)
    found = [
        *(["no description"] if not re.search(r'<meta name="description" content="[^"]{20,200}">', text) else []),
        *(["Content-Language"] if not language or answer.get("Content-Language") != language[1] else []),
        *(f"time {moment}" for moment in TIME.findall(text) if not DATE_OR_MOMENT.fullmatch(moment)),
    ]
    most = MOST_OF_STAFF if '<body class="staff">' in text else MOST_ON_PHONES
    if (size := size_over_the_wire(answer)) > most:
        found.append(f"{size} bytes over the wire")
    return found


def queries(captured: CaptureQueriesContext) -> list[str]:
    """The statements that read or write, without those that only open and close transactions and tenants' scopes."""
    asked = [query["sql"] for query in captured]
    return [sql for sql in asked if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "SELECT set_config"))]


def asks_too_much(name: str, captured: CaptureQueriesContext) -> bool:
    return len(queries(captured)) > OF_ALL_TABLES.get(name, MOST_QUERIES)
