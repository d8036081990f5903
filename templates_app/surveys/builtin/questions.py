"""The building blocks of the built-in surveys.

Each question asks about something a colleague could observe, on its own labeled scale, so that people answer from
memory rather than sympathy. Nothing asks about health, age, family, origin, religion, pay, or personality. The labels
fit both references and candidates: they work in any tense and person.
"""

from dataclasses import dataclass

from templates_app.models import CHOICE_KINDS, COMMENT_KINDS, Question, QuestionKind

# The key of the question whose answer the report shows at a glance.
WORK_AGAIN = "work-again"
HOW_OFTEN = (
    "Almost never",
    "Less than half the time",
    "About half the time",
    "More than half the time",
    "Almost always",
)


@dataclass(frozen=True)
class BuiltinQuestion:
    """A question. `{name}` is the candidate's first name; `labels` are the choices."""

    key: str
    text: str
    self_text: str
    purpose: str
    kind: QuestionKind = QuestionKind.RATING
    labels: tuple[str, ...] = ()
    required: bool = True


WOULD_WORK_AGAIN = BuiltinQuestion(
    key=WORK_AGAIN,
    text="Would you work with {name} again?",
    self_text="Do you expect your references to say that they would work with you again?",
    purpose="Sums up their experience, with the reason in their own words.",
    kind=QuestionKind.YES_NO,
)


@dataclass(frozen=True)
class BuiltinSurvey:
    """A survey. Increase `number` whenever the text changes: answers stay with the questions as they were asked."""

    key: str
    name: str
    about: str
    number: int
    questions: tuple[BuiltinQuestion, ...]

    def rows(self) -> list[Question]:
        """The questions as unsaved rows."""
        return [
            Question(
                key=question.key,
                position=position,
                kind=question.kind,
                text=question.text,
                self_text=question.self_text,
                purpose=question.purpose,
                labels=list(question.labels),
                required=question.required,
                comment_allowed=question.kind in COMMENT_KINDS and question.kind not in CHOICE_KINDS,
            )
            for position, question in enumerate(self.questions, start=1)
        ]
