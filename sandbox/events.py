"""The webhook events that a subscription can name, and the body and ``Link`` of those that the sandbox fires."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sandbox.model import Application

VERSION = "v201910"

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


@dataclass(frozen=True)
class Event:
    """``link`` is empty for the events that carry no ``Link`` header."""

    id: str
    name: str
    body: bytes
    link: str
    version: str = VERSION


def link_to(url: str) -> str:
    """A ``Link`` header with relation ``self`` (RFC 8288)."""
    return f'<{url}>; rel="self"'


def about_application(event_id: str, name: str, application: Application, *, api_url: str) -> Event:
    ids = {
        "job_id": application.job_id,
        "candidate_id": application.candidate_id,
        "application_id": application.id,
    }
    url = f"{api_url}/candidates/{application.candidate_id}/jobs/{application.job_id}"
    return Event(event_id, name, _body(ids), link_to(url))


def about_job(event_id: str, name: str, job_id: str, *, api_url: str) -> Event:
    return Event(event_id, name, _body({"id": job_id}), link_to(f"{api_url}/jobs/{job_id}"))


def about_candidate(event_id: str, name: str, candidate_id: str, *, api_url: str) -> Event:
    return Event(event_id, name, _body({"id": candidate_id}), link_to(f"{api_url}/candidates/{candidate_id}"))


def _body(ids: dict[str, str]) -> bytes:
    return json.dumps(ids, separators=(",", ":")).encode()
