"""Secrets and personal data appear in no log, in nothing that passes through Valkey, and on no error page."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as ConnectionLost

from crosschq.privacy.proof.words import is_in, spellings
from scripts.demo.people import OWNER_EMAIL, Candidate
from tests.flows.outcomes import play
from tests.flows.product import Running

pytestmark = [pytest.mark.flow, pytest.mark.slow]
SECONDS = 60
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@contextmanager
def recording(url: str) -> Iterator[list[str]]:
    """Every command that reaches the server until the block ends, with its arguments, in any of its databases."""
    commands: list[str] = []

    def listen() -> None:
        with suppress(ConnectionLost, OSError, ValueError):
            commands.extend(each["command"] for each in monitor.listen())

    with Redis.from_url(url) as client, client.monitor() as monitor:
        listener = threading.Thread(target=listen)
        listener.start()
        try:
            yield commands
        finally:
            with Redis.from_url(url) as other:
                other.client_kill_filter(_id=monitor_id(other))
            listener.join(SECONDS)


def monitor_id(client: Redis) -> str:
    return next(each["id"] for each in client.client_list() if each["cmd"] == "monitor")


def personal_data(candidate: Candidate) -> set[str]:
    """The names, addresses and texts of the people in a request."""
    colleagues = candidate.colleagues
    return {
        candidate.name,
        candidate.email,
        OWNER_EMAIL,
        *(each.name for each in colleagues),
        *(each.email for each in colleagues),
        *(text for views in (candidate.own_views, *(each.views for each in colleagues)) for text in views.texts),
    }


def secrets_of(running: Running, candidate: Candidate) -> set[str]:
    """Links, codes, tokens, keys, and passwords that someone could act with."""
    sandbox, environment = running.stage.sandbox, running.product.environment
    everyone = [candidate.email, *(each.email for each in candidate.colleagues), OWNER_EMAIL]
    letters = [letter for address in everyone for letter in sandbox.letters(to=address)]
    links = " ".join(link for letter in letters for link in letter.links)
    # An id of 36 characters opens nothing without signing in.
    tokens = {part for part in re.findall(r"/[a-z]+/([\w-]{24,})/", links) if not UUID.fullmatch(part)}
    assert len(tokens) >= 1 + len(candidate.colleagues)
    named = ("SECRET_KEY", "FIELD_KEYS", "PSEUDONYM_KEY", "SMARTRECRUITERS_CLIENT_SECRET", "TWILIO_AUTH_TOKEN")
    accounts = running.product.accounts
    return tokens | {environment[name] for name in named} | {accounts.admin.password, accounts.stranger.password}


def found(text: str, words: set[str]) -> list[str]:
    return [word for word in words if is_in(text, spellings([word]))]


def test_the_main_job_leaves_no_secret_and_no_personal_data_in_logs_broker_or_cache(
    running: Running, newcomer: Callable[[], Candidate]
) -> None:
    candidate = newcomer()
    with recording(running.product.environment["CELERY_BROKER_URL"]) as valkey:
        play(running.stage, candidate)
    words = personal_data(candidate) | secrets_of(running, candidate)
    sent = "\n".join(valkey)
    assert "core.drain" in sent
    assert found(sent, words) == []
    logs = "".join(log.read_text(encoding="utf-8", errors="replace") for log in running.product.folder.logs.iterdir())
    assert '"request"' in logs
    assert found(logs, words) == []
