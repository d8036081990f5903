"""A line of the setup checklist, and the button or link on it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class PageAction:
    """A button or, unless `post`, a link."""

    label: str
    url: str
    post: bool = False
    name: str = ""
    value: str = ""


@dataclass
class ChecklistItem:
    """A line of the checklist. `how` names the template with instructions for the ATS."""

    key: str
    title: str
    state: str
    text: str = ""
    evidence: list[str] = field(default_factory=list)
    action: PageAction | None = None
    how: str = ""
