"""A client whose vendor returns what a test says, and a complete response to each call."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import responses

from connectors import ats, rates
from connectors.ats_files import NewFile
from connectors.smartrecruiters.adapter import SmartRecruitersAts
from connectors.smartrecruiters.client import Client

API = "http://localhost:9"
MOMENT = "2026-01-31T09:00:00.000Z"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
HOOK = {"id": "h1", "callbackUrl": "https://a.example/", "status": "active", "events": [{"name": "job.updated"}]}
PERSON = {"id": "u1", "firstName": "Ada", "lastName": "Berg", "email": "ada@acme.example", "active": True}
CANDIDATE = {"id": "c1", "firstName": "Maya", "lastName": "Osei", "email": "maya@example.com", "phoneNumber": "+1 202"}
NEW = ats.NewCandidate("Maya", "Osei", "maya@example.com")
IDS = {"candidate_id": "c1", "job_id": "j1"}
FILE = NewFile("report.pdf", b"%PDF", "application/pdf")

Ask = Callable[[ats.Ats], Any]
# A call and a complete response to it.
QUESTIONS: dict[str, tuple[Ask, Any]] = {
    "company": (lambda it: it.company(), {"identifier": "acme", "name": "Acme"}),
    "me": (lambda it: it.me(), PERSON),
    "users": (lambda it: it.users(), {"limit": 100, "content": [PERSON, PERSON | {"id": "u2"}]}),
    "user": (lambda it: it.user("u1"), PERSON),
    "job_fields": (
        lambda it: it.job_fields(),
        {"content": [{"id": "f1", "label": "Crosschq tag", "category": "job", "active": True}]},
    ),
    "job_field_choices": (
        lambda it: it.job_field_choices("f1"),
        {"content": [{"id": "v1", "label": "eng", "archived": False}]},
    ),
    "hiring_processes": (
        lambda it: it.hiring_processes(),
        {"content": [{"id": "p1", "name": "Standard", "active": True, "subStatuses": {"INTERVIEW": ["Crosschq"]}}]},
    ),
    "source_types": (
        lambda it: it.source_types(),
        {"content": [{"id": "CUSTOM", "label": "Custom", "subtypes": [{"id": "CHECKS"}]}]},
    ),
    "sources": (
        lambda it: it.sources("CUSTOM"),
        {"totalFound": 1, "content": [{"id": "s1", "label": "Crosschq", "sourceSubType": {"id": "CHECKS"}}]},
    ),
    "jobs": (lambda it: it.jobs(), {"content": [{"id": "j1", "title": "Engineer", "status": "SOURCING"}]}),
    "job": (
        lambda it: it.job("j1"),
        {
            "id": "j1",
            "title": "Engineer",
            "creator": {"id": "u1"},
            "properties": [{"id": "f1", "label": "Crosschq tag", "value": {"label": "eng"}}],
        },
    ),
    "hiring_team": (lambda it: it.hiring_team("j1"), {"content": [{"id": "u1", "role": "RECRUITER"}]}),
    "candidate": (lambda it: it.candidate("c1"), CANDIDATE),
    "application": (
        lambda it: it.application(**IDS),
        {"applicationId": "x1", "status": "INTERVIEW", "subStatus": "Crosschq"},
    ),
    "history": (
        lambda it: it.history(**IDS),
        {"content": [{"changedOn": MOMENT, "status": "INTERVIEW", "subStatus": "Crosschq"}]},
    ),
    "at_step": (
        lambda it: it.at_step("Crosschq", updated_after=LONG_AGO),
        {
            "content": [
                CANDIDATE
                | {"primaryAssignment": {"job": {"id": "j1"}}, "secondaryAssignments": [{"job": {"id": "j2"}}]}
            ]
        },
    ),
    "search": (lambda it: it.search("osei", job_id="j1"), {"content": [CANDIDATE]}),
    "add_candidate": (lambda it: it.add_candidate(NEW), CANDIDATE),
    "add_candidate_to_job": (lambda it: it.add_candidate_to_job(NEW, job_id="j1"), CANDIDATE),
    "post_note": (lambda it: it.post_note(candidate_id="c1", content="ready"), {"id": "n1", "shareRequired": False}),
    "note_exists": (lambda it: it.note_exists(candidate_id="c1", containing="ready"), [{"content": "not yet"}]),
    "attach_file": (
        lambda it: it.attach_file(
            candidate_id="c1", job_id="j1", file=NewFile("report.pdf", b"%PDF", "application/pdf")
        ),
        {"id": "f1", "name": "report.pdf"},
    ),
    "file_exists": (lambda it: it.file_exists(**IDS, name="report.pdf"), {"content": [{"name": "cv.pdf"}]}),
    "webhooks": (lambda it: it.webhooks(), [HOOK]),
    "webhook": (lambda it: it.webhook("h1"), HOOK),
    "create_webhook": (lambda it: it.create_webhook("https://a.example/"), HOOK),
    "create_signing_key": (lambda it: it.create_signing_key("h1"), {"secretKey": "k"}),
    "failed_deliveries": (
        lambda it: it.failed_deliveries("h1", after=LONG_AGO),
        [
            {
                "status": "failed",
                "timestamp": MOMENT,
                "requestDetails": {"url": "https://a.example/", "body": "{}", "headers": {"Event-Id": "e1"}},
            }
        ],
    ),
}


class Tokens:
    """A series of access tokens. The last one is never replaced."""

    def __init__(self, *tokens: str) -> None:
        self.left = list(tokens)

    def current(self) -> str:
        return self.left[0]

    def newer_than(self, refused: str) -> str | None:
        if len(self.left) > 1 and refused == self.left[0]:
            self.left.pop(0)
            return self.left[0]
        return None


@contextmanager
def answering(
    *bodies: Any, status: int = 200, headers: dict[str, str] | None = None
) -> Iterator[responses.RequestsMock]:
    """A vendor that returns the bodies in turn, whatever the request. A string is sent unchanged."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as vendor:
        for body in bodies:
            raw = body if isinstance(body, str | bytes) else json.dumps(body)
            for method in ("GET", "POST", "PUT", "DELETE"):
                vendor.add(
                    method,
                    re.compile(f"^{re.escape(API)}/"),
                    body=raw,
                    status=status,
                    headers=headers,
                    content_type="application/json",
                )
        yield vendor


def queries(vendor: responses.RequestsMock) -> list[dict[str, list[str]]]:
    """The query parameters of each received request."""
    return [parse_qs(urlsplit(call.request.url or "").query) for call in vendor.calls]


def client(*tokens: str, limiter: rates.Limiter | None = None) -> SmartRecruitersAts:
    return SmartRecruitersAts(Client(api_url=API, tokens=Tokens(*tokens or ("t1",)), limiter=limiter))
