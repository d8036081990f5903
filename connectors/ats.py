"""The port: what the product asks of an ATS, in plain words. A vendor's folder answers; nothing here knows a vendor."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connectors.rates import Budget, Limiter


@dataclass(frozen=True)
class Company:
    id: str
    name: str


@dataclass(frozen=True)
class AtsUser:
    """A user of the ATS. Addresses there are not validated."""

    id: str
    name: str
    email: str
    active: bool


@dataclass(frozen=True)
class Candidate:
    """A profile. Read under the id of one that was merged away, it has the id of the one that stays."""

    id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    job_ids: tuple[str, ...] = ()  # none: in the talent pool
    created_at: datetime | None = None


@dataclass(frozen=True)
class Application:
    """One candidate on one job, as it is now. `under_review` is false once decided, or before it began."""

    candidate_id: str
    job_id: str
    application_id: str
    status: str
    step: str
    under_review: bool
    turned_down: bool  # by either side


@dataclass(frozen=True)
class StatusChange:
    """An entry in the history of an application."""

    at: datetime
    status: str
    step: str
    under_review: bool = False
    turned_down: bool = False


@dataclass(frozen=True)
class CandidateSummary:
    """A candidate as a search lists them, with the jobs they applied to, the primary one first."""

    id: str
    first_name: str
    last_name: str
    email: str
    job_ids: tuple[str, ...]
    tags: tuple[str, ...] = ()


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
class JobSummary:
    """A job as a list shows it: without its fields and its creator. `open`: candidates can still be moved in it."""

    id: str
    title: str
    status: str
    open: bool = True
    ref_number: str = ""
    city: str = ""


@dataclass(frozen=True)
class TeamMember:
    """role: recruiter, coordinator, hiring_manager, or another word of the vendor's."""

    user_id: str
    role: str


@dataclass(frozen=True)
class JobFieldSetting:
    """A job field as the company has configured it. `public`: shown to candidates too, and not to the team alone."""

    id: str
    label: str
    for_jobs: bool
    active: bool
    public: bool = False

    @property
    def usable(self) -> bool:
        """Whether jobs show it, so that a tag can be written into it."""
        return self.for_jobs and self.active


@dataclass(frozen=True)
class FieldChoice:
    """A value that a job field offers; a free-text field offers none."""

    id: str
    label: str
    archived: bool


@dataclass(frozen=True)
class Step:
    """A step of a hiring process; `status` is the vendor's word for the stage it belongs to."""

    status: str
    name: str


@dataclass(frozen=True)
class HiringProcess:
    id: str
    name: str
    active: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class SourceType:
    id: str
    label: str
    subtypes: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """Where a candidate can be said to come from, as the company has configured it."""

    type_id: str
    id: str
    label: str = ""
    subtype_id: str = ""


@dataclass(frozen=True)
class NewCandidate:
    first_name: str
    last_name: str
    email: str
    phone: str = ""
    employer: str = ""
    title: str = ""
    tags: tuple[str, ...] = ()
    source: Source | None = None


@dataclass(frozen=True)
class File:
    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Attachment:
    id: str
    name: str
    content_type: str


@dataclass(frozen=True)
class Tokens:
    access: str
    refresh: str
    expires_at: datetime


@dataclass(frozen=True)
class WebhookSubscription:
    """A webhook subscription at the vendor's."""

    id: str
    url: str
    active: bool
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class FailedDelivery:
    """One try of the vendor's to deliver an event that failed, from its log."""

    at: datetime
    event_id: str
    event_name: str
    event_version: str
    body: str


@dataclass(frozen=True)
class AtsEvent:
    """What a webhook event reports. `kind`: moved (a candidate on a job), job_changed, team_changed, or other."""

    kind: str
    candidate_id: str = ""
    job_id: str = ""
    application_id: str = ""


@dataclass(frozen=True)
class LinkTarget:
    """What a link into the ATS points to. `kind`: candidate, application, or other."""

    kind: str
    candidate_id: str = ""
    job_id: str = ""


@dataclass(frozen=True)
class VerifiedDelivery:
    """A webhook delivery whose signature is genuine."""

    event_id: str
    event_name: str
    event_version: str
    signed_at: datetime


class AtsError(Exception):
    """What the ATS did not do, in a sentence for the admin; `code`: its word. A permanent one is not tried again."""

    permanent = True

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


class NeedsSignIn(AtsError):
    """The grant is gone: only a person can renew it."""


class Forbidden(AtsError):
    """The grant does not cover this. `scope` is the vendor's name of what it takes; "a or b" where either is enough."""

    def __init__(self, sentence: str, *, scope: str, code: str = "") -> None:
        super().__init__(sentence, code=code)
        self.scope = scope


class NotVisible(AtsError):
    """Deleted, never there, or hidden from the connecting user: the vendor does not tell which."""


class Conflict(AtsError):
    """It is so already, or something else stands in the way."""


class AtsRefused(AtsError):
    """The vendor understood and said no."""

    def __init__(self, sentence: str, *, code: str = "", permanent: bool = True) -> None:
        super().__init__(sentence, code=code)
        self.permanent = permanent


class SourceRefused(AtsRefused):
    """The source that was named is gone, or its name is not enough to tell it from another."""


class Malformed(AtsError):
    """The answer is not what the documents promise. `path` is the place in it (RFC 9535), such as `$.content[3].id`.

    What is no JSON at all comes of a fault on the way, and is asked for again; a part that is missing stays missing.
    """

    def __init__(self, sentence: str, *, path: str) -> None:
        super().__init__(sentence)
        self.path = path
        self.permanent = path != "$"


class RateLimited(AtsError):
    """Too many calls. `seconds` is how long to wait, where the vendor's headers tell."""

    permanent = False

    def __init__(self, sentence: str, *, code: str = "", seconds: float | None = None) -> None:
        super().__init__(sentence, code=code)
        self.seconds = seconds


class Unavailable(AtsError):
    """No whole answer. `sent` tells whether a write may have happened all the same."""

    permanent = False

    def __init__(self, sentence: str, *, code: str = "", sent: bool = True) -> None:
        super().__init__(sentence, code=code)
        self.sent = sent


class Ats(Protocol):
    """One company's ATS, as the connecting user sees it. Every method makes a call or more, and may raise AtsError."""

    def company(self) -> Company: ...
    def me(self) -> AtsUser: ...
    def users(self) -> list[AtsUser]: ...
    def user(self, user_id: str) -> AtsUser: ...
    def job_fields(self) -> list[JobFieldSetting]: ...
    def job_field_choices(self, field_id: str) -> list[FieldChoice]: ...
    def hiring_processes(self) -> list[HiringProcess]: ...
    def source_types(self) -> list[SourceType]: ...
    def sources(self, type_id: str, *, subtype_id: str = "") -> list[Source]: ...
    def jobs(self) -> list[JobSummary]: ...
    def job(self, job_id: str) -> Job: ...
    def hiring_team(self, job_id: str) -> list[TeamMember]: ...
    def candidate(self, candidate_id: str) -> Candidate: ...
    def application(self, *, candidate_id: str, job_id: str) -> Application: ...
    def history(self, *, candidate_id: str, job_id: str) -> list[StatusChange]: ...
    def at_step(self, step: str, *, updated_after: datetime | None = None) -> list[CandidateSummary]: ...
    def search(self, text: str, *, job_id: str = "", most: int | None = None) -> list[CandidateSummary]: ...
    def add_candidate(self, new: NewCandidate) -> Candidate: ...
    def add_candidate_to_job(self, new: NewCandidate, *, job_id: str) -> Candidate: ...
    def tags(self, candidate_id: str) -> list[str]: ...
    def add_tags(self, candidate_id: str, tags: Sequence[str]) -> list[str]: ...
    def attachments(self, *, candidate_id: str, job_id: str) -> list[Attachment]: ...
    def attach(self, file: File, *, candidate_id: str, job_id: str) -> Attachment: ...
    def post_note(self, *, candidate_id: str, content: str) -> str: ...
    def note_exists(self, *, candidate_id: str, containing: str) -> bool: ...
    def webhooks(self) -> list[WebhookSubscription]: ...
    def webhook(self, webhook_id: str) -> WebhookSubscription: ...
    def create_webhook(self, url: str) -> str: ...
    def create_signing_key(self, webhook_id: str) -> str: ...
    def newest_signing_key(self, webhook_id: str) -> str: ...
    def activate_webhook(self, webhook_id: str) -> None: ...
    def delete_webhook(self, webhook_id: str) -> None: ...
    def failed_deliveries(self, webhook_id: str, *, after: datetime) -> list[FailedDelivery]: ...


class Vendor(Protocol):
    """What a vendor's folder offers to the registry."""

    key: str
    name: str  # heads its pages
    product: str  # what texts call it
    events: tuple[str, ...]

    @property
    def offered(self) -> bool: ...

    def authorize_url(self, *, state: str) -> str: ...
    def exchange(self, *, code: str) -> Tokens: ...
    def refresh(self, refresh_token: str) -> Tokens: ...
    def open(self, tokens: "TokenSource", limiter: Limiter | None = None) -> Ats: ...
    def authorize_origin(self) -> str: ...
    def budget(self) -> Budget: ...
    def handshake_secret(self, headers: Mapping[str, str]) -> str | None: ...
    def handshake_answer(self, secret: str) -> dict[str, str]: ...
    def read_delivery(
        self, *, headers: Mapping[str, str], body: bytes, keys: Iterable[str]
    ) -> VerifiedDelivery | None: ...
    def parse_event(self, event_name: str, body: bytes) -> AtsEvent: ...
    def parse_link(self, text: str) -> LinkTarget | None: ...


class TokenSource(Protocol):
    """Where a client gets its access token, and a newer one when the vendor refused the last."""

    def current(self) -> str: ...
    def newer_than(self, refused: str) -> str | None: ...
