"""The data model of a company, as far as the sandbox imitates it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

STATUSES = ("LEAD", "NEW", "IN_REVIEW", "INTERVIEW", "OFFERED", "HIRED", "REJECTED", "WITHDRAWN", "TRANSFERRED")
JOB_STATUSES = ("CREATED", "SOURCING", "FILLED", "INTERVIEW", "OFFER", "CANCELLED", "ON_HOLD")
STATUSES_WITH_STEPS = ("IN_REVIEW", "INTERVIEW", "OFFERED")
STATUSES_WITH_REASON = ("REJECTED", "WITHDRAWN")
FULL_ACCESS_ROLES = ("ADMINISTRATOR", "EXTENDED")


@dataclass
class User:
    id: str
    first_name: str
    last_name: str
    email: str
    system_role: str
    updated_on: datetime
    active: bool = True

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True)
class Step:
    """A hiring step; required ones can't be skipped."""

    status: str
    name: str
    required: bool = False


@dataclass
class HiringProcess:
    id: str
    name: str
    steps: list[Step]
    active: bool = True


@dataclass
class PropertyValue:
    id: str
    label: str
    archived: bool = False


@dataclass
class JobProperty:
    """A job field. ``values`` is None for a free-text field; ``translations`` maps languages to labels."""

    id: str
    label: str
    category: str = "job"
    active: bool = True
    visible: bool = False
    required: bool = False
    values: list[PropertyValue] | None = None
    translations: dict[str, str] = field(default_factory=dict)

    def label_in(self, language: str) -> str:
        return self.translations.get(language, self.label)


@dataclass(frozen=True)
class SourceType:
    id: str
    label: str
    subtypes: tuple[str, ...]


@dataclass
class Source:
    """Where candidates come from. ``id`` is the value's id, unique within type and subtype; ``identifier`` a UUID."""

    identifier: str
    id: str
    type_id: str
    subtype_id: str
    label: str
    deleted: bool = False


@dataclass
class TeamMember:
    user_id: str
    role: str


@dataclass
class Job:
    """``properties`` maps a job field's id to text or to the id of the selected value."""

    id: str
    title: str
    ref_number: str
    process_id: str
    creator_id: str
    department: str
    city: str
    country: str
    country_code: str
    created_on: datetime
    updated_on: datetime
    status: str = "SOURCING"
    posting_status: str = "PUBLIC"
    team: list[TeamMember] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)


@dataclass
class Candidate:
    id: str
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    created_on: datetime
    updated_on: datetime
    tags: list[str] = field(default_factory=list)
    internal: bool = False
    location: dict[str, Any] = field(default_factory=dict)
    web: dict[str, Any] = field(default_factory=dict)
    education: list[dict[str, Any]] = field(default_factory=list)
    experience: list[dict[str, Any]] = field(default_factory=list)
    pool_source: Source | None = None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass
class Change:
    at: datetime
    status: str
    sub_status: str | None
    by: str


@dataclass
class Application:
    id: str
    candidate_id: str
    job_id: str
    status: str
    sub_status: str | None
    source: Source
    history: list[Change] = field(default_factory=list)
    reason_id: str | None = None
    starts_on: str | None = None

    def been_at(self, status: str, sub_status: str | None) -> bool:
        return any((change.status, change.sub_status) == (status, sub_status) for change in self.history)


@dataclass
class Attachment:
    """A file on one application. ``quarantined`` if flagged as malware."""

    id: str
    candidate_id: str
    job_id: str
    name: str
    type: str
    content_type: str
    content: bytes = field(repr=False)
    quarantined: bool = False


@dataclass
class Note:
    """A Hireloop message, shown on the profiles of ``candidate_ids``, the candidates tagged in its content."""

    id: str
    author_id: str
    content: str
    created_on: datetime
    visibility: str
    candidate_ids: tuple[str, ...]
    recipient_ids: tuple[str, ...]


@dataclass
class Reason:
    id: str
    label: str
    status: str


@dataclass
class World:
    """One company. ``merged`` maps a merged profile to the remaining one."""

    company_identifier: str
    company_name: str
    users: dict[str, User] = field(default_factory=dict)
    processes: dict[str, HiringProcess] = field(default_factory=dict)
    job_properties: dict[str, JobProperty] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    candidates: dict[str, Candidate] = field(default_factory=dict)
    applications: dict[tuple[str, str], Application] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    source_types: dict[str, SourceType] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    _by_pair: dict[tuple[str, str], str] = field(default_factory=dict)
    _paired: int = 0
    _by_candidate: dict[str, list[Application]] = field(default_factory=dict)
    _by_job: dict[str, list[Application]] = field(default_factory=dict)

    def known(self, email: str, last_name: str) -> Candidate | None:
        """The first candidate with this email and last name, ignoring case."""
        # Candidates are added at the end; code that changes or removes one must call `pairs_changed`.
        for candidate in itertools.islice(self.candidates.values(), self._paired, None):
            if candidate.email is not None:
                self._by_pair.setdefault((candidate.email.casefold(), candidate.last_name.casefold()), candidate.id)
        self._paired = len(self.candidates)
        found = self._by_pair.get((email.casefold(), last_name.casefold()))
        return self.candidates[found] if found else None

    def survivor_of(self, candidate_id: str) -> str:
        """The profile this one was merged into, following further merges; itself if not merged."""
        while candidate_id in self.merged:
            candidate_id = self.merged[candidate_id]
        return candidate_id

    def pairs_changed(self) -> None:
        self._by_pair.clear()
        self._paired = 0

    def add_application(self, application: Application) -> None:
        self.applications[(application.candidate_id, application.job_id)] = application
        self._by_candidate.setdefault(application.candidate_id, []).append(application)
        self._by_job.setdefault(application.job_id, []).append(application)

    def remove_application(self, application: Application) -> None:
        """Remove an application and its attachments."""
        del self.applications[(application.candidate_id, application.job_id)]
        self._by_candidate[application.candidate_id].remove(application)
        self._by_job[application.job_id].remove(application)
        for attachment in self.attachments_of(application.candidate_id, application.job_id):
            del self.attachments[attachment.id]

    def attachments_of(self, candidate_id: str, job_id: str | None = None) -> list[Attachment]:
        """The attachments of one application or of all, in order of upload."""
        return [
            attachment
            for attachment in self.attachments.values()
            if attachment.candidate_id == candidate_id and job_id in (None, attachment.job_id)
        ]

    def applications_of(self, candidate_id: str) -> list[Application]:
        """The first one is the primary assignment."""
        return self._by_candidate.get(candidate_id, [])

    def applications_for(self, job_id: str) -> list[Application]:
        return self._by_job.get(job_id, [])

    def recruiter(self) -> User:
        """The default user for moves: the first active user who isn't an administrator."""
        return next(user for user in self.users.values() if user.active and user.system_role == "EXTENDED")

    def steps_of(self, job: Job) -> list[Step]:
        return self.processes[job.process_id].steps

    def notes_on(self, candidate_id: str) -> list[Note]:
        """Newest first."""
        return [note for note in reversed(self.notes.values()) if candidate_id in note.candidate_ids]
