"""Candidates API, what is read of it (developers.smartrecruiters.com/reference/candidatesall)."""

from datetime import UTC, datetime
from itertools import islice

from connectors import ats

from .answer import Node
from .client import Client, Operation, Params

READ = ("candidates_read",)
# developers.smartrecruiters.com/docs/rate-limiting: one search in flight.
SEARCH = Operation("GET", "/candidates", READ, exclusive=True)
ONE = Operation("GET", "/candidates/{id}", READ)
APPLICATION = Operation("GET", "/candidates/{id}/jobs/{jobId}", READ)
HISTORY = Operation("GET", "/candidates/{id}/jobs/{jobId}/status/history", ("candidates_read", "candidate_status_read"))
# Steps exist under these three; the others are before the process or after its end.
UNDER_REVIEW = ("IN_REVIEW", "INTERVIEW", "OFFERED")
TURNED_DOWN = ("REJECTED", "WITHDRAWN")


class Candidates:
    client: Client

    def candidate(self, candidate_id: str) -> ats.Candidate:
        """candidates.get"""
        found = self.client.ask(ONE, {"id": candidate_id})
        found.same("id", candidate_id)
        return candidate(found)

    def application(self, *, candidate_id: str, job_id: str) -> ats.Application:
        """candidates.getApplication. The answer names neither the candidate nor the job."""
        found = self.client.ask(APPLICATION, {"id": candidate_id, "jobId": job_id})
        status = found.text("status")
        return ats.Application(
            candidate_id=candidate_id,
            job_id=job_id,
            application_id=found.text("applicationId", default=""),
            status=status,
            step=found.text("subStatus", default=""),
            under_review=status in UNDER_REVIEW,
            turned_down=status in TURNED_DOWN,
        )

    def history(self, *, candidate_id: str, job_id: str) -> list[ats.Change]:
        """candidates.status.history.getForJob, oldest first; the vendor promises no order."""
        items = self.client.ask(HISTORY, {"id": candidate_id, "jobId": job_id}).each("content")
        changes = [
            ats.Change(item.moment("changedOn"), item.text("status"), item.text("subStatus", default=""))
            for item in items
        ]
        return sorted(changes, key=lambda change: change.at)

    def at_step(self, step: str, *, updated_after: datetime | None = None) -> list[ats.Found]:
        """candidates.all: who stands at a step in any of their applications."""
        params: dict[str, str | list[str]] = {"status": list(UNDER_REVIEW), "subStatus": step}
        if updated_after:
            params["updatedAfter"] = vendor_time(updated_after)
        return self._search(params)

    def search(self, text: str, *, job_id: str = "", most: int | None = None) -> list[ats.Found]:
        """candidates.all by keyword, the first `most` of them. Lists only candidates with an application."""
        return self._search(({"q": text} if text else {}) | ({"jobId": job_id} if job_id else {}), most)

    def _search(self, params: Params, most: int | None = None) -> list[ats.Found]:
        items = self.client.pages(SEARCH, params={"limit": "100", **params})
        return [_found(item) for item in islice(items, most)]


def candidate(found: Node) -> ats.Candidate:
    return ats.Candidate(
        id=found.text("id"),
        first_name=found.text("firstName", default=""),
        last_name=found.text("lastName", default=""),
        email=found.text("email", default=""),
        phone=found.text("phoneNumber", default=""),
        job_ids=tuple(one.part("job").text("id") for one in _assignments(found) if one.has("job")),
        created_at=found.moment("createdOn") if found.has("createdOn") else None,
    )


def vendor_time(moment: datetime) -> str:
    """A time for a filter, to the millisecond: 2026-01-31T09:00:00.000Z"""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _assignments(item: Node) -> list[Node]:
    """The primary one first. In the talent pool it names no job."""
    assignments = [item.part("primaryAssignment")] if item.has("primaryAssignment") else []
    return assignments + item.each("secondaryAssignments", required=False)


def _found(item: Node) -> ats.Found:
    return ats.Found(
        id=item.text("id"),
        first_name=item.text("firstName", default=""),
        last_name=item.text("lastName", default=""),
        email=item.text("email", default=""),
        job_ids=tuple(one.part("job", required=True).text("id") for one in _assignments(item)),
        tags=item.texts("tags", required=False),
    )
