"""TalentDesk's own side: one company in memory. A real vendor folder calls its API instead."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import timedelta

from connectors import ats
from crosschq.core import clock

STEP, FIELD = "Crosschq", "Crosschq tag"
JOB = ats.Job("j-1", "Backend Engineer", creator_id="u-1", fields=(ats.JobField("f-1", FIELD, "eng"),))
CANDIDATE = ats.Candidate("c-1", "Maya", "Osei", "maya.osei@example.com", "", job_ids=(JOB.id,))
ADMIN = ats.AtsUser("u-1", "Ada Admin", "ada@talentdesk.example", active=True)
RECRUITER = ats.AtsUser("u-2", "Dana Ruiz", "dana.ruiz@talentdesk.example", active=True)


@dataclass
class Site:
    notes: list[tuple[str, str]] = field(default_factory=list)
    webhooks: dict[str, ats.WebhookSubscription] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    step: str = "Phone interview"

    def tokens(self) -> ats.Tokens:
        return ats.Tokens("access", "refresh", clock.now() + timedelta(minutes=30))


def sign(body: bytes, key: str) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
