"""Webhook events, and the body and ``Link`` of those that the sandbox fires."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sandbox.model import Application

_CATALOGUE = """
job.created job.updated job.status.updated job.hiring-team.updated
job.ad.created job.ad.updated job.ad.postings.updated
position.created position.updated position.deleted
application.created application.status.updated application.fields.updated application.onboarding-status.updated
application.attachment.created application.source.updated
application.screening-answers.created application.screening-answers.updated
candidate.created candidate.updated candidate.deleted
offer.created offer.updated
offer.approval.created offer.approval.approved offer.approval.rejected offer.approval.abandoned
offer.approval.step.approved offer.approval.step.rejected
offer.approver.skipped offer.approver.delegated offer.approval.comment.created
job.approval.created job.approval.approved job.approval.rejected job.approval.abandoned
job.approval.step.approved job.approval.step.rejected
job.approver.skipped job.approver.delegated job.approval.comment.created
review.created review.updated review.deleted
onboarding.process.started onboarding.assignments.high-priority.completed onboarding.assignments.completed
"""
NAMES = frozenset(_CATALOGUE.split())


# The objects of these two are gone, so they carry no ``Link``.
WITHOUT_LINK = frozenset({"candidate.deleted", "position.deleted"})


@dataclass(frozen=True)
class Event:
    """``link`` is empty for the events that carry no ``Link`` header."""

    id: str
    name: str
    body: bytes
    link: str
    version: str


@dataclass(frozen=True)
class Voice:
    """Event format: base URL of links, version, quotes around the relation, uppercase ids."""

    api_url: str
    version: str
    quoted: bool
    upper: bool = False

    def application(self, event_id: str, name: str, application: Application, **more: str) -> Event:
        """``more`` are further ids of the body."""
        ids = {
            "job_id": application.job_id,
            "candidate_id": application.candidate_id,
            "application_id": application.id,
        }
        return self._event(
            event_id, name, ids | more, f"/candidates/{application.candidate_id}/jobs/{application.job_id}"
        )

    def job(self, event_id: str, name: str, job_id: str) -> Event:
        return self._event(event_id, name, {"id": job_id}, f"/jobs/{job_id}")

    def candidate(self, event_id: str, name: str, candidate_id: str) -> Event:
        return self._event(event_id, name, {"id": candidate_id}, f"/candidates/{candidate_id}")

    def _event(self, event_id: str, name: str, ids: dict[str, str], path: str) -> Event:
        """An event whose ``Link`` has the relation ``self`` (RFC 8288)."""
        if self.upper:
            ids, path = {key: value.upper() for key, value in ids.items()}, _upper_ids(path, ids)
        relation = 'rel="self"' if self.quoted else "rel=self"
        link = "" if name in WITHOUT_LINK else f"<{self.api_url}{path}>; {relation}"
        return Event(event_id, name, json.dumps(ids, separators=(",", ":")).encode(), link, self.version)


def _upper_ids(path: str, ids: dict[str, str]) -> str:
    return "/".join(part.upper() if part in ids.values() else part for part in path.split("/"))
