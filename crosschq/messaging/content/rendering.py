"""Turn texts with placeholders into a message, to send it or to preview it while its template is edited."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from django.utils import translation
from django.utils.translation import gettext as _

from crosschq.messaging.content import placeholders, text_segments
from crosschq.messaging.content.email import Action, Email
from crosschq.messaging.content.footer import FooterContext, frame
from crosschq.messaging.content.message_types import MessageKind, Recipient
from crosschq.messaging.content.placeholders import PLACEHOLDERS, TextProblem

SUBJECT_CHARACTERS = 50
SUBJECT_MOST = 250  # the length of the column, for customized subjects
LINK = "link"
# The word alone isn't an instruction, as in “We never STOP hiring” or “Help with stop-motion films”.
STOP_INSTRUCTION = re.compile(r"""\b(reply|text|send|answer|with)[ :]+["'“]?STOP\b(?!-)""", re.IGNORECASE)
NAMES_OF_CANDIDATE = {"candidate_name", "candidate_first_name"}
NO_CONTEXT = FooterContext()
Sample = Literal["short", "long", "missing"]


@dataclass(frozen=True)
class Texts:
    """One message's texts in one language, with placeholders. The preheader is always the standard one.

    is_own: customized; the subject may then be longer than 50 characters.
    """

    subject: str
    preheader: str
    text: str
    sms: str
    is_own: bool = False


@dataclass(frozen=True)
class Rendered:
    """A message as it arrives. `sms` is empty if this kind has no text message."""

    subject: str
    preheader: str
    text: str
    html: str
    sms: str


def standard(kind: MessageKind) -> Texts:
    """The standard texts, in the active language."""
    words = kind.standard
    return Texts(str(words.subject), str(words.preheader), str(words.text), str(words.sms))


def own(kind: MessageKind, *, subject: str = "", text: str = "", sms: str = "") -> Texts:
    """Customized texts. An empty part gets the standard text."""
    texts = standard(kind)
    custom = {name: value for name, value in (("subject", subject), ("text", text), ("sms", sms)) if value.strip()}
    if not kind.has_sms:
        custom.pop("sms", None)
    return replace(texts, **custom, is_own=bool(custom)) if custom else texts


def problems_of(kind: MessageKind, texts_: Texts) -> dict[str, list[TextProblem]]:
    """The problems in the subject, text, and text message; each list is empty if there are none."""
    found = {
        "subject": placeholders.problems(texts_.subject, allowed=kind.subject_names),
        "text": placeholders.problems(texts_.text, allowed=kind.text_names, required=[LINK]),
        "sms": [],
    }
    if kind.has_sms:
        found["sms"] = placeholders.problems(texts_.sms, allowed=kind.sms_names, required=[LINK])
        if kind.to == Recipient.REFERENCE and not NAMES_OF_CANDIDATE & {*placeholders.names_in(texts_.sms)}:
            sentence = _(
                "Insert “Candidate's full name” into this text. Without it, a reference can't tell who it's about."
            )
            found["sms"].insert(0, TextProblem(sentence))
    if LINK in placeholders.names_in(texts_.text) and _place_of_link(_paragraphs(texts_.text)) is None:
        sentence = _(
            "Put “The secret link” on its own line, with an empty line above and below. It becomes the button."
        )
        found["text"].insert(0, TextProblem(sentence))
    if "\n" in texts_.subject.strip():
        found["subject"].insert(0, TextProblem(_("The subject must be a single line.")))
    return found


def compose(kind: MessageKind, texts_: Texts, values: Mapping[str, str], context: FooterContext = NO_CONTEXT) -> Email:
    """The email in the active language: its text, surrounded by what no template can remove."""
    room = SUBJECT_MOST if texts_.is_own else SUBJECT_CHARACTERS
    paragraphs = _paragraphs(texts_.text)
    place = _place_of_link(paragraphs)
    before, after = (paragraphs, []) if place is None else (paragraphs[:place], paragraphs[place + 1 :])
    return replace(
        frame(kind, values, context),
        subject=placeholders.render_subject(texts_.subject, values, room=room),
        preheader=placeholders.render_line(texts_.preheader, values),
        paragraphs=_filled(before, values),
        # A text without the link gets the button at the end.
        action=Action(str(kind.standard.action), values[LINK]),
        closing=_filled(after, values),
    )


def compose_sms(texts_: Texts, values: Mapping[str, str]) -> str:
    """The text message, with names shortened until it fits one segment, and without characters that double its price.

    It always says who is asking and how to stop, even if a customized text doesn't.
    """
    if not texts_.sms:
        return ""
    words, stop = texts_.sms, _("Reply STOP to end texts")
    if "organization" not in placeholders.names_in(words):
        words = "{{ organization }}: " + words
    said = placeholders.render_line(words, values)
    if stop not in said and not STOP_INSTRUCTION.search(said):
        words = f"{words} {stop}"
    line = placeholders.render_fitted(words, values, room=text_segments.SINGLE["GSM-7"], measure=text_segments.units)
    return text_segments.replaced(line)


def sample_values(sample: Sample) -> dict[str, str]:
    """Sample values for a preview, in the active language."""
    return {name: str(getattr(each, sample)) for name, each in PLACEHOLDERS.items()}


def preview(kind: MessageKind, texts_: Texts | None, sample: Sample, language: str) -> Rendered:
    """Show how a message would arrive, with sample values; None means the standard texts. Stores nothing."""
    with translation.override(language):
        texts_ = texts_ or standard(kind)
        values = sample_values(sample)
        email = compose(kind, texts_, values)
        return Rendered(email.subject, email.preheader, email.as_text(), email.as_html(), compose_sms(texts_, values))


def _paragraphs(text: str) -> list[str]:
    lines = "\n".join(line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return [part.strip("\n") for part in lines.split("\n\n") if part.strip()]


def _place_of_link(paragraphs: Sequence[str]) -> int | None:
    for place, paragraph in enumerate(paragraphs):
        match = placeholders.PATTERN.fullmatch(paragraph)
        if match and match[1] == LINK:
            return place
    return None


def _filled(paragraphs: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
    # Split before filling in, so that no value can start a paragraph.
    return tuple(filter(None, (placeholders.render(each, values).strip() for each in paragraphs)))
