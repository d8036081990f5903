"""Candidates API: files on applications (developers.smartrecruiters.com/reference/candidatesattachmentsaddforjob-1)."""

from collections.abc import Callable

from connectors.ats_files import NewFile
from connectors.smartrecruiters.answer import Node, read_each
from connectors.smartrecruiters.client import Client, Operation

ADD = Operation("POST", "/candidates/{id}/jobs/{jobId}/attachments", ("candidates_create",))
LIST = Operation("GET", "/candidates/{id}/jobs/{jobId}/attachments", ("candidates_read",))


class Attachments:
    client: Client

    def attach_file(
        self,
        *,
        candidate_id: str,
        job_id: str,
        file: NewFile,
        before_send: Callable[[], object] | None = None,
    ) -> str:
        """candidates.attachments.addForJob. Returns the file's id, which may be empty."""
        ids = {"id": candidate_id, "jobId": job_id}
        return self.client.upload(ADD, ids, file=file, before_send=before_send).id(default="")

    def file_exists(self, *, candidate_id: str, job_id: str, name: str) -> bool:
        """candidates.attachments.listForJob: whether one of the application's files has this name."""
        files = self.client.ask(LIST, {"id": candidate_id, "jobId": job_id}).each("content")
        return name in read_each(files, _name)


def _name(file: Node) -> str:
    return file.text("name", default="", most=None)
