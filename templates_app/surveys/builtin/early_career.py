"""For first and second jobs: six ratings, one yes or no, and two open questions."""

from templates_app.models import QuestionKind
from templates_app.surveys.builtin.questions import HOW_OFTEN, WOULD_WORK_AGAIN, BuiltinQuestion, BuiltinSurvey

EARLY_CAREER = BuiltinSurvey(
    key="early-career",
    name="Early career survey",
    about="For first jobs, second jobs and internships: learning and reliability rather than experience.",
    number=2,
    questions=(
        BuiltinQuestion(
            key="learning",
            text="How quickly did {name} learn what they needed for the job?",
            self_text="How quickly do you learn what you need for a job?",
            purpose="Shows how quickly they get up to speed.",
            labels=(
                "Much more slowly than others at the same stage",
                "A little more slowly than others at the same stage",
                "As quickly as others at the same stage",
                "A little more quickly than others at the same stage",
                "Much more quickly than others at the same stage",
            ),
        ),
        BuiltinQuestion(
            key="reliability",
            text="How often did {name} deliver what was agreed, on time?",
            self_text="How often do you deliver what was agreed, on time?",
            purpose="Shows how much others can rely on them.",
            labels=HOW_OFTEN,
        ),
        BuiltinQuestion(
            key="asking",
            text="When {name} was stuck, what usually happened?",
            self_text="When you are stuck, what usually happens?",
            purpose="Shows whether they ask for help in time. Asking counts as a strength.",
            labels=(
                "No one heard about it",
                "It came out late",
                "It came out when someone asked",
                "Asked for help in time",
                "Asked for help in time, with ideas for a solution",
            ),
        ),
        BuiltinQuestion(
            key="feedback",
            text="How often did {name} act on useful feedback?",
            self_text="How often do you act on useful feedback?",
            purpose="Shows how they grow in a job.",
            labels=HOW_OFTEN,
        ),
        BuiltinQuestion(
            key="care",
            text="How carefully did {name} check their work before handing it over?",
            self_text="How carefully do you check your work before handing it over?",
            purpose="Shows how much review their work needs.",
            labels=(
                "Rarely checked",
                "Checked when reminded",
                "Usually checked",
                "Almost always checked",
                "Always checked, with improvements to the process",
            ),
        ),
        BuiltinQuestion(
            key="together",
            text="How often did {name} make other people's work easier?",
            self_text="How often do you make other people's work easier?",
            purpose="Shows how they work on a team.",
            labels=HOW_OFTEN,
        ),
        WOULD_WORK_AGAIN,
        BuiltinQuestion(
            key="strengths",
            text="What did {name} do especially well? If you can, give an example from work or school.",
            self_text="What do you do especially well? If you can, give an example from work or school.",
            purpose="Adds what ratings can't show.",
            kind=QuestionKind.LONG_TEXT,
        ),
        BuiltinQuestion(
            key="support",
            text="What would help {name} learn quickly in a new job?",
            self_text="What would help you learn quickly in a new job?",
            purpose="Helps the new team get them off to a good start.",
            kind=QuestionKind.LONG_TEXT,
            required=False,
        ),
    ),
)
