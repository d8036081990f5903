"""The message part of the template form, with one form per message and language.

A message uses the standard text until someone clicks “Write own text”. A part that is empty or unchanged remains
standard, so it follows improvements of the standard text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.messaging.content import rendering
from crosschq.messaging.content.catalog import CATALOG
from crosschq.messaging.content.message_types import MessageKind
from crosschq.messaging.content.placeholders import PATTERN, PLACEHOLDERS, TextPiece, names_in, pieces
from crosschq.messaging.content.rendering import LINK, SUBJECT_MOST, Texts
from templates_app.form_fields import TOO_LONG
from templates_app.request_templates.messages import PARTS, StoredMessages, normalized

LANGUAGES = ("en",)  # that custom messages can be written in
MAX_LENGTHS = {"subject": SUBJECT_MOST, "text": 5000, "sms": 600}
# Default values of inserted placeholders. The editor can change them.
FALLBACKS = {
    "candidate_first_name": gettext_lazy("there"),
    "owner_name": gettext_lazy("there"),
    "reference_company": gettext_lazy("your company"),
}


class TextsForm(forms.Form):
    text_messages_enabled = forms.BooleanField(
        label=gettext_lazy("Send text messages too"),
        help_text=gettext_lazy(
            "In addition to email: an invitation to the candidate, and reminders to everyone who gave a phone number."
        ),
        required=False,
    )


class MessageForm(forms.Form):
    """The texts of one message in one language. own: whether the organization customized it."""

    own = forms.BooleanField(required=False, widget=forms.HiddenInput)
    subject = forms.CharField(
        label=gettext_lazy("Email subject"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    text = forms.CharField(label=gettext_lazy("Email text"), widget=forms.Textarea(attrs={"rows": 12}))
    sms = forms.CharField(label=gettext_lazy("Text message"), widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, data: QueryDict | None = None, *, kind: MessageKind, language: str) -> None:
        super().__init__(data, prefix=f"messages-{kind.key}-{language}")
        self.kind, self.language = kind, language
        self.warnings: list[str] = []
        if not kind.has_sms:
            del self.fields["sms"]
        for part in self.parts:
            self.fields[part].required = False
            self.fields[part].validators.append(MaxLengthValidator(MAX_LENGTHS[part], message=TOO_LONG))

    @property
    def parts(self) -> list[str]:
        return [part for part in PARTS if part in self.fields]

    @property
    def is_own(self) -> bool:
        return str(self["own"].value()) in ("True", "on", "1")

    @property
    def standard(self) -> Texts:
        with translation.override(self.language):
            return rendering.standard(self.kind)

    @property
    def typed(self) -> dict[str, str]:
        """The custom texts as entered, valid or not, without parts that match the standard text."""
        if not self.is_own:
            return {}
        standing = {part: _lines(str(self[part].value() or "")) for part in self.parts}
        return {part: words for part, words in standing.items() if words and words != getattr(self.standard, part)}

    @property
    def texts(self) -> Texts:
        """The texts that would be sent, with placeholders."""
        with translation.override(self.language):
            return rendering.own(self.kind, **self.typed)

    @property
    def standard_pieces(self) -> dict[str, list[TextPiece]]:
        """The standard texts, split for display."""
        return {part: pieces(getattr(self.standard, part)) for part in self.parts}

    @property
    def is_open(self) -> bool:
        return self.is_own

    @property
    def insert_buttons(self) -> dict[str, list[dict[str, str]]]:
        """For each part, buttons that insert a placeholder: at the end, or at the cursor if scripts run."""
        place = f"{self.kind.key}:{self.language}"
        return {
            part: [
                {
                    "act": f"insert:{place}:{part}:{name}",
                    "text": str(PLACEHOLDERS[name].label),
                    "name": name,
                    # The link needs its own line, so the server inserts it.
                    "token": "" if part == "text" and name == LINK else _placeholder(name),
                }
                for name in getattr(self.kind, f"{part}_names")
            ]
            for part in self.parts
        }

    @property
    def parts_shown(self) -> list[dict[str, Any]]:
        """Each part with its field and insert buttons."""
        return [{"field": self[part], "part": part, "insert_buttons": self.insert_buttons[part]} for part in self.parts]

    def clean(self) -> None:
        typed = self.typed
        for part, problems in rendering.problems_of(self.kind, self.texts).items():
            if part not in typed:
                continue
            for problem in problems:
                sentence = _("%(message)s, %(part)s: %(sentence)s") % {
                    "message": self.kind.label,
                    "part": str(self.fields[part].label).lower(),
                    "sentence": problem.sentence,
                }
                if problem.is_error:
                    self.add_error(part, sentence)
                else:
                    self.warnings.append(sentence)


def from_stored(stored: Mapping[str, Mapping[str, Mapping[str, str]]]) -> list[MessageForm]:
    """A form for each message, filled with the stored texts."""
    return [
        _build(kind, language, stored.get(kind.key, {}).get(language, {})) for kind in kinds() for language in LANGUAGES
    ]


def posted(data: QueryDict) -> list[MessageForm]:
    return [MessageForm(data, kind=kind, language=language) for kind in kinds() for language in LANGUAGES]


def after_action(typed: Sequence[MessageForm], act: str) -> list[MessageForm]:
    """The forms as entered, without validation, after the action of a button in messages.html."""
    verb, *names = act.split(":")
    return [_apply(form, verb, names) for form in typed]


def stored(valid: Sequence[MessageForm], *, before: Mapping[str, Mapping[str, Mapping[str, str]]]) -> StoredMessages:
    """The texts for a new version. Languages that the form doesn't show are taken from `before`."""
    words: StoredMessages = {
        key: {language: dict(own) for language, own in languages.items() if language not in LANGUAGES}
        for key, languages in before.items()
    }
    for form in valid:
        words.setdefault(form.kind.key, {})[form.language] = form.typed
    return normalized(words)


def warnings(stored_words: Mapping[str, Mapping[str, Mapping[str, str]]]) -> list[str]:
    """Sentences about problems in custom texts that don't prevent saving."""
    found = []
    for form in from_stored(stored_words):
        with translation.override(form.language):
            problems = rendering.problems_of(form.kind, form.texts)
        typed = form.typed
        found += [
            _("%(message)s: %(sentence)s") % {"message": form.kind.label, "sentence": problem.sentence}
            for part, listed in problems.items()
            if part in typed
            for problem in listed
        ]
    # The subject and the text may lack the same.
    return list(dict.fromkeys(found))


def kinds() -> list[MessageKind]:
    return [kind for kind in CATALOG.values() if kind.may_be_own]


def _apply(form: MessageForm, verb: str, names: Sequence[str]) -> MessageForm:
    is_meant = list(names[:2]) == [form.kind.key, form.language]
    words = {part: str(form[part].value() or "") for part in form.parts} if form.is_own else {}
    if not is_meant:
        return _build(form.kind, form.language, words, own=form.is_own)
    if verb == "standard":
        return _build(form.kind, form.language, {})
    if verb == "own":
        return _focused(_build(form.kind, form.language, {}, own=True), "subject")
    part, name = (*names[2:4], "", "")[:2]
    if verb == "insert" and form.is_own and part in form.parts and name in getattr(form.kind, f"{part}_names"):
        words[part] = _inserted(words[part], part, name)
        return _focused(_build(form.kind, form.language, words, own=True), part)
    return _build(form.kind, form.language, words, own=form.is_own)


def _build(kind: MessageKind, language: str, words: Mapping[str, str], *, own: bool | None = None) -> MessageForm:
    is_own = bool(words) if own is None else own
    form = MessageForm(kind=kind, language=language)
    standard = form.standard
    form.initial = {part: words.get(part) or getattr(standard, part) for part in form.parts} | {"own": is_own}
    return form


def _focused(form: MessageForm, part: str) -> MessageForm:
    form.fields[part].widget.attrs["autofocus"] = True
    return form


def _inserted(words: str, part: str, name: str) -> str:
    placeholder, words = _placeholder(name), _lines(words)
    if part == "text" and name == LINK:
        return f"{words}\n\n{placeholder}".lstrip()
    before, gap, last = words.rpartition("\n\n")
    if part == "text" and names_in(last) == [LINK] and PATTERN.fullmatch(last.strip()):
        # Keep the link in its own paragraph, which saving requires.
        return f"{before.rstrip()} {placeholder}".lstrip() + (gap or "\n\n") + last
    return f"{words} {placeholder}".lstrip()


def _placeholder(name: str) -> str:
    fallback = FALLBACKS.get(name)
    return f'{{{{ {name} | default: "{fallback}" }}}}' if fallback else f"{{{{ {name} }}}}"


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
