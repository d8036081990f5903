"""How the built-in surveys are written down.

Each question asks for something that a colleague could see, on its own labeled scale, so that it can be answered from
memory and not from sympathy. Nothing asks about health, age, family, origin, religion, pay or personality. The
labels carry neither tense nor person: references and candidates choose between the same words.
"""

from dataclasses import dataclass

from templates_app.models import CHOICE_KINDS, COMMENT_KINDS, Question, QuestionKind

HOW_OFTEN = (
    "Almost never",
    "Less than half of the time",
    "About half of the time",
    "More than half of the time",
    "Almost always",
)


@dataclass(frozen=True)
class BuiltinQuestion:
    """`{name}` is the candidate's first name; `labels` are what can be chosen."""

    key: str
    text: str
    self_text: str
    purpose: str
    kind: QuestionKind = QuestionKind.RATING
    labels: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True)
class BuiltinSurvey:
    """number: one more with every change of the texts, since answers stay with the words they were given to."""

    key: str
    name: str
    about: str
    number: int
    questions: tuple[BuiltinQuestion, ...]

    def rows(self) -> list[Question]:
        """The questions as rows that are not saved."""
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
