"""SmartRecruiters behind the port: which call answers which question."""

from collections.abc import Iterable, Mapping
from typing import TypeVar
from urllib.parse import quote, urlsplit

from django.conf import settings

from connectors import ats

from . import mapping, oauth, signature
from .client import Client, listed, malformed, text

EVENTS = ("application.status.updated",)
HANDSHAKE = "X-Hook-Secret"
USERS = "/user-api/v201804/users"
SUBSCRIPTIONS = "/webhooks-api/v201907/subscriptions"
T = TypeVar("T")


class SmartRecruiters:
    """The vendor, for the registry."""

    key = "smartrecruiters"
    name = "SmartRecruiters"
    callback_path = oauth.CALLBACK_PATH

    def authorize_url(self, *, state: str) -> str:
        return oauth.authorize_url(state=state)

    def authorize_origin(self) -> str:
        parts = urlsplit(settings.SMARTRECRUITERS["authorize_url"])
        return f"{parts.scheme}://{parts.netloc}"

    def exchange(self, *, code: str) -> ats.Tokens:
        return oauth.exchange(code=code)

    def refresh(self, refresh_token: str) -> ats.Tokens:
        return oauth.refresh(refresh_token)

    def handshake_secret(self, headers: Mapping[str, str]) -> str | None:
        """Sent once, during activation: …/docs/activating-webhook-subscriptions"""
        return headers.get(HANDSHAKE)

    def handshake_answer(self, secret: str) -> dict[str, str]:
        return {HANDSHAKE: secret}

    def read_delivery(self, *, headers: Mapping[str, str], body: bytes, keys: Iterable[str]) -> ats.Delivered | None:
        return signature.read_delivery(headers=headers, body=body, keys=keys)

    def open(self, tokens: ats.TokenSource) -> ats.Ats:
        return SmartRecruitersAts(Client(api_url=settings.SMARTRECRUITERS["api_url"], tokens=tokens))


class SmartRecruitersAts:
    """The Customer API: developers.smartrecruiters.com/reference. Each method names its operation."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def company(self) -> ats.Company:
        """GET /configuration/company"""
        return mapping.company(self.client.get("/configuration/company", scope="configuration_read"))

    def me(self) -> ats.Person:
        """GET /users/me"""
        return mapping.person(self.client.get(f"{USERS}/me", scope="user_me_read"))

    def people(self) -> list[ats.Person]:
        """GET /users, all pages"""
        return [mapping.person(item) for item in self.client.pages(USERS, scope="users_read", params={"limit": "100"})]

    def person(self, person_id: str) -> ats.Person:
        """GET /users/{id}"""
        return mapping.person(self.client.get(f"{USERS}/{_id(person_id)}", scope="users_read"))

    def job_fields(self) -> list[ats.JobFieldSetting]:
        """GET /configuration/job-properties"""
        return mapping.job_fields(self.client.get("/configuration/job-properties", scope="configuration_read"))

    def application(self, *, candidate_id: str, job_id: str) -> ats.Application:
        """GET /candidates/{id}/jobs/{jobId}"""
        body = self.client.get(f"/candidates/{_id(candidate_id)}/jobs/{_id(job_id)}", scope="candidates_read")
        return mapping.application(body, candidate_id=candidate_id, job_id=job_id)

    def job(self, job_id: str) -> ats.Job:
        """GET /jobs/{jobId}"""
        found = mapping.job(self.client.get(f"/jobs/{_id(job_id)}", scope="jobs_read"))
        return _same(found, found.id, job_id)

    def hiring_team(self, job_id: str) -> list[ats.TeamMember]:
        """GET /jobs/{jobId}/hiring-team"""
        return mapping.hiring_team(self.client.get(f"/jobs/{_id(job_id)}/hiring-team", scope="jobs_read"))

    def candidate(self, candidate_id: str) -> ats.Candidate:
        """GET /candidates/{id}"""
        found = mapping.candidate(self.client.get(f"/candidates/{_id(candidate_id)}", scope="candidates_read"))
        return _same(found, found.id, candidate_id)

    def post_note(self, *, candidate_id: str, content: str) -> str:
        """POST /messages/shares, as an open note. The tag #[CANDIDATE:id] puts it on the profile; returns its id."""
        note = {"content": f"#[CANDIDATE:{_id(candidate_id)}] {content}", "shareWith": {"openNote": True}}
        body = self.client.post("/messages/shares", scope="messages_write", body=note)
        return text(body, "id")

    def note_exists(self, *, candidate_id: str, containing: str) -> bool:
        """GET /messages?candidateId: only an administrator's grant may read it. Looks at the newest hundred."""
        params = {"candidateId": candidate_id, "limit": "100"}
        notes = self.client.get("/messages", scope="messages_read", params=params)
        if not isinstance(notes, list):
            raise malformed("$")
        return any(containing in text(note, "content", required=False) for note in notes)

    def hooks(self) -> list[ats.Hook]:
        """GET /subscriptions; twenty is the vendor's most, so one page holds them"""
        found = self.client.get(SUBSCRIPTIONS, scope="webhooks_read", params={"limit": "100"})
        return [mapping.hook(item) for item in (found if isinstance(found, list) else listed(found, "content"))]

    def create_hook(self, url: str) -> str:
        """POST /subscriptions"""
        body: dict[str, object] = {"callbackUrl": url, "events": list(EVENTS)}
        if settings.SMARTRECRUITERS["alert_email"]:
            body["alertingEmailAddress"] = settings.SMARTRECRUITERS["alert_email"]
        return text(self.client.post(SUBSCRIPTIONS, scope="webhooks_manage", body=body), "id")

    def create_signing_key(self, hook_id: str) -> str:
        """POST /subscriptions/{id}/secret-key"""
        body = self.client.post(f"{SUBSCRIPTIONS}/{_id(hook_id)}/secret-key", scope="webhooks_manage")
        return text(body, "secretKey")

    def activate_hook(self, hook_id: str) -> None:
        """PUT /subscriptions/{id}/activation. The vendor calls us back meanwhile. Active already is well."""
        try:
            self.client.put(f"{SUBSCRIPTIONS}/{_id(hook_id)}/activation", scope="webhooks_manage")
        except ats.Conflict:
            return

    def delete_hook(self, hook_id: str) -> None:
        """DELETE /subscriptions/{id}. Gone already is well."""
        try:
            self.client.delete(f"{SUBSCRIPTIONS}/{_id(hook_id)}", scope="webhooks_manage")
        except ats.NotVisible:
            return


def _id(value: str) -> str:
    """An id from outside as one path segment, whatever it contains."""
    return quote(value, safe="")


def _same(found: T, got: str, asked: str) -> T:
    """The answer to the question that was asked, not another object's."""
    if got != asked:
        raise malformed("id")
    return found
