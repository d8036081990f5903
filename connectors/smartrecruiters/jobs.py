"""Jobs API (developers.smartrecruiters.com/reference/jobsall)."""

from connectors import ats

from .answer import Node
from .client import Client, Operation

READ = ("jobs_read",)
ALL = Operation("GET", "/jobs", READ)
ONE = Operation("GET", "/jobs/{jobId}", READ)
HIRING_TEAM = Operation("GET", "/jobs/{jobId}/hiring-team", READ)
CLOSED = ("FILLED", "CANCELLED")
ROLES = {"RECRUITER": "recruiter", "COORDINATOR": "coordinator", "HIRING_MANAGER": "hiring_manager"}


class Jobs:
    client: Client

    def jobs(self) -> list[ats.JobSummary]:
        """jobs.all, all pages. The cursor takes this order; the default one pages by a slow offset."""
        items = self.client.pages(ALL, params={"limit": "100", "sort": "job_id"})
        return [_summary(item) for item in items]

    def job(self, job_id: str) -> ats.Job:
        """jobs.get"""
        found = self.client.ask(ONE, {"jobId": job_id})
        found.same("id", job_id)
        return ats.Job(
            id=found.text("id"),
            title=found.text("title"),
            creator_id=found.part("creator").text("id", default=""),
            fields=tuple(_field(item) for item in found.each("properties", required=False)),
        )

    def hiring_team(self, job_id: str) -> list[ats.TeamMember]:
        """jobs.hiring-team.get. Members have no name there: their users have."""
        return [_member(item) for item in self.client.ask(HIRING_TEAM, {"jobId": job_id}).each("content")]


def _summary(item: Node) -> ats.JobSummary:
    status = item.text("status")
    return ats.JobSummary(
        item.text("id"),
        item.text("title"),
        status,
        open=status not in CLOSED,
        ref_number=item.text("refNumber", default=""),
        city=item.part("location").text("city", default=""),
    )


def _field(item: Node) -> ats.JobField:
    """A free text stands in `value.label`, without an id; an unset field has an empty value or is left out."""
    written = item.part("value").text("label", default="")
    return ats.JobField(id=item.text("id"), label=item.text("label", default=""), text=written)


def _member(item: Node) -> ats.TeamMember:
    role = item.text("role")
    return ats.TeamMember(person_id=item.text("id"), role=ROLES.get(role, role.lower()))
