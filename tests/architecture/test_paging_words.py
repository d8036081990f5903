"""Lists that are always newest first have pages called Newer and Older; those of other lists are Previous and Next."""

from __future__ import annotations

import re

from django.template.loader import render_to_string

from scripts.stack.stack import ROOT

TEMPLATES = ROOT / "templates"
PAGER = TEMPLATES / "includes" / "pager.html"
LINK = re.compile(r'rel="(?:prev|next)"|class="pager"')
USE = re.compile(r'\{% (?:include "includes/pager\.html"|pager )(.*?)%\}')
# Every other list has an order that its reader chooses, or one that isn't by time.
NEWEST_FIRST = {
    "accounts/audit_log/audit_log.html",
    "prospects/staff/list.html",
    "requests_app/report/sharing/live.html",
    "requests_app/staff/timeline.html",
    "templates_app/request_templates/versions.html",
    "webhooks/log/events.html",
}


def test_every_list_takes_its_links_from_one_template() -> None:
    others = [path for path in TEMPLATES.rglob("*.html") if LINK.search(path.read_text()) and path != PAGER]
    assert others == []


def test_lists_that_are_always_newest_first_say_newer_and_older() -> None:
    uses = {str(path.relative_to(TEMPLATES)): USE.findall(path.read_text()) for path in TEMPLATES.rglob("*.html")}
    found = {name for name, each in uses.items() if any("newest_first=True" in one for one in each)}
    assert found == NEWEST_FIRST
    assert {name for name, each in uses.items() if each} - found  # there are others


def test_the_words_follow_the_order() -> None:
    links = {"first": "/first", "back": "/back", "onward": "/on"}
    assert words(**links, newest_first=True) == ["Newest", "Newer", "Older"]
    assert words(**links) == ["First page", "Previous", "Next"]
    assert words(onward="/on") == ["Next"]
    assert words() == []


def words(**given: object) -> list[str]:
    return re.findall(r">([A-Z][a-z ]+)</a>", render_to_string("includes/pager.html", given))
