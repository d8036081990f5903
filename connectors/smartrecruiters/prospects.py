"""Candidates API, write operations (developers.smartrecruiters.com/reference/candidatesadd)."""

from typing import Any

from django.utils.translation import gettext as _

from connectors import ats
from connectors.smartrecruiters.candidates import candidate
from connectors.smartrecruiters.client import Client, Operation

CREATE = ("candidates_create",)
ADD = Operation("POST", "/candidates", CREATE)
ADD_TO_JOB = Operation("POST", "/jobs/{jobId}/candidates", CREATE)
MAX_TAG_LENGTH, MAX_TAGS = 50, 100


class Prospects:
    client: Client

    def add_candidate(self, new: ats.NewCandidate) -> ats.Candidate:
        """candidates.add: add to the talent pool. Raises Conflict if the email and last name already exist."""
        return candidate(self.client.ask(ADD, body=_new(new)))

    def add_candidate_to_job(self, new: ats.NewCandidate, *, job_id: str) -> ats.Candidate:
        """candidates.addToJob"""
        return candidate(self.client.ask(ADD_TO_JOB, {"jobId": job_id}, body=_new(new)))


def _new(new: ats.NewCandidate) -> dict[str, Any]:
    body: dict[str, Any] = {"firstName": new.first_name, "lastName": new.last_name, "email": new.email}
    if new.phone:
        body["phoneNumber"] = new.phone
    if new.employer or new.title:
        known = {"title": new.title, "company": new.employer}
        body["experience"] = [{name: text for name, text in known.items() if text} | {"current": True}]
    if new.tags:
        body["tags"] = _tags(new.tags)
    if new.source:
        body["sourceDetails"] = {"sourceTypeId": new.source.type_id, "sourceId": new.source.id}
        if new.source.subtype_id:
            body["sourceDetails"]["sourceSubTypeId"] = new.source.subtype_id
    return body


def _tags(tags: tuple[str, ...]) -> list[str]:
    if len(tags) > MAX_TAGS or any(len(tag) > MAX_TAG_LENGTH for tag in tags):
        sentence = _("SmartRecruiters accepts up to %(count)s tags of up to %(length)s characters each.")
        raise ats.AtsRefused(sentence % {"count": MAX_TAGS, "length": MAX_TAG_LENGTH})
    return list(tags)
