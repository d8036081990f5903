"""Jobs API (developers.smartrecruiters.com/reference/jobsall)."""

from django.utils.translation import gettext as _

from connectors import ats
from connectors.smartrecruiters.answer import Node, as_text, read_each
from connectors.smartrecruiters.client import Client, Operation
from crosschq.core.text.lengths import ATS_ID, ATS_JOB_TITLE, ATS_NAME, ATS_STATUS

READ = ("jobs_read",)
ALL = Operation("GET", "/jobs", READ)
ONE = Operation("GET", "/jobs/{jobId}", READ)
HIRING_TEAM = Operation("GET", "/jobs/{jobId}/hiring-team", READ)
CLOSED = ("FILLED", "CANCELLED")


class Jobs:
    client: Client

    def jobs(self) -> list[ats.JobSummary]:
        """jobs.all, all pages. Sorting by job_id enables the cursor; the default order pages by a slow offset."""
        return read_each(self.client.pages(ALL, params={"limit": "100", "sort": "job_id"}), _summary)

    def job(self, job_id: str) -> ats.Job:
        """jobs.get"""
        found = self.client.ask(ONE, {"jobId": job_id})
        found.expect("id", job_id)
        return ats.Job(
            id=found.id(),
            title=_title(found),
            creator_id=found.part("creator").id(default=""),
            fields=tuple(read_each(found.each("properties", required=False), _field)),
        )

    def hiring_team(self, job_id: str) -> list[ats.TeamMember]:
        """jobs.hiring-team.get. Members come without names; the Users API has them."""
        return read_each(self.client.ask(HIRING_TEAM, {"jobId": job_id}).each("content"), _member)


def _summary(item: Node) -> ats.JobSummary:
    status = item.text("status", default="", most=ATS_STATUS)
    return ats.JobSummary(
        item.id(),
        _title(item),
        status,
        open=status not in CLOSED,
        ref_number=item.text("refNumber", default="", most=ATS_ID),
        city=item.part("location").text("city", default="", most=ATS_NAME),
    )


def _title(item: Node) -> str:
    title = item.text("title", default="", most=ATS_JOB_TITLE)
    return title or item.text("refNumber", default="", most=ATS_ID) or _("Untitled job")


def _field(item: Node) -> ats.JobField:
    """Free text is in `value.label`, or is the value itself. An unset field has an empty value or none."""
    value = item.part("value")
    written = value.text("label", default="") if value.value else as_text(item.value.get("value"))
    return ats.JobField(id=item.id(default=""), label=item.text("label", default=""), text=written)


def _member(item: Node) -> ats.TeamMember:
    """Convert a member.

    Companies can rename and add roles: “Hiring Manager” becomes hiring_manager. A role may be missing.
    """
    role = item.text("role", default="")
    return ats.TeamMember(user_id=item.id(), role="_".join(role.casefold().replace("-", " ").split()))
