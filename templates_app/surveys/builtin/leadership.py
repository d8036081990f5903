"""For people who lead others: five ratings, one choice, one yes or no, and two open questions."""

from templates_app.models import QuestionKind
from templates_app.surveys.builtin.questions import HOW_OFTEN, WOULD_WORK_AGAIN, BuiltinQuestion, BuiltinSurvey

LEADERSHIP = BuiltinSurvey(
    key="leadership",
    name="Leadership survey",
    about="For roles that lead people: direction, decisions and team development.",
    number=2,
    questions=(
        BuiltinQuestion(
            key="direction",
            text="How clear was the team about what {name} expected?",
            self_text="How clear is your team about what you expect?",
            purpose="Shows whether people know what their work is for.",
            labels=(
                "Often guessing",
                "Clear about tasks, not about goals",
                "Clear most of the time",
                "Almost always clear",
                "Always clear, and able to explain it to others",
            ),
        ),
        BuiltinQuestion(
            key="decisions",
            text="When a decision was due, how often did {name} make it in time and explain it?",
            self_text="When a decision is due, how often do you make it in time and explain it?",
            purpose="Shows how they make and communicate decisions.",
            labels=HOW_OFTEN,
        ),
        BuiltinQuestion(
            key="listening",
            text="How often did {name} ask for and consider other views before deciding?",
            self_text="How often do you ask for and consider other views before deciding?",
            purpose="Shows whether decisions draw on what the team knows.",
            labels=HOW_OFTEN,
        ),
        BuiltinQuestion(
            key="developing",
            text="How much did people grow professionally while {name} led them?",
            self_text="How much do people grow professionally while you lead them?",
            purpose="Shows how people on their team develop.",
            labels=(
                "Hardly anyone",
                "A few, a little",
                "Several, a little",
                "Several, significantly",
                "Almost everyone, significantly",
            ),
        ),
        BuiltinQuestion(
            key="mistakes",
            text="When something went wrong, how did {name} handle it?",
            self_text="When something goes wrong, how do you handle it?",
            purpose="Shows whether it's safe to bring up problems.",
            labels=(
                "Looked for someone to blame",
                "Left it to others",
                "Fixed it when pushed",
                "Fixed it without being pushed",
                "Fixed it and addressed the cause",
            ),
        ),
        BuiltinQuestion(
            key="settings",
            text="In which of these situations have you seen {name} lead well?",
            self_text="In which of these situations have you led well?",
            purpose="Compares their experience with what the new role needs.",
            kind=QuestionKind.MULTIPLE_CHOICE,
            labels=(
                "A team in one place",
                "A team in several places",
                "A new or fast-growing team",
                "An unpopular change",
                "A crisis",
                "None of these came up",
            ),
        ),
        WOULD_WORK_AGAIN,
        BuiltinQuestion(
            key="strengths",
            text="What did people value in {name} as a leader? If you can, give an example from work.",
            self_text="What do people value in you as a leader? If you can, give an example from work.",
            purpose="Adds what ratings can't show.",
            kind=QuestionKind.LONG_TEXT,
        ),
        BuiltinQuestion(
            key="support",
            text="What would help {name} get off to a good start in a new leadership role?",
            self_text="What would help you get off to a good start in a new leadership role?",
            purpose="Helps the new organization get them off to a good start.",
            kind=QuestionKind.LONG_TEXT,
            required=False,
        ),
    ),
)
