"""Candidates API, what is written to it (developers.smartrecruiters.com/reference/candidatesadd)."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from connectors import ats
from connectors.smartrecruiters.answer import Node, read_each
from connectors.smartrecruiters.candidates import READ, candidate
from connectors.smartrecruiters.client import Client, Operation

CREATE, MANAGE = ("candidates_create",), ("candidates_manage",)
ADD = Operation("POST", "/candidates", CREATE)
ADD_TO_JOB = Operation("POST", "/jobs/{jobId}/candidates", CREATE)
TAGS = Operation("GET", "/candidates/{id}/tags", READ)
ADD_TAGS = Operation("POST", "/candidates/{id}/tags", MANAGE)
ATTACHMENTS = Operation("GET", "/candidates/{id}/jobs/{jobId}/attachments", READ)
ATTACH = Operation("POST", "/candidates/{id}/jobs/{jobId}/attachments", CREATE)
TAG_LENGTH, TAGS_AT_ONCE = 50, 100


class Prospects:
    client: Client

    def add_candidate(self, new: ats.NewCandidate) -> ats.Candidate:
        """candidates.add: into the talent pool. E-mail and last name are unique there; raises Conflict."""
        return candidate(self.client.ask(ADD, body=_new(new)))

    def add_candidate_to_job(self, new: ats.NewCandidate, *, job_id: str) -> ats.Candidate:
        """candidates.addToJob"""
        return candidate(self.client.ask(ADD_TO_JOB, {"jobId": job_id}, body=_new(new)))

    def tags(self, candidate_id: str) -> list[str]:
        """candidates.tags.get"""
        return list(self.client.ask(TAGS, {"id": candidate_id}).texts("tags"))

    def add_tags(self, candidate_id: str, tags: Sequence[str]) -> list[str]:
        """candidates.tags.add; the tags as they are then. Raises Refused for more or longer tags than it takes."""
        wanted = _tags(tags)
        answer = self.client.write(ADD_TAGS, {"id": candidate_id}, body={"tags": wanted})
        return list(answer.texts("tags", required=False)) or wanted

    def attachments(self, *, candidate_id: str, job_id: str) -> list[ats.Attachment]:
        """candidates.attachments.listForJob"""
        found = self.client.ask(ATTACHMENTS, {"id": candidate_id, "jobId": job_id})
        return read_each(found.each("content"), _attachment)

    def attach(self, file: ats.File, *, candidate_id: str, job_id: str) -> ats.Attachment:
        """candidates.attachments.addForJob"""
        ids, fields = {"id": candidate_id, "jobId": job_id}, {"attachmentType": "GENERIC_FILE"}
        answer = self.client.write(ATTACH, ids, fields=fields, file=file)
        return ats.Attachment(answer.id(default=""), answer.text("name", default=file.name), file.content_type)


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


def _tags(tags: Sequence[str]) -> list[str]:
    if len(tags) > TAGS_AT_ONCE or any(len(tag) > TAG_LENGTH for tag in tags):
        sentence = _("SmartRecruiters takes %(most)s tags at once, of %(length)s characters each.")
        raise ats.AtsRefused(sentence % {"most": TAGS_AT_ONCE, "length": TAG_LENGTH})
    return list(tags)


def _attachment(item: Node) -> ats.Attachment:
    return ats.Attachment(item.id(), item.text("name", default=""), item.text("contentType", default=""))
