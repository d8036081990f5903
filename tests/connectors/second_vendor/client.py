"""The calls of the port, answered from TalentDesk's memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from connectors import ats
from connectors.ats_files import NewFile
from crosschq.core import clock
from tests.connectors.second_vendor.site import ADMIN, CANDIDATE, FIELD, JOB, RECRUITER, STEP, Site

UNDER_REVIEW = "interviewing"
T = TypeVar("T", ats.AtsUser, ats.Job, ats.Candidate, ats.WebhookSubscription)


@dataclass
class TalentDeskAts:
    """Implements `connectors.ats.Ats`. What TalentDesk doesn't have returns an empty list or raises NotVisible."""

    site: Site

    def company(self) -> ats.Company:
        return ats.Company("acme", "Acme")

    def me(self) -> ats.AtsUser:
        return ADMIN

    def users(self) -> list[ats.AtsUser]:
        return [ADMIN, RECRUITER]

    def user(self, user_id: str) -> ats.AtsUser:
        return _one(user_id, ADMIN, RECRUITER)

    def job_fields(self) -> list[ats.JobFieldSetting]:
        return [ats.JobFieldSetting("f-1", FIELD, for_jobs=True, active=True)]

    def job_field_choices(self, field_id: str) -> list[ats.FieldChoice]:
        return []

    def hiring_processes(self) -> list[ats.HiringProcess]:
        return [ats.HiringProcess("p-1", "Standard", active=True, steps=(ats.Step(UNDER_REVIEW, STEP),))]

    def source_types(self) -> list[ats.SourceType]:
        return []

    def sources(self, type_id: str, *, subtype_id: str = "") -> list[ats.Source]:
        return []

    def jobs(self) -> list[ats.JobSummary]:
        return [ats.JobSummary(JOB.id, JOB.title, "open")]

    def job(self, job_id: str) -> ats.Job:
        return _one(job_id, JOB)

    def hiring_team(self, job_id: str) -> list[ats.TeamMember]:
        return [ats.TeamMember(RECRUITER.id, "recruiter")]

    def candidate(self, candidate_id: str) -> ats.Candidate:
        return _one(candidate_id, CANDIDATE)

    def application(self, *, candidate_id: str, job_id: str) -> ats.Application:
        return ats.Application(
            candidate_id, job_id, "a-1", UNDER_REVIEW, self.site.step, under_review=True, turned_down=False
        )

    def history(self, *, candidate_id: str, job_id: str) -> list[ats.StatusChange]:
        return [ats.StatusChange(clock.now(), UNDER_REVIEW, self.site.step, under_review=True)]

    def at_step(self, step: str, *, updated_after: datetime | None = None) -> list[ats.CandidateSummary]:
        return self.search("") if self.site.step == step else []

    def search(self, text: str, *, job_id: str = "", most: int | None = None) -> list[ats.CandidateSummary]:
        found = CANDIDATE
        return [ats.CandidateSummary(found.id, found.first_name, found.last_name, found.email, found.job_ids)]

    def add_candidate(self, new: ats.NewCandidate) -> ats.Candidate:
        raise ats.AtsRefused("TalentDesk doesn't accept new candidates.")

    def add_candidate_to_job(self, new: ats.NewCandidate, *, job_id: str) -> ats.Candidate:
        raise ats.AtsRefused("TalentDesk doesn't accept new candidates.")

    def post_note(self, *, candidate_id: str, content: str, before_send: Callable[[], object] | None = None) -> str:
        if before_send:
            before_send()
        self.site.notes.append((candidate_id, content))
        return f"n-{len(self.site.notes)}"

    def note_exists(self, *, candidate_id: str, containing: str) -> bool:
        return any(containing in text for owner, text in self.site.notes if owner == candidate_id)

    def attach_file(
        self, *, candidate_id: str, job_id: str, file: NewFile, before_send: Callable[[], object] | None = None
    ) -> str:
        raise ats.AtsRefused("TalentDesk doesn't accept files.")

    def file_exists(self, *, candidate_id: str, job_id: str, name: str) -> bool:
        return False

    def webhooks(self) -> list[ats.WebhookSubscription]:
        return list(self.site.webhooks.values())

    def webhook(self, webhook_id: str) -> ats.WebhookSubscription:
        return _one(webhook_id, *self.site.webhooks.values())

    def create_webhook(self, url: str) -> str:
        webhook_id = f"w-{len(self.site.webhooks) + 1}"
        self.site.webhooks[webhook_id] = ats.WebhookSubscription(webhook_id, url, active=False, events=("moved",))
        return webhook_id

    def create_signing_key(self, webhook_id: str) -> str:
        self.site.keys[webhook_id] = f"key of {webhook_id}"
        return self.site.keys[webhook_id]

    def activate_webhook(self, webhook_id: str) -> None:
        self.site.webhooks[webhook_id] = replace(self.webhook(webhook_id), active=True)

    def delete_webhook(self, webhook_id: str) -> None:
        self.site.webhooks.pop(webhook_id, None)

    def failed_deliveries(self, webhook_id: str, *, after: datetime) -> list[ats.FailedDelivery]:
        return []


def _one(wanted: str, *known: T) -> T:
    """Return the object with this id. Raises NotVisible."""
    found = next((each for each in known if each.id == wanted), None)
    if found is None:
        raise ats.NotVisible("TalentDesk doesn't have this.")
    return found
