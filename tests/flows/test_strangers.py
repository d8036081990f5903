"""A member of another organization can't open any page that the admin can reach by links."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from scripts.demo.browser import Browser
from scripts.demo.page import Page
from scripts.demo.people import Candidate
from scripts.demo.stage import Stage
from tests.flows.outcomes import play
from tests.flows.product import Running

pytestmark = [pytest.mark.flow, pytest.mark.slow]
SECONDS = 60


def session_of(stage: Stage, account: object) -> requests.Session:
    person = stage.staff(account)  # type: ignore[arg-type]
    assert isinstance(person, Browser)
    return person.session


def pages_of(stage: Stage, session: requests.Session) -> set[str]:
    """The paths below /o/ that links lead to, without query strings."""
    found, waiting = set[str](), ["/"]
    while waiting:
        answer = session.get(stage.product_url + waiting.pop(), timeout=SECONDS)
        assert answer.status_code == 200, answer.url
        for _, link in Page(answer.text, answer.url).links():
            target = urlsplit(urljoin(answer.url, link.get("href")))
            if target.netloc == urlsplit(stage.product_url).netloc and target.path.startswith("/o/"):
                if target.path not in found:
                    waiting.append(target.path)
                found.add(target.path)
    return found


def test_a_stranger_can_open_none_of_our_pages(
    running: Running, stage: Stage, newcomer: Callable[[], Candidate]
) -> None:
    play(stage, newcomer())
    ours = pages_of(stage, session_of(stage, running.product.accounts.admin))
    assert {urlsplit(path).path.split("/")[2] for path in ours} == {"acme"}
    assert len(ours) > 10
    stranger = session_of(stage, running.product.accounts.stranger)
    for path in sorted(ours):
        assert stranger.get(stage.product_url + path, timeout=SECONDS).status_code == 404, path


def test_anonymous_visitors_are_sent_to_sign_in(stage: Stage) -> None:
    for slug in ("acme", "no-such-organization"):
        answer = requests.get(f"{stage.product_url}/o/{slug}/requests/", allow_redirects=False, timeout=SECONDS)
        assert answer.status_code == 302
        assert urlsplit(answer.headers["Location"]).path == "/accounts/login/"
