"""The port: what the product asks of an ATS, in plain words. A vendor's folder answers; nothing here knows a vendor."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Company:
    id: str
    name: str


@dataclass(frozen=True)
class Person:
    """A user of the ATS. Addresses there are not validated."""

    id: str
    name: str
    email: str
    active: bool


@dataclass(frozen=True)
class Candidate:
    id: str
    first_name: str
    last_name: str
    email: str
    phone: str


@dataclass(frozen=True)
class Application:
    """One candidate on one job, as it is now. `under_review` is false once decided, or before it began."""

    candidate_id: str
    job_id: str
    application_id: str
    status: str
    step: str
    under_review: bool


@dataclass(frozen=True)
class JobField:
    id: str
    label: str
    text: str


@dataclass(frozen=True)
class Job:
    id: str
    title: str
    creator_id: str
    fields: tuple[JobField, ...]

    def field(self, *, field_id: str, label: str) -> JobField | None:
        """The field with this id; failing that, the one with this label (letter case aside)."""
        by_id = next((f for f in self.fields if field_id and f.id == field_id), None)
        wanted = label.strip().casefold()
        return by_id or next((f for f in self.fields if f.label.strip().casefold() == wanted), None)


@dataclass(frozen=True)
class TeamMember:
    """role: recruiter, coordinator, hiring_manager, or another word of the vendor's."""

    person_id: str
    role: str


@dataclass(frozen=True)
class JobFieldSetting:
    """A job field as the company has configured it."""

    id: str
    label: str
    for_jobs: bool
    active: bool


@dataclass(frozen=True)
class Tokens:
    access: str
    refresh: str
    expires_at: datetime


@dataclass(frozen=True)
class Hook:
    """A webhook subscription at the vendor's."""

    id: str
    url: str
    active: bool


@dataclass(frozen=True)
class Delivered:
    """A webhook delivery whose signature is genuine."""

    event_id: str
    event_name: str
    event_version: str
    signed_at: datetime


class AtsError(Exception):
    """Something the ATS did not do. The sentence is for the admin; a permanent one is not tried again."""

    permanent = True

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NeedsSignIn(AtsError):
    """The grant is gone: only a person can renew it."""


class Forbidden(AtsError):
    """The grant does not cover this. `scope` is the vendor's name of what is missing."""

    def __init__(self, sentence: str, *, scope: str) -> None:
        super().__init__(sentence)
        self.scope = scope


class NotVisible(AtsError):
    """Deleted, never there, or hidden from the connecting user: the vendor does not tell which."""


class Conflict(AtsError):
    """It is so already, or something else stands in the way."""


class Refused(AtsError):
    """The vendor understood and said no. `code` is its word for why."""

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class Malformed(AtsError):
    """The answer is not what the documents promise. Names the place in it."""

    permanent = False


class RateLimited(AtsError):
    permanent = False


class Unavailable(AtsError):
    """No whole answer. `sent` tells whether a write may have happened all the same."""

    permanent = False

    def __init__(self, sentence: str, *, sent: bool = True) -> None:
        super().__init__(sentence)
        self.sent = sent


class Ats(Protocol):
    """One company's ATS, as the connecting user sees it. Every method makes a call or more, and may raise AtsError."""

    def company(self) -> Company: ...
    def me(self) -> Person: ...
    def people(self) -> list[Person]: ...
    def person(self, person_id: str) -> Person: ...
    def job_fields(self) -> list[JobFieldSetting]: ...
    def application(self, *, candidate_id: str, job_id: str) -> Application: ...
    def job(self, job_id: str) -> Job: ...
    def hiring_team(self, job_id: str) -> list[TeamMember]: ...
    def candidate(self, candidate_id: str) -> Candidate: ...
    def post_note(self, *, candidate_id: str, content: str) -> str: ...
    def note_exists(self, *, candidate_id: str, containing: str) -> bool: ...
    def hooks(self) -> list[Hook]: ...
    def create_hook(self, url: str) -> str: ...
    def create_signing_key(self, hook_id: str) -> str: ...
    def activate_hook(self, hook_id: str) -> None: ...
    def delete_hook(self, hook_id: str) -> None: ...


class Vendor(Protocol):
    """What a vendor's folder offers to the registry."""

    key: str
    name: str
    callback_path: str

    def authorize_url(self, *, state: str) -> str: ...
    def exchange(self, *, code: str) -> Tokens: ...
    def refresh(self, refresh_token: str) -> Tokens: ...
    def open(self, tokens: "TokenSource") -> Ats: ...
    def authorize_origin(self) -> str: ...
    def handshake_secret(self, headers: Mapping[str, str]) -> str | None: ...
    def handshake_answer(self, secret: str) -> dict[str, str]: ...
    def read_delivery(self, *, headers: Mapping[str, str], body: bytes, keys: Iterable[str]) -> Delivered | None: ...


class TokenSource(Protocol):
    """Where a client gets its access token, and a newer one when the vendor refused the last."""

    def current(self) -> str: ...
    def newer_than(self, refused: str) -> str | None: ...
