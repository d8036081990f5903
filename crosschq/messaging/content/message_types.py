"""The parts of a message in the catalog."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise

OF_ALL = ("organization", "position", "candidate_name", "candidate_first_name", "owner_name", "due_date")


class Recipient(StrEnum):
    CANDIDATE = "candidate"
    REFERENCE = "reference"
    OWNER = "owner"


@dataclass(frozen=True)
class Standard:
    """The standard texts. Empty lines separate paragraphs in `text`; the paragraph {{ link }} becomes the button."""

    subject: Promise
    preheader: Promise
    text: Promise
    action: Promise
    sms: Promise | str = ""


@dataclass(frozen=True)
class MessageKind:
    """One message. names: the placeholders that it has values for, besides the link.

    may_be_own: whether a template can customize the texts.
    """

    key: str
    label: Promise
    to: Recipient
    when: Promise
    standard: Standard
    names: tuple[str, ...]
    may_be_own: bool = True

    @property
    def has_sms(self) -> bool:
        return bool(self.standard.sms)

    @property
    def subject_names(self) -> tuple[str, ...]:
        """Placeholders for a subject: one line each, and no secret link, since logs and lock screens show subjects."""
        return tuple(name for name in self.names if name != "reference_list")

    @property
    def text_names(self) -> tuple[str, ...]:
        return (*self.names, "link")

    @property
    def sms_names(self) -> tuple[str, ...]:
        return (*self.subject_names, "link")
