"""What every page has in common, checked on each page that a test of policy opens."""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import brotli
from django.conf import settings
from django.contrib.staticfiles import finders

from crosschq.accounts.branding.logos import LARGEST_LOGO

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from django.test.utils import CaptureQueriesContext

MOST_QUERIES = 12
OF_TRANSACTIONS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SELECT set_config")
# These search or read each table that holds personal data, with a query for each.
OF_ALL_TABLES = {
    "privacy:person": 27,
    "privacy:export_ask": 21,
    "privacy:correct": 21,
    "privacy:erase": 42,
    "privacy:erase_reference": 37,
    "readyz": 30,
}
# The size of the headers of a response, and of a page with the padding of its compression: see test_weight.py.
HEAD, HEAD_OF_PAGE = 450, 1_150
MOST_OF_REPORT, MOST_OF_STAFF, MOST_ON_PHONES = 60_000, 40_000, 14_000
MOST_REQUESTS_ON_PHONES = 4
TIME = re.compile(r'<time datetime="([^"]*)">')
DATE_OR_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d[+-]\d\d:\d\d)?")
LOADED = re.compile(r'<(?:link rel="(?:icon|stylesheet)" href|script src|img\b[^>]* src)="([^"]+)"')


def files_of(text: str) -> set[str]:
    """The URLs that a browser loads together with the page."""
    return set(LOADED.findall(text))


def is_report(text: str) -> bool:
    """Whether the page shows answers to someone without an account."""
    return 'class="letter is-wide"' in text


def is_for_phones(text: str) -> bool:
    """Whether the page is a form or another page behind a secret link."""
    return '<meta name="robots" content="noindex">' in text and not is_report(text)


def most_bytes(text: str) -> int:
    if is_report(text):
        return MOST_OF_REPORT
    return MOST_OF_STAFF if '<body class="staff">' in text else MOST_ON_PHONES


@cache
def size_of_file(url: str) -> int:
    """The size over the wire. A color's stylesheet weighs less than 400 bytes, and a logo is as large as one may be."""
    if url.startswith("/brand/"):
        return HEAD + (LARGEST_LOGO if "/logos/" in url else 400)
    found = finders.find(url.removeprefix(settings.STATIC_URL))
    assert isinstance(found, str), url
    return HEAD + len(brotli.compress(Path(found).read_bytes()))


def size_over_the_wire(answer: Answer) -> int:
    """The bytes of the page and its files in a browser whose cache is empty."""
    files = sum(size_of_file(url) for url in files_of(answer.content.decode()))
    return HEAD_OF_PAGE + len(gzip.compress(answer.content)) + files


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
    if (size := size_over_the_wire(answer)) > most_bytes(text):
        found.append(f"{size} bytes over the wire")
    if is_for_phones(text) and 1 + len(files_of(text)) > MOST_REQUESTS_ON_PHONES:
        found.append(f"loads {sorted(files_of(text))}")
    return found


def queries(captured: CaptureQueriesContext) -> list[str]:
    """The statements that read or write, without those that only open and close transactions and tenants' scopes."""
    asked = [query["sql"] for query in captured]
    return [sql for sql in asked if not sql.startswith(OF_TRANSACTIONS)]


def asks_too_much(name: str, captured: CaptureQueriesContext) -> bool:
    return len(queries(captured)) > OF_ALL_TABLES.get(name, MOST_QUERIES)
