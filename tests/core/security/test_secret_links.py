"""Secret links: what works, what has ended, and what nobody can tell apart."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from crosschq.core.models import SecretLink
from crosschq.core.security import secret_links

pytestmark = pytest.mark.django_db
SUBJECT = uuid.UUID("00000000-0000-4000-8000-000000000001")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def mint(*, purpose: str = "candidate", subject: uuid.UUID = SUBJECT, days: int = 30) -> str:
    return secret_links.mint(purpose=purpose, subject=subject, scope_key=7, days=days)


def test_a_token_can_be_used_repeatedly() -> None:
    token = mint()
    for _ in range(3):
        link = secret_links.find(purpose="candidate", token=token)
        assert link is not None
        assert (link.subject, link.scope_key) == (SUBJECT, 7)


def test_a_token_has_at_least_192_random_bits_and_fits_in_a_path() -> None:
    tokens = {mint() for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) >= 192 / 6 and token.replace("-", "").replace("_", "").isalnum() for token in tokens)


def test_the_token_itself_is_not_in_the_database() -> None:
    token = mint()
    with connection.cursor() as sql:
        sql.execute("SELECT core_secretlink::text FROM core_secretlink")
        (row,) = sql.fetchone() or ("",)
    assert token not in row
    assert secret_links.hash_token(token).hex() in row


def test_a_token_expires_at_the_end_of_its_last_day() -> None:
    with time_machine.travel(NOON, tick=False) as moved:
        token = mint(days=30)
        moved.move_to(NOON + timedelta(days=30) - timedelta(seconds=1))
        assert secret_links.find(purpose="candidate", token=token)
        moved.move_to(NOON + timedelta(days=30))
        assert secret_links.find(purpose="candidate", token=token) is None


def test_unknown_expired_revoked_and_misused_tokens_look_the_same() -> None:
    with time_machine.travel(NOON, tick=False) as moved:
        ended, revoked, other = mint(days=1), mint(subject=uuid.uuid4()), mint(purpose="reference")
        moved.shift(timedelta(days=2))
        secret_links.revoke(subject=SecretLink.objects.get(token_hash=secret_links.hash_token(revoked)).subject)
        for token in ("", "unknown", "\x00", "ü" * 500, ended, revoked, other):
            assert secret_links.find(purpose="candidate", token=token) is None


def test_a_new_token_leaves_earlier_ones_valid() -> None:
    first, second = mint(), mint()
    assert secret_links.find(purpose="candidate", token=first)
    assert secret_links.find(purpose="candidate", token=second)


def test_revoking_ends_all_tokens_of_a_subject_and_no_others() -> None:
    mine = [mint(), mint(purpose="report_pass")]
    other = mint(subject=uuid.uuid4())
    assert secret_links.revoke(subject=SUBJECT) == 2
    assert secret_links.revoke(subject=SUBJECT) == 0
    assert secret_links.find(purpose="candidate", token=mine[0]) is None
    assert secret_links.find(purpose="report_pass", token=mine[1]) is None
    assert secret_links.find(purpose="candidate", token=other)


def test_revoking_one_purpose_leaves_the_others() -> None:
    candidate, report = mint(), mint(purpose="report_pass")
    assert secret_links.revoke(subject=SUBJECT, purpose="report_pass") == 1
    assert secret_links.find(purpose="candidate", token=candidate)
    assert secret_links.find(purpose="report_pass", token=report) is None


def test_only_a_token_that_was_once_valid_is_found_as_ended() -> None:
    live, revoked = mint(), mint(subject=uuid.uuid4())
    secret_links.revoke(subject=SecretLink.objects.get(token_hash=secret_links.hash_token(revoked)).subject)
    assert secret_links.find_ended(purpose="candidate", token=revoked)
    assert secret_links.find_ended(purpose="candidate", token=live) is None
    assert secret_links.find_ended(purpose="reference", token=revoked) is None
    assert secret_links.find_ended(purpose="candidate", token="unknown") is None
