"""Typed switches with defaults for behavior that the vendor doesn't document: one or more per open question.

The default is the assumption that the product is built on. Another value shows what it does if the vendor turns out to
behave otherwise. ``question`` is the number of the open question in the project's facts about SmartRecruiters.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
Value = str | int | bool
MAX_NUMBER = 100_000_000


class SwitchError(ValueError):
    """Unknown switch or invalid value; the message lists what is valid."""


def _switch(question: str, text: str, default: T) -> T:
    made: T = field(default=default, metadata={"question": question, "text": text})
    return made


@dataclass
class Switches:
    invalid_grant_status: Literal[400, 401] = _switch("2", "Status for an invalid code or refresh token", 400)
    invalid_client_status: Literal[401, 400] = _switch("2", "Status for a wrong client id or secret", 401)
    oauth_error_body: Literal["rfc6749", "vendor", "empty"] = _switch(
        "2", "Body of the token endpoint's errors: error and error_description, the API's error body, or {}", "rfc6749"
    )
    spent_refresh_token: Literal["refused", "ends_grant", "accepted"] = _switch(
        "3", "A refresh token used a second time is refused, ends the whole grant, or works again", "refused"
    )
    exchange_answer: Literal["full", "empty_unused", "empty_used"] = _switch(
        "4", "The token endpoint responds normally, or with 200 and {}, leaving the token unused or used", "full"
    )
    refusal_body: Literal["errors", "message", "empty", "html"] = _switch(
        "8", "Body of a 401, a 403 for a missing scope, and a 429", "errors"
    )
    retry_after: int = _switch("8", "Seconds in the Retry-After header of a 429; 0: no header", 0)
    limit_headers: Literal["always", "unless_refused"] = _switch("8", "When the X-RateLimit headers are sent", "always")
    event_version: Literal["v1", "v201910", "1.0.0"] = _switch("9", "The value of event-version", "v1")
    link_form: Literal["bare", "quoted"] = _switch("10", 'Link of a callback: rel=self or rel="self"', "bare")
    retry_signature: Literal["renewed", "kept"] = _switch(
        "11", "A repeated callback has a new timestamp and signature, or those of its first attempt", "renewed"
    )
    suspend_after: int = _switch("13", "Failed attempts in a row that suspend a subscription; 0: never", 20)
    suspension_shows_as: Literal["inactive", "active", "deleted"] = _switch(
        "13", "A suspended subscription appears inactive, appears active, or is gone", "inactive"
    )
    suspended_deliveries: Literal["dropped", "kept"] = _switch(
        "13",
        "Pending deliveries of a suspended subscription are dropped, or sent once it is active again",
        "dropped",
    )
    handshake_body: Literal["object", "empty"] = _switch("16", "Body of the handshake: {} as JSON, or none", "object")
    event_on_step_change: bool = _switch(
        "17", "application.status.updated when only the step changes, not the status", default=True
    )
    event_on_api_move: bool = _switch("17", "application.status.updated on a move through the API", default=True)
    event_on_reentry: bool = _switch(
        "17", "application.status.updated when a candidate returns to an earlier step", default=True
    )
    event_on_first_application: bool = _switch(
        "17", "application.status.updated in addition to application.created for a new application", default=False
    )
    duplicate_candidate: Literal["updated", "unchanged", "conflict", "doubled"] = _switch(
        "18",
        "A new candidate with a known email and last name: the profile is updated (201, same id), left unchanged "
        "(201, same id), refused (409 CANDIDATE_DATA_CONFLICT), or created a second time",
        "updated",
    )
    job_start_status: Literal["NEW", "LEAD"] = _switch("19", "Status of a candidate created on a job by the API", "NEW")
    pool_start_status: Literal["LEAD", "NEW", "none"] = _switch(
        "19", "Status of a candidate in the talent pool; none: the profile shows no assignment", "LEAD"
    )
    text_field_value: Literal["label", "label_and_id", "text", "missing"] = _switch(
        "20",
        "A free-text job field on a job: its text as the value's label, with an id too, as the value itself (digits "
        "as a number), or not shown",
        "label",
    )
    empty_text_field: Literal["missing", "empty_value", "null_label"] = _switch(
        "20", "An empty free-text field on a job: left out, with the value {}, or with the label null", "missing"
    )
    unknown_object: Literal["as_denied", "not_found"] = _switch(
        "21", "A missing candidate or job gets the same response as a forbidden one, or 404", "as_denied"
    )
    tag_length: Literal[50, 150] = _switch("22", "Longest candidate tag, in characters", 50)
    tags_put_status: Literal[201, 200] = _switch("23", "Status of PUT …/tags", 201)
    team_post_status: Literal[200, 201] = _switch("23", "Status of POST …/hiring-team", 200)
    attachment_max_bytes: int = _switch("24", "Largest attachment in bytes; larger ones get 413", 10_000_000)
    attachment_types: Literal["documents", "any"] = _switch(
        "24", "Accepted files: PDF, DOC, DOCX, RTF, JPG, and PNG, or all", "documents"
    )
    attachment_exists_by: Literal["name", "content", "either", "never"] = _switch(
        "24", "What makes a second file FILE_ALREADY_EXIST on the same application", "name"
    )
    attachment_limit: int = _switch("24", "Attachments per application; above it ATTACHMENT_LIMIT_EXCEEDED", 100)
    job_names_process: bool = _switch("27", "A job names its hiring process", default=False)
    note_without_audience: Literal["private", "refused"] = _switch(
        "28", "A note with neither openNote nor anyone to share with is kept as a private note, or refused", "private"
    )
    merge_events: Literal["both", "deleted", "updated", "none"] = _switch(
        "29",
        "After a merge: candidate.deleted for the removed profile, candidate.updated for the other",
        "both",
    )
    merged_profile: Literal["gone", "survivor"] = _switch(
        "29", "Reads of a profile merged into another: not visible, or return the remaining profile", "gone"
    )
    update_time_covers_moves: bool = _switch(
        "moves", "A move changes the candidate's updatedOn, so that updatedAfter finds it", default=True
    )
    read_lag: int = _switch(
        "lag", "Seconds by which reads of candidates, applications, and jobs lag behind events; 0: none", 0
    )
    new_objects: Literal["at_once", "after_lag"] = _switch(
        "lag", "A new candidate, application, or job can be read immediately, or only after the lag", "at_once"
    )
    odd_elements: bool = _switch("odd", "Lists contain extra elements with missing or misnamed parts", default=False)
    team_roles: Literal["documented", "renamed", "missing"] = _switch(
        "odd", "Roles of a hiring team: HIRING_MANAGER, renamed to Hiring Manager, or left out", "documented"
    )
    time_form: Literal["utc", "no_offset"] = _switch("odd", "Times in responses: with Z, or without an offset", "utc")
    note_answer: Literal["id", "no_id", "empty"] = _switch(
        "odd", "Response to a new note: its id, an object without an id, or an empty body", "id"
    )
    id_case: Literal["as_made", "upper_in_events", "upper_in_reads"] = _switch(
        "ids",
        "Ids of candidates, jobs, and applications: as created, or uppercase in events or responses",
        "as_made",
    )
    signature_hex: Literal["lower", "upper"] = _switch("signature", "Letter case of a signature's hex digits", "lower")
    signature_separator: Literal["semicolon", "comma"] = _switch(
        "signature", "Separator between signatures, one per key: ; or ,", "semicolon"
    )
    rejected_keeps_step: bool = _switch(
        "rejection", "A rejected or withdrawn application keeps its step", default=False
    )


@dataclass(frozen=True)
class Switch:
    """One switch. ``choices`` is empty for a number from 0."""

    name: str
    question: str
    text: str
    default: Value
    choices: tuple[Value, ...]

    def check(self, value: object) -> Value:
        """The value, if the switch has it. Raises SwitchError."""
        if self.choices:
            for choice in self.choices:
                if type(choice) is type(value) and choice == value:
                    return choice
            raise SwitchError(f"{self.name} must be one of {', '.join(map(as_text, self.choices))}.")
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_NUMBER:
            raise SwitchError(f"{self.name} must be a number from 0 to {MAX_NUMBER}.")
        return value

    def read(self, text: str) -> Value:
        """The value that a form's text means. Raises SwitchError."""
        if self.choices:
            return self.check(next((choice for choice in self.choices if as_text(choice) == text), text))
        digits = text.isascii() and text.isdigit() and len(text) < 12
        return self.check(int(text) if digits else text)


def as_text(value: Value) -> str:
    """A value as a form shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _choices(hint: Any) -> tuple[Value, ...]:
    if hint is bool:
        return (True, False)
    return get_args(hint) if get_origin(hint) is Literal else ()


def _table() -> dict[str, Switch]:
    hints = get_type_hints(Switches)
    return {
        item.name: Switch(
            name=item.name,
            question=item.metadata["question"],
            text=item.metadata["text"],
            default=cast(Value, item.default),
            choices=_choices(hints[item.name]),
        )
        for item in fields(Switches)
    }


TABLE = _table()


def change(switches: Switches, wanted: dict[str, object]) -> dict[str, Value]:
    """Set several switches together, or none of them. Raises SwitchError."""
    checked: dict[str, Value] = {}
    for name, value in wanted.items():
        if name not in TABLE:
            raise SwitchError(f"There is no switch {name[:50]}.")
        checked[name] = TABLE[name].check(value)
    for name, value in checked.items():
        setattr(switches, name, value)
    return checked


def values(switches: Switches) -> dict[str, Value]:
    return {name: getattr(switches, name) for name in TABLE}
