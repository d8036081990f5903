"""The content of an email before it becomes plain text or HTML. Each email has a function that returns it."""

from dataclasses import dataclass

from django.template.loader import render_to_string

from crosschq.tenancy.colors import palette


@dataclass(frozen=True)
class Action:
    """What the email asks the reader to do."""

    label: str
    url: str


@dataclass(frozen=True)
class Email:
    subject: str
    preheader: str
    paragraphs: tuple[str, ...]
    greeting: str = ""
    action: Action | None = None
    closing: tuple[str, ...] = ()  # paragraphs below the button
    after: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    links: tuple[Action, ...] = ()  # opt-outs, in small print at the very end
    code: str = ""
    sender: str = "Crosschq"

    @property
    def action_label(self) -> str:
        return self.action.label if self.action else ""

    @property
    def action_url(self) -> str:
        return self.action.url if self.action else ""

    def as_text(self) -> str:
        """The plain text body. It is never marked safe, so pages that show it must escape it."""
        end = [self.sender, *self.footer, *(f"{link.label}: {link.url}" for link in self.links)]
        end = [line for line in end if line]
        parts = [
            self.greeting,
            *self.paragraphs,
            f"    {self.code}" if self.code else "",
            f"{self.action.label}:\n{self.action.url}" if self.action and self.action.url else "",
            *self.closing,
            *self.after,
            "\n".join(["-- ", *end]) if end else "",
        ]
        return "\n\n".join(part for part in parts if part) + "\n"

    def as_html(self, *, color: str = "") -> str:
        """The HTML body. color: the organization's, for the button and links; ours if empty."""
        return render_to_string("messaging/email.html", {"email": self, "colors": palette(color) if color else None})
