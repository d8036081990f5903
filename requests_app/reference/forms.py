"""A form for each kind of question."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crosschq.core.ui.form_fields import LineField, LongTextField
from requests_app.models import Answer
from requests_app.reference.responses import AnswerInput
from templates_app.models import QuestionKind, SurveyItem

NOT_SEEN = "not_seen"
YES, NO = "yes", "no"
SHORT_TEXT_CHARACTERS = 300


class QuestionForm(forms.Form):
    """One question with the field that answers it, named `main`, and possibly a comment field, named `text`."""

    main = "text"

    def __init__(self, question: SurveyItem, wording: str, *args: Any, unseen: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.question, self.unseen = question, unseen
        answer = self.fields[self.main]
        answer.label, answer.required = wording, question.required
        if self.main != "text" and not question.comment_allowed:
            del self.fields["text"]
        self.set_choices()

    def set_choices(self) -> None:
        """Set the choices of the field."""

    def answer_input(self) -> AnswerInput:
        """The answer from a valid form."""
        return AnswerInput(text=self.cleaned_data.get("text", ""))

    @staticmethod
    def initial_of(answer: Answer) -> dict[str, Any]:
        return {"text": answer.text}

    @property
    def labels(self) -> list[tuple[str, str]]:
        return [(str(number), label) for number, label in enumerate(self.question.labels, start=1)]


class RatingForm(QuestionForm):
    main = "rating"
    rating = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an answer, or the last option if you can't tell")},
    )
    text = LongTextField(label=_("Add an example"), required=False, rows=4)

    def set_choices(self) -> None:
        self.fields["rating"].choices = [*self.labels, (NOT_SEEN, self.unseen)]  # type: ignore[attr-defined]

    def answer_input(self) -> AnswerInput:
        chosen = self.cleaned_data["rating"]
        return AnswerInput(
            rating=int(chosen) if chosen.isdecimal() else None,
            not_seen=chosen == NOT_SEEN,
            text=self.cleaned_data.get("text", ""),
        )

    @staticmethod
    def initial_of(answer: Answer) -> dict[str, Any]:
        return {"rating": NOT_SEEN if answer.not_seen else str(answer.rating or ""), "text": answer.text}


class SingleChoiceForm(QuestionForm):
    main = "choice"
    choice = forms.ChoiceField(widget=forms.RadioSelect, error_messages={"required": _("Choose one of the answers")})
    text = LongTextField(label=_("Add a comment"), required=False, rows=4)

    def set_choices(self) -> None:
        self.fields["choice"].choices = self.labels  # type: ignore[attr-defined]

    def answer_input(self) -> AnswerInput:
        chosen = self.cleaned_data["choice"]
        return AnswerInput(choices=(int(chosen),) if chosen else (), text=self.cleaned_data.get("text", ""))

    @staticmethod
    def initial_of(answer: Answer) -> dict[str, Any]:
        return {"choice": "".join(str(number) for number in answer.choices[:1]), "text": answer.text}


class MultipleChoiceForm(QuestionForm):
    main = "choices"
    choices = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose all that apply"),
        error_messages={"required": _("Choose one answer or more")},
    )
    text = LongTextField(label=_("Add a comment"), required=False, rows=4)

    def set_choices(self) -> None:
        self.fields["choices"].choices = self.labels  # type: ignore[attr-defined]

    def answer_input(self) -> AnswerInput:
        chosen = sorted({int(number) for number in self.cleaned_data["choices"]})
        return AnswerInput(choices=tuple(chosen), text=self.cleaned_data.get("text", ""))

    @staticmethod
    def initial_of(answer: Answer) -> dict[str, Any]:
        return {"choices": [str(number) for number in answer.choices], "text": answer.text}


class YesNoForm(QuestionForm):
    main = "yes_no"
    yes_no = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[(YES, _("Yes")), (NO, _("No"))],
        error_messages={"required": _("Choose yes or no")},
    )
    text = LongTextField(label=_("What is your reason?"), required=False, rows=4)

    def answer_input(self) -> AnswerInput:
        chosen = {YES: True, NO: False}.get(self.cleaned_data["yes_no"])
        return AnswerInput(yes_no=chosen, text=self.cleaned_data.get("text", ""))

    @staticmethod
    def initial_of(answer: Answer) -> dict[str, Any]:
        chosen = {True: YES, False: NO, None: ""}[answer.yes_no]
        return {"yes_no": chosen, "text": answer.text}


class ShortTextForm(QuestionForm):
    text = LineField(
        max_length=SHORT_TEXT_CHARACTERS,
        error_messages={"required": _("Write a few words")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class LongTextForm(QuestionForm):
    text = LongTextField(rows=8, error_messages={"required": _("Write a few words")})


FORMS: dict[str, type[QuestionForm]] = {
    QuestionKind.RATING: RatingForm,
    QuestionKind.SINGLE_CHOICE: SingleChoiceForm,
    QuestionKind.MULTIPLE_CHOICE: MultipleChoiceForm,
    QuestionKind.YES_NO: YesNoForm,
    QuestionKind.SHORT_TEXT: ShortTextForm,
    QuestionKind.LONG_TEXT: LongTextForm,
}
