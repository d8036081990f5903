"""Candidates API, read operations (developers.smartrecruiters.com/reference/candidatesall)."""

from datetime import UTC, datetime
from itertools import islice

from connectors import ats
from connectors.smartrecruiters.answer import Node, read_each
from connectors.smartrecruiters.client import Client, Operation, Params
from crosschq.core.text.lengths import ATS_NAME, ATS_STATUS, PART_OF_NAME, PHONE, fitted
from crosschq.core.text.person_names import tidy_name

READ = ("candidates_read",)
# developers.smartrecruiters.com/docs/rate-limiting: one search in flight at a time.
SEARCH = Operation("GET", "/candidates", READ, exclusive=True)
ONE = Operation("GET", "/candidates/{id}", READ)
APPLICATION = Operation("GET", "/candidates/{id}/jobs/{jobId}", READ)
HISTORY = Operation("GET", "/candidates/{id}/jobs/{jobId}/status/history", ("candidates_read", "candidate_status_read"))
# Only these three statuses have steps. The others come before the hiring process or end it.
UNDER_REVIEW = ("IN_REVIEW", "INTERVIEW", "OFFERED")
TURNED_DOWN = ("REJECTED", "WITHDRAWN")


class Candidates:
    client: Client

    def candidate(self, candidate_id: str) -> ats.Candidate:
        """candidates.get. A response with another id is the profile that this one was merged into."""
        return candidate(self.client.ask(ONE, {"id": candidate_id}))

    def application(self, *, candidate_id: str, job_id: str) -> ats.Application:
        """candidates.getApplication. The response names neither the candidate nor the job."""
        found = self.client.ask(APPLICATION, {"id": candidate_id, "jobId": job_id})
        status = found.text("status", most=ATS_STATUS)
        return ats.Application(
            candidate_id=candidate_id,
            job_id=job_id,
            application_id=found.id("applicationId", default=""),
            status=status,
            step=found.text("subStatus", default="", most=ATS_NAME),
            under_review=status in UNDER_REVIEW,
            turned_down=status in TURNED_DOWN,
        )

    def history(self, *, candidate_id: str, job_id: str) -> list[ats.StatusChange]:
        """candidates.status.history.getForJob, sorted oldest first.

        The vendor promises no order. Changes of the same millisecond keep the one that the rest of the list has.
        """
        items = self.client.ask(HISTORY, {"id": candidate_id, "jobId": job_id}).each("content")
        listed = read_each(items, _change)
        if listed and listed[0].at > listed[-1].at:
            listed.reverse()
        return sorted(listed, key=lambda change: change.at)

    def at_step(self, step: str, *, updated_after: datetime | None = None) -> list[ats.CandidateSummary]:
        """candidates.all: candidates at this step in any of their applications"""
        params: dict[str, str | list[str]] = {"status": list(UNDER_REVIEW), "subStatus": step}
        if updated_after:
            params["updatedAfter"] = vendor_time(updated_after)
        return self._search(params)

    def search(self, text: str, *, job_id: str = "", most: int | None = None) -> list[ats.CandidateSummary]:
        """candidates.all by keyword, `most` results at most. Lists only candidates with an application."""
        return self._search(({"q": text} if text else {}) | ({"jobId": job_id} if job_id else {}), most)

    def _search(self, params: Params, most: int | None = None) -> list[ats.CandidateSummary]:
        items = self.client.pages(SEARCH, params={"limit": "100", **params})
        return read_each(islice(items, most), _summary)


def candidate(found: Node) -> ats.Candidate:
    first_name, last_name = names_of(found)
    return ats.Candidate(
        id=found.id(),
        first_name=first_name,
        last_name=last_name,
        email=found.email(),
        phone=_phone(found),
        job_ids=_job_ids(found),
        created_at=found.moment_or_none("createdOn"),
    )


def names_of(item: Node) -> tuple[str, str]:
    """The first and the last name, each short enough to be stored.

    Empty for a text that isn't a name, such as a dot.
    """
    first, last = (tidy_name(item.text(key, default="")) for key in ("firstName", "lastName"))
    return fitted(first, PART_OF_NAME), fitted(last, PART_OF_NAME)


def vendor_time(moment: datetime) -> str:
    """Format a time for a query parameter: 2026-01-31T09:00:00.000Z"""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _phone(item: Node) -> str:
    """Return a phone number as it was typed; empty if it is too long to be one."""
    typed = item.text("phoneNumber", default="")
    return typed if len(typed) <= PHONE else ""


def _job_ids(item: Node) -> tuple[str, ...]:
    """The jobs of the assignments, primary first. An assignment to the talent pool has none."""
    others = item.each("secondaryAssignments", required=False)
    found = [item.part("primaryAssignment"), *(each for each in others if isinstance(each.value, dict))]
    return tuple(job_id for each in found if (job_id := each.part("job").id(default="")))


def _change(item: Node) -> ats.StatusChange:
    status = item.text("status", most=ATS_STATUS)
    return ats.StatusChange(
        at=item.moment("changedOn"),
        status=status,
        step=item.text("subStatus", default="", most=ATS_NAME),
        under_review=status in UNDER_REVIEW,
        turned_down=status in TURNED_DOWN,
    )


def _summary(item: Node) -> ats.CandidateSummary:
    first_name, last_name = names_of(item)
    return ats.CandidateSummary(
        id=item.id(),
        first_name=first_name,
        last_name=last_name,
        email=item.email(),
        job_ids=_job_ids(item),
        tags=item.texts("tags", required=False),
    )
