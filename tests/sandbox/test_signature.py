"""Signatures of callbacks."""

from __future__ import annotations

from typing import Any

from sandbox import signature


def test_the_signature_published_by_the_vendor_is_reproduced() -> None:
    made = signature.v1(
        "HeBVky2bccvvkcXPimH8c",
        timestamp="1574080897",
        body=b'{"job_id":"jid","candidate_id":"cid"}',
        event_id="123",
        event_name="application.created",
        event_version="v201910",
        link="<http://smartrecruiters.com/endpoint>; rel=self",
    )
    assert made == "2e9291f10d44ca10204a4cd81b05d73b6a316b2b605d4e2e0e0b37b40198ce1f"


def test_a_missing_link_is_signed_as_an_empty_string_and_each_key_signs() -> None:
    parts: dict[str, Any] = {
        "timestamp": "1574080897",
        "event_id": "124",
        "event_name": "candidate.deleted",
        "link": "",
    }
    made = signature.header(["HeBVky2bccvvkcXPimH8c", "second"], body=b'{"id":"cid"}', event_version="v201910", **parts)
    first, second = made.split(";")
    assert first == "v1=2526186fe50f08c4d6136948ae75c89a55fdab15d05a4270835438b9085837de"
    assert second.startswith("v1=")
    assert second != first
