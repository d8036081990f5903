"""For those who lead others: six ratings, one choice and two open questions."""

from templates_app.models import QuestionKind
from templates_app.surveys.builtin.questions import HOW_OFTEN, BuiltinQuestion, BuiltinSurvey

LEADERSHIP = BuiltinSurvey(
    key="leadership",
    name="Leadership survey",
    about="For roles that lead people: direction, decisions, and what becomes of the team.",
    number=2,
    questions=(
        BuiltinQuestion(
            key="direction",
            text="How clear was the team about what {name} expected of it?",
            self_text="How clear is your team about what you expect of it?",
            purpose="Shows whether people know what their work is for.",
            labels=(
                "Often guessing",
                "Clear on tasks, not on goals",
                "Clear most of the time",
                "Clear nearly always",
                "Clear, and able to explain it to others",
            ),
        ),
        BuiltinQuestion(
            key="decisions",
            text="When a decision was due, how often did {name} make it in time and explain it?",
            self_text="When a decision is due, how often do you make it in time and explain it?",
            purpose="Shows how decisions are made and passed on.",
            labels=HOW_OFTEN,
        ),
        BuiltinQuestion(
            key="listening",
            text="How often did {name} ask for other views before deciding, and weigh them?",
            self_text="How often do you ask for other views before deciding, and weigh them?",
            purpose="Shows whether knowledge in the team reaches its decisions.",
            labels=HOW_OFTEN,
        ),
        BuiltinQuestion(
            key="developing",
            text="How much did people grow in their work while {name} led them?",
            self_text="How much do people grow in their work while you lead them?",
            purpose="Shows what becomes of the people in a team.",
            labels=(
                "Hardly anybody",
                "A few, a little",
                "Several, a little",
                "Several, clearly",
                "Nearly all, clearly",
            ),
        ),
        BuiltinQuestion(
            key="results",
            text="How fully did {name}'s team achieve what it set out to do?",
            self_text="How fully does your team achieve what it sets out to do?",
            purpose="Shows results of the team, not of one person.",
            labels=("Hardly", "Less than half", "About half", "Mostly", "Fully, or beyond"),
        ),
        BuiltinQuestion(
            key="mistakes",
            text="When something went wrong, how did {name} deal with it?",
            self_text="When something goes wrong, how do you deal with it?",
            purpose="Shows whether problems can be brought up safely.",
            labels=(
                "Looked for somebody to blame",
                "Left it to others",
                "Fixed it when pushed to",
                "Fixed it without being pushed",
                "Fixed it and changed what had caused it",
            ),
        ),
        BuiltinQuestion(
            key="settings",
            text="In which of these have you seen {name} lead well?",
            self_text="In which of these have you led well?",
            purpose="Compares what was seen with what the new role needs.",
            kind=QuestionKind.MULTIPLE_CHOICE,
            labels=(
                "A team in one place",
                "A team in several places",
                "A new team, or one that grew fast",
                "A change that many did not want",
                "A crisis",
                "None of these came up",
            ),
        ),
        BuiltinQuestion(
            key="strengths",
            text="What did people value in {name} as a leader? If you can, give an example from work.",
            self_text="What do people value in you as a leader? If you can, give an example from work.",
            purpose="Adds what no rating can show.",
            kind=QuestionKind.LONG_TEXT,
        ),
        BuiltinQuestion(
            key="support",
            text="What would help {name} start well in a new leadership role?",
            self_text="What would help you start well in a new leadership role?",
            purpose="Helps the new organization give a good start.",
            kind=QuestionKind.LONG_TEXT,
            required=False,
        ),
    ),
)
