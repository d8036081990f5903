"""The port: everything the product asks of an ATS. A vendor folder implements it; nothing here names a vendor."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise

from connectors.ats_files import Files
from connectors.rates import Budget, Limiter
from crosschq.core.text.characters import comparison_key


@dataclass(frozen=True)
class Company:
    id: str
    name: str


@dataclass(frozen=True)
class AtsUser:
    """A user of the ATS. The ATS doesn't validate `email`."""

    id: str
    name: str
    email: str
    active: bool


@dataclass(frozen=True)
class Candidate:
    """A profile. `id` differs from the requested id if that profile was merged into this one."""

    id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    job_ids: tuple[str, ...] = ()  # empty: in the talent pool
    created_at: datetime | None = None


@dataclass(frozen=True)
class Application:
    """One candidate's current status on one job. `under_review` is false before the review and after the decision."""

    candidate_id: str
    job_id: str
    application_id: str
    status: str
    step: str
    under_review: bool
    turned_down: bool  # by the company or by the candidate


@dataclass(frozen=True)
class StatusChange:
    """An entry in an application's status history."""

    at: datetime
    status: str
    step: str
    under_review: bool = False
    turned_down: bool = False


@dataclass(frozen=True)
class CandidateSummary:
    """A candidate in search results, with the jobs they applied to. The primary job comes first."""

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
        """Return the field with this id, or else the one with this label (case-insensitive)."""
        by_id = next((f for f in self.fields if field_id and f.id == field_id), None)
        label_key = comparison_key(label)
        return by_id or next((f for f in self.fields if comparison_key(f.label) == label_key), None)


@dataclass(frozen=True)
class JobSummary:
    """A job in a list, without its fields and creator. `open`: its candidates can still be moved."""

    id: str
    title: str
    status: str
    open: bool = True
    ref_number: str = ""
    city: str = ""


@dataclass(frozen=True)
class TeamMember:
    """`role`: recruiter, coordinator, hiring_manager, or a role that only this vendor has."""

    user_id: str
    role: str


@dataclass(frozen=True)
class JobFieldSetting:
    """A job field as the company configured it. `public`: candidates see it too, not only the hiring team."""

    id: str
    label: str
    for_jobs: bool
    active: bool
    public: bool = False

    @property
    def usable(self) -> bool:
        """Whether jobs show the field, so that it can hold a tag."""
        return self.for_jobs and self.active


@dataclass(frozen=True)
class FieldChoice:
    """A value that a list field offers. A free-text field has none."""

    id: str
    label: str
    archived: bool


@dataclass(frozen=True)
class Step:
    """A step of a hiring process. `status` is the vendor's name for the stage that contains it."""

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
    """A candidate source that the company configured."""

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
class Permission:
    """A scope of the grant. `label` is its line on the consent page, `needed_by` the switch or feature that uses it.

    `refusal` is the sentence for a user whose role doesn't include it. `checked_by` names the question of the setup
    check that shows whether it works, or the call that does: see connectors.setup.permissions. Empty if none does.
    """

    scope: str
    label: str | Promise
    purpose: str | Promise
    refusal: str | Promise
    needed_by: str | Promise
    checked_by: str = ""


@dataclass(frozen=True)
class Tokens:
    access: str
    refresh: str
    expires_at: datetime


@dataclass(frozen=True)
class WebhookSubscription:
    """A webhook subscription as the vendor stores it."""

    id: str
    url: str
    active: bool
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class FailedDelivery:
    """A failed attempt to deliver an event to us, from the vendor's delivery log."""

    at: datetime
    event_id: str
    event_name: str
    event_version: str
    body: str


@dataclass(frozen=True)
class AtsEvent:
    """A webhook event. `kind`: moved (a candidate on a job), job_changed, team_changed, candidate_deleted, or other."""

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
    """A webhook delivery with a valid signature."""

    event_id: str
    event_name: str
    event_version: str
    signed_at: datetime


class AtsError(Exception):
    """A failed call. `sentence` explains it to an admin, `code` is the vendor's. Permanent errors aren't retried."""

    permanent = True

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


class NeedsSignIn(AtsError):
    """The ATS no longer accepts our grant. Only a new sign-in renews it."""


class Forbidden(AtsError):
    """The grant doesn't cover this call. `scope` is the missing scope, or "a or b" if either is enough."""

    def __init__(self, sentence: str, *, scope: str, code: str = "") -> None:
        super().__init__(sentence, code=code)
        self.scope = scope


class NotVisible(AtsError):
    """The object is deleted, never existed, or is hidden from the connecting user. The vendor doesn't say which."""


class Conflict(AtsError):
    """The change was already made, or it conflicts with something else."""


class AtsRefused(AtsError):
    """The vendor understood the call and refused it."""

    def __init__(self, sentence: str, *, code: str = "", permanent: bool = True) -> None:
        super().__init__(sentence, code=code)
        self.permanent = permanent


class SourceRefused(AtsRefused):
    """The candidate source no longer exists, or is ambiguous."""


class Malformed(AtsError):
    """The response doesn't match the vendor's documentation. `path` is a JSONPath (RFC 9535) such as `$.content[3].id`.

    A body that isn't JSON (`$`) points to a network fault and is retried. A missing part is permanent.
    """

    def __init__(self, sentence: str, *, path: str) -> None:
        super().__init__(sentence)
        self.path = path
        self.permanent = path != "$"


class RateLimited(AtsError):
    """Too many calls."""

    permanent = False


class Unavailable(AtsError):
    """The call failed. `sent`: a write may have happened anyway. `ended`: the ATS is no longer working on it."""

    permanent = False

    def __init__(self, sentence: str, *, code: str = "", sent: bool = True, ended: bool = False) -> None:
        super().__init__(sentence, code=code)
        self.sent = sent
        self.ended = ended


class Ats(Files, Protocol):
    """One company's ATS, as the connecting user sees it. Each method makes one or more calls and may raise AtsError."""

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
    def post_note(self, *, candidate_id: str, content: str, before_send: Callable[[], object] | None = None) -> str: ...
    def note_exists(self, *, candidate_id: str, containing: str) -> bool: ...
    def webhooks(self) -> list[WebhookSubscription]: ...
    def webhook(self, webhook_id: str) -> WebhookSubscription: ...
    def create_webhook(self, url: str) -> str: ...
    def create_signing_key(self, webhook_id: str) -> str: ...
    def activate_webhook(self, webhook_id: str) -> None: ...
    def delete_webhook(self, webhook_id: str) -> None: ...
    def failed_deliveries(self, webhook_id: str, *, after: datetime) -> list[FailedDelivery]: ...


class Vendor(Protocol):
    """What a vendor folder gives the registry."""

    key: str
    name: str  # the title of its pages
    product: str  # its name within sentences
    events: tuple[str, ...]
    permissions: tuple[Permission, ...]

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
    """Supplies access tokens to a client. `newer_than` returns None if no newer token is likely to help."""

    def current(self) -> str: ...
    def newer_than(self, refused: str) -> str | None: ...
