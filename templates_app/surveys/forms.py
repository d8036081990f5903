"""The forms for surveys and questions."""

import re
from typing import TYPE_CHECKING, Any
from unicodedata import category

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from templates_app.form_fields import TOO_LONG, line_field
from templates_app.models import CHOICE_KINDS, MAX_CHOICES, POINTS, QuestionKind, SurveyItem
from templates_app.surveys import prohibited_topics
from templates_app.surveys.audience import RELATIONSHIPS
from templates_app.surveys.edit import NAME_CHARACTERS

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

TEXT_CHARACTERS = 1000
LABEL_CHARACTERS = 120
BRACES = re.compile(r"\{(?!name\})[^{}]*\}?|(?<!\{name)\}")
NUMBERS = tuple(range(1, POINTS + 1))
POINT_LABELS = (
    gettext_lazy("Point 1, the lowest"),
    gettext_lazy("Point 2"),
    gettext_lazy("Point 3"),
    gettext_lazy("Point 4"),
    gettext_lazy("Point 5, the highest"),
)


class SurveyNameForm(forms.Form):
    name = line_field(gettext_lazy("Name"), limit=NAME_CHARACTERS, error=gettext_lazy("Enter a name for the survey."))

    def add_name_taken_error(self) -> None:
        self.add_error("name", _("A survey with this name already exists. Choose another name."))


class NewSurveyForm(SurveyNameForm):
    start = forms.ChoiceField(
        label=gettext_lazy("Start with"),
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose what to start with.")),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["start"].choices = [*choices, ("", _("No questions"))]  # type: ignore[attr-defined]
        self.fields["start"].required = False


def text_field(
    label: "StrPromise", *, limit: int, help_text: "StrPromise | str" = "", rows: int = 3
) -> forms.CharField:
    """An optional multi-line text."""
    return forms.CharField(
        label=label,
        max_length=limit,
        required=False,
        help_text=help_text,
        error_messages={"max_length": TOO_LONG},
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class ItemForm(forms.Form):
    """A question or section text of one kind, without the fields that don't apply to it."""

    text = text_field(
        gettext_lazy("Question to references"),
        limit=TEXT_CHARACTERS,
        help_text=gettext_lazy("Write {name} where the candidate's first name goes."),
    )
    choices = text_field(
        gettext_lazy("Choices"), limit=4000, help_text=gettext_lazy("One per line, from 2 to 12."), rows=6
    )
    in_self_reference = forms.BooleanField(
        label=gettext_lazy("Also ask the candidate"),
        help_text=gettext_lazy("As part of the self-reference. The report shows both sides together."),
        required=False,
        initial=True,
    )
    self_text = text_field(gettext_lazy("Question to the candidate"), limit=TEXT_CHARACTERS)
    relationships = forms.MultipleChoiceField(
        label=gettext_lazy("Only ask these references"),
        help_text=gettext_lazy("Leave all unchecked to ask every reference."),
        choices=[(str(each), each.label) for each in RELATIONSHIPS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    required = forms.BooleanField(
        label=gettext_lazy("Answer required"),
        help_text=gettext_lazy("If not checked, people can skip this question."),
        required=False,
        initial=True,
    )
    comment_allowed = forms.BooleanField(
        label=gettext_lazy("Allow a comment"),
        help_text=gettext_lazy("Always optional. Included in the time estimate."),
        required=False,
        initial=True,
    )
    purpose = line_field(
        gettext_lazy("Purpose"),
        limit=300,
        help_text=gettext_lazy("What you learn from the answer. Only your team sees it."),
    )
    kept_reason = text_field(gettext_lazy("Reason to keep it"), limit=500, rows=2)
    acknowledged = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.topics: list[prohibited_topics.Topic] = []
        self._use_fields_of(kind)
        labels = zip(NUMBERS, POINT_LABELS, strict=True) if kind == QuestionKind.RATING else ()
        for number, label in labels:
            self.fields[point(number)] = line_field(
                label,
                limit=LABEL_CHARACTERS,
                error=_("Enter a label for point %(number)s.") % {"number": number},
            )

    @property
    def points(self) -> list[forms.BoundField]:
        return [self[point(number)] for number in NUMBERS] if self.kind == QuestionKind.RATING else []

    def clean_text(self) -> str:
        text = _plain(self.cleaned_data["text"])
        if not text:
            raise ValidationError(
                _("Enter the text.") if self.kind == QuestionKind.SECTION else _("Enter the question.")
            )
        if BRACES.search(text):
            raise ValidationError(_("Only {name} can be in braces. It becomes the candidate's first name."))
        return text

    def clean_self_text(self) -> str:
        text = _plain(self.cleaned_data["self_text"])
        if self.cleaned_data.get("in_self_reference") and not text:
            words = {"label": self.fields["in_self_reference"].label}
            raise ValidationError(_("Enter the question for the candidate, or uncheck “%(label)s”.") % words)
        if BRACES.search(text) or "{name}" in text:
            raise ValidationError(_("Address the candidate as “you”. Names and braces aren't filled in here."))
        return text

    def clean_choices(self) -> list[str]:
        labels = [label for each in self.cleaned_data["choices"].splitlines() if (label := _plain(each))]
        if not 2 <= len(labels) <= MAX_CHOICES:
            sentence = _("Enter 2 to 12 choices, one per line. There are %(count)s now.")
            raise ValidationError(sentence % {"count": len(labels)})
        if len({label.casefold() for label in labels}) < len(labels):
            raise ValidationError(_("Two of the choices are the same. Change or remove one."))
        if too_long := [label for label in labels if len(label) > LABEL_CHARACTERS]:
            raise ValidationError(_("Use 120 characters or fewer for “%(start)s…”.") % {"start": too_long[0][:40]})
        return labels

    def clean(self) -> dict[str, Any]:
        """A prohibited topic needs a reason, entered after its warning was displayed."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self.topics = prohibited_topics.topics_in(
            [data.get("text", ""), data.get("self_text", ""), *self._labels(data)]
        )
        unseen = {topic.key for topic in self.topics} - set(data.get("acknowledged", "").split(","))
        if self.topics and (unseen or not data.get("kept_reason", "").strip()):
            self.add_error("kept_reason", _("Reword the question, or enter a reason to ask it anyway."))
        return data

    @property
    def values(self) -> dict[str, Any]:
        """The model field values of a valid form."""
        data = self.cleaned_data
        return {
            "kind": self.kind,
            "text": data["text"],
            "self_text": data["self_text"] if data["in_self_reference"] else "",
            "purpose": data.get("purpose", ""),
            "labels": self._labels(data),
            "relationships": data["relationships"],
            "in_self_reference": data["in_self_reference"],
            "required": data.get("required", False),
            "comment_allowed": self.kind == QuestionKind.YES_NO or data.get("comment_allowed", False),
            "kept_reason": data.get("kept_reason", "") if self.topics else "",
        }

    def _use_fields_of(self, kind: str) -> None:
        if kind not in CHOICE_KINDS:
            del self.fields["choices"]
        if kind not in (*CHOICE_KINDS, QuestionKind.RATING):
            del self.fields["comment_allowed"]
        if kind == QuestionKind.SECTION:
            del self.fields["required"], self.fields["purpose"]
            self.fields["text"].label = _("Text to references")
            self.fields["in_self_reference"].label = _("Also show it to the candidate")
            self.fields["in_self_reference"].help_text = ""
            self.fields["self_text"].label = _("Text to the candidate")

    def _labels(self, data: dict[str, Any]) -> list[str]:
        """The valid labels of the points or choices."""
        if self.kind == QuestionKind.RATING:
            return [data[point(number)] for number in NUMBERS if point(number) in data]
        return list(data.get("choices", []))

    @property
    def topic_keys(self) -> str:
        return ",".join(topic.key for topic in self.topics)


def point(number: int) -> str:
    """The name of the field with the label of a point."""
    return f"point_{number}"


def initial_of(item: SurveyItem) -> dict[str, Any]:
    """The initial form data of a question."""
    names = (
        "text",
        "self_text",
        "in_self_reference",
        "relationships",
        "required",
        "comment_allowed",
        "purpose",
        "kept_reason",
    )
    initial = {name: getattr(item, name) for name in names}
    if item.kind == QuestionKind.RATING:
        initial |= {point(number): label for number, label in enumerate(item.labels, start=1)}
    return {**initial, "choices": "\n".join(item.labels)}


def texts_sent(data: QueryDict) -> list[str]:
    """The submitted texts that people would read, without validation."""
    names = ("text", "self_text", "choices", *(point(number) for number in NUMBERS))
    return [data.get(name, "") for name in names]


def _plain(text: str) -> str:
    """The text without control characters except line breaks."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("".join(letter for letter in row if category(letter) != "Cc") for row in lines).strip()
