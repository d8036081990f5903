"""The message preview of the template form. Nothing is saved or sent."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from crosschq.messaging.content import rendering, text_segments
from crosschq.messaging.content.catalog import CATALOG
from crosschq.messaging.content.message_types import MessageKind, Recipient
from crosschq.messaging.content.one_line import plain
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Organization, Role
from templates_app.request_templates import usage
from templates_app.request_templates.forms import draft
from templates_app.request_templates.forms.draft import Draft
from templates_app.request_templates.forms.messages import LANGUAGES, MessageForm, kinds
from templates_app.request_templates.rules import MAX_REFERENCES
from templates_app.surveys import queries
from templates_app.surveys.audience import (
    RELATIONSHIPS,
    SELF,
    minutes_of,
    minutes_text,
    naming_minutes,
    questions_for,
    questions_text,
)
from templates_app.surveys.relationships import Relationship

EMAIL, TEXT = "email", "text"


class PreviewForm(forms.Form):
    """What to preview. Part of the template form."""

    shown = forms.ChoiceField(label=gettext_lazy("Message"))
    sample = forms.ChoiceField(
        label=gettext_lazy("Example"),
        choices=[
            ("short", gettext_lazy("Short names")),
            ("long", gettext_lazy("Long names")),
            ("missing", gettext_lazy("Missing data")),
        ],
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("As"), choices=[(EMAIL, gettext_lazy("Email")), (TEXT, gettext_lazy("Text message"))]
    )

    def __init__(self, data: Mapping[str, str]) -> None:
        super().__init__(data, prefix="preview")
        named = [(kind, language) for kind in kinds() for language in LANGUAGES]
        self.fields["shown"].choices = [  # type: ignore[attr-defined]  # of ChoiceField
            (f"{kind.key}:{language}", _name_of(kind, language)) for kind, language in named
        ]
        # Anything invalid becomes the first choice.
        self.data = {self.add_prefix(name): self._choice(name) for name in self.fields}

    def _choice(self, name: str) -> str:
        keys = [key for key, __ in self.fields[name].choices]  # type: ignore[attr-defined]  # of ChoiceField
        sent = str(self.data.get(self.add_prefix(name), ""))
        return sent if sent in keys else str(keys[0])

    def chosen(self, name: str) -> str:
        return str(self.data[self.add_prefix(name)])


@member_page(Role.ADMIN)
@require_POST
def preview(request: MemberRequest) -> HttpResponse:
    """The preview column for htmx, otherwise a separate page."""
    typed = draft.posted(request.POST, tag_field=usage.tag_field(request.organization))
    is_part = bool(request.headers.get("HX-Request"))
    shown = {**context(request.organization, typed, request.POST), "is_part": is_part}
    return render(request, f"templates_app/request_templates/{'preview_body' if is_part else 'preview'}.html", shown)


def with_edited_message(data: QueryDict) -> QueryDict:
    """The data; after “Write own text” or “Insert”, with the edited message selected for the preview."""
    verb, *message = data.get("act", "").split(":")
    if verb not in ("own", "insert"):
        return data
    changed = data.copy()
    changed["preview-shown"] = ":".join(message[:2])
    return changed


def context(organization: Organization, typed: Draft, data: QueryDict) -> dict[str, Any]:
    """The template context of the preview. Also works with invalid input."""
    form = PreviewForm(data)
    key, language = form.chosen("shown").split(":")
    message = next(one for one in typed.messages if (one.kind.key, one.language) == (key, language))
    sample = form.chosen("sample")
    with translation.override(language):
        values = _values(organization, typed, message.kind, sample)
        email = rendering.compose(CATALOG[key], message.texts, values, usage.footer_context(organization, key))
        sms = rendering.compose_sms(message.texts, values)
    return {
        "preview_form": form,
        "total": _total(typed),
        "message_language": language,
        "email": email,
        "sender": _("%(organization)s via Crosschq") % {"organization": organization.name},
        "subject_length": len(email.subject),
        "subject_room": rendering.SUBJECT_CHARACTERS,
        "as_text": form.chosen("channel") == TEXT,
        "sms": sms,
        "count": text_segments.count(sms),
        "offenders": _offenders(message),
        "problems": _problems(message),
    }


def _name_of(kind: MessageKind, language: str) -> str:
    several: tuple[str, ...] = LANGUAGES[1:]
    return f"{kind.label} ({language})" if several else str(kind.label)


def _values(organization: Organization, typed: Draft, kind: MessageKind, sample: str) -> dict[str, str]:
    """Sample values, overridden with values from the form."""
    values = rendering.sample_values(sample)  # type: ignore[arg-type]  # one of the choices
    position = str(typed.form["position"].value() or "").strip()[:200]
    if position:
        values["position"] = position
    if sample != "long":
        values["organization"] = organization.name
        values |= _of_references(typed) | _of_survey(typed, kind)
    return values


def _of_references(typed: Draft) -> dict[str, str]:
    """The reference placeholders from the blocks as entered; empty while they are invalid."""
    labels = dict(Relationship.choices)
    with_note, without = _("• %(relationship)s (%(count)d): %(note)s"), _("• %(relationship)s (%(count)d)")
    requested, lines = _total(typed), list[str]()
    for block in typed.references.forms:
        label = labels.get(str(block["relationship"].value()), "")
        count, note = _count(block["count"].value()), plain(str(block["note"].value() or ""))
        lines.append((with_note if note else without) % {"relationship": label, "count": count, "note": note})
    if not requested:
        return {}
    references = ngettext("%(count)d reference", "%(count)d references", requested) % {"count": requested}
    return {"references": references, "reference_list": "\n".join(lines)}


def _of_survey(typed: Draft, kind: MessageKind) -> dict[str, str]:
    """What the chosen survey takes the recipient; empty without a survey."""
    try:
        questions = queries.questions_of(str(typed.form["survey"].value() or ""))
    except queries.NoSuchSurvey:
        return {}
    if kind.to == Recipient.CANDIDATE:
        self_reference = questions_for(questions, SELF) if typed.form["self_reference"].value() else []
        return {"minutes": minutes_text(naming_minutes(_total(typed)) + minutes_of(self_reference))}
    asked = questions_for(questions, _first_relationship(typed))
    return {"questions": questions_text(len(asked)), "minutes": minutes_text(minutes_of(asked))}


def _first_relationship(typed: Draft) -> str:
    """Of the first reference who is asked; a manager if the candidate chooses."""
    named = (str(block["relationship"].value()) for block in typed.references.forms)
    return next((one for one in named if one in RELATIONSHIPS), Relationship.MANAGER)


def _total(typed: Draft) -> int:
    """The number of references in the blocks as entered; 0 while they are invalid."""
    total = sum(_count(block["count"].value()) for block in typed.references.forms)
    return total if total <= MAX_REFERENCES else 0


def _count(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 3 else 0


def _offenders(message: MessageForm) -> list[text_segments.Offender]:
    """The special characters in the text itself, not in the sample values."""
    return list(text_segments.count(message.texts.sms).offenders)


def _problems(message: MessageForm) -> list[dict[str, object]]:
    """Each problem once: the subject and the text may lack the same."""
    typed = message.typed
    found = {
        (problem.sentence, problem.is_error): {"sentence": problem.sentence, "is_error": problem.is_error}
        for part, problems in rendering.problems_of(message.kind, message.texts).items()
        if part in typed
        for problem in problems
    }
    return list(found.values())
