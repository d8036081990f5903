"""Files on applications."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.sandbox.receiver import Receiver
from tests.sandbox.running import Running, refusal
from tests.sandbox.subscribing import subscribe

PDF = b"%PDF-1.7 a report"


def files_url(sandbox: Running, name: str = "Maya Osei", job: str = "Backend Engineer") -> str:
    return f"/candidates/{sandbox.candidate(name)}/jobs/{sandbox.job(job)}/attachments"


def upload(
    api: httpx.Client, url: str, name: str = "report.pdf", content: bytes = PDF, kind: str = "GENERIC_FILE"
) -> httpx.Response:
    return api.post(url, data={"attachmentType": kind}, files={"file": (name, content, "application/pdf")})


def test_a_file_is_uploaded_listed_downloaded_and_deleted(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, events=["application.attachment.created"])
    api, url = sandbox.admin(), files_url(sandbox)
    made = upload(api, url, "Bericht Zoë.pdf")
    assert made.status_code == 201, made.text
    found = made.json()
    assert (found["name"], found["type"], found["contentType"]) == (
        "Bericht Zoë.pdf",
        "GENERIC_FILE",
        "application/pdf",
    )
    assert api.get(url).json() == {"totalFound": 1, "content": [found]}
    assert api.get(f"/candidates/{sandbox.candidate('Maya Osei')}/attachments").json()["totalFound"] == 1
    download = api.get(found["actions"]["download"]["url"])
    assert (download.content, download.headers["content-type"]) == (PDF, "application/pdf")
    assert download.headers["content-disposition"].startswith("attachment;")
    sandbox.settle()
    (got,) = receiver.callbacks
    assert json.loads(got.body)["attachment_id"] == found["id"]
    assert set(json.loads(got.body)) == {"job_id", "candidate_id", "application_id", "attachment_id"}
    assert found["actions"]["remove"]["method"] == "DELETE"
    assert api.delete(found["actions"]["remove"]["url"]).status_code == 204
    assert refusal(api.get(found["actions"]["download"]["url"])) == (404, "FILE_NOT_FOUND")
    assert refusal(api.delete(found["actions"]["remove"]["url"])) == (404, "FILE_NOT_FOUND")
    assert api.get(url).json()["totalFound"] == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report.exe", b"MZ"),
        ("report", PDF),
        ("pdf", PDF),
        ("report.pdf", b"not a document"),
        ("report.docx", PDF),
        ("report.pdf", b""),
        ("a/b.pdf", PDF),
        ("x" * 252 + ".pdf", PDF),
    ],
)
def test_a_file_of_a_wrong_or_damaged_type_is_refused(sandbox: Running, name: str, content: bytes) -> None:
    assert refusal(upload(sandbox.admin(), files_url(sandbox), name, content)) == (400, "INVALID_FILE")


def test_a_second_file_of_the_same_name_on_an_application_is_refused(sandbox: Running) -> None:
    api = sandbox.admin()
    assert upload(api, files_url(sandbox)).status_code == 201
    assert refusal(upload(api, files_url(sandbox), content=PDF + b"2")) == (400, "FILE_ALREADY_EXIST")
    assert upload(api, files_url(sandbox), "another.pdf").status_code == 201
    assert upload(api, files_url(sandbox, "Inês Duarte", "Data Analyst")).status_code == 201


def test_a_file_above_the_size_limit_is_refused(sandbox: Running) -> None:
    sandbox.act("switches", attachment_max_bytes=1000)
    api, url = sandbox.admin(), files_url(sandbox)
    assert upload(api, url, content=PDF + b"x" * (1000 - len(PDF))).status_code == 201
    assert refusal(upload(api, url, "b.pdf", PDF + b"x" * 1000)) == (413, "PAYLOAD_TOO_LARGE")
    assert refusal(upload(api, url, "c.pdf", PDF + b"x" * 200_000)) == (413, "PAYLOAD_TOO_LARGE")


def test_an_application_has_a_limited_number_of_files(sandbox: Running) -> None:
    sandbox.act("switches", attachment_limit=1)
    api, url = sandbox.admin(), files_url(sandbox)
    assert upload(api, url).status_code == 201
    assert refusal(upload(api, url, "b.pdf")) == (422, "ATTACHMENT_LIMIT_EXCEEDED")


def test_someone_not_on_the_job_can_neither_see_nor_change_its_files(sandbox: Running) -> None:
    analyst = files_url(sandbox, "Inês Duarte", "Data Analyst")
    file = upload(sandbox.admin(), analyst).json()["id"]
    priya = sandbox.as_user("Priya Nair")
    assert refusal(upload(priya, analyst)) == (403, "PERMISSION_DENIED")
    assert refusal(priya.get(analyst)) == (403, "PERMISSION_DENIED")
    assert refusal(priya.get(f"/candidates/attachments/{file}")) == (403, "PERMISSION_DENIED")
    assert refusal(priya.delete(f"/candidates/attachments/{file}")) == (403, "PERMISSION_DENIED")
    assert priya.get(f"/candidates/{sandbox.candidate('Inês Duarte')}/attachments").json()["totalFound"] == 0
    assert refusal(upload(priya, files_url(sandbox, job="Sales Lead"))) == (404, "JOB_NOT_FOUND")
    assert refusal(priya.get(files_url(sandbox, job="Sales Lead"))) == (404, "JOB_NOT_FOUND")


def test_a_file_found_to_be_malicious_cannot_be_downloaded(sandbox: Running) -> None:
    api = sandbox.admin()
    file = upload(api, files_url(sandbox)).json()["id"]
    sandbox.act("quarantine", attachment_id=file)
    assert refusal(api.get(f"/candidates/attachments/{file}")) == (403, "MALWARE_DETECTED")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"x"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"),
    ],
)
def test_an_unreadable_form_gets_an_error(sandbox: Running, content_type: str, body: bytes) -> None:
    answer = sandbox.admin().post(files_url(sandbox), content=body, headers={"Content-Type": content_type})
    assert refusal(answer) == (400, "BAD_REQUEST")


def test_both_the_type_and_the_file_are_required(sandbox: Running) -> None:
    api, url = sandbox.admin(), files_url(sandbox)
    assert refusal(upload(api, url, kind="REPORT")) == (400, "BAD_REQUEST")
    assert refusal(api.post(url, files={"file": ("a.pdf", PDF)})) == (400, "BAD_REQUEST")
    no_file = {"attachmentType": (None, "GENERIC_FILE")}
    assert refusal(api.post(url, files=no_file)) == (400, "BAD_REQUEST")


def test_a_recruiter_finds_the_file_on_the_profile(sandbox: Running) -> None:
    upload(sandbox.admin(), files_url(sandbox), "<b>report.pdf")
    page = sandbox.http.get(f"/console/candidates/{sandbox.candidate('Maya Osei')}").text
    assert "&lt;b&gt;report" in page
    (file,) = sandbox.profile("Maya Osei")["attachments"]
    saved = sandbox.http.get(f"/console/attachments/{file['id']}")
    assert saved.content == PDF
    assert saved.headers["content-security-policy"].startswith("sandbox")
    assert sandbox.http.get("/console/attachments/none").status_code == 404
