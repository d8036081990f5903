"""For first and second jobs: six ratings, one yes or no, and two open questions."""

from templates_app.models import QuestionKind
from templates_app.surveys.builtin.questions import HOW_OFTEN, BuiltinQuestion, BuiltinSurvey

EARLY_CAREER = BuiltinSurvey(
    key="early-career",
    name="Early career survey",
    about="For first and second jobs, and for internships: learning and reliability before experience.",
    number=2,
    questions=(
        BuiltinQuestion(
            key="learning",
            text="How quickly did {name} learn what the work needed?",
            self_text="How quickly do you learn what the work needs?",
            purpose="Shows how fast somebody gets going.",
            labels=(
                "Much more slowly than others at that stage",
                "A little more slowly than others at that stage",
                "As quickly as others at that stage",
                "A little more quickly than others at that stage",
                "Much more quickly than others at that stage",
            ),
        ),
        BuiltinQuestion(
            key="reliability",
            text="How often did {name} do what was agreed, by the time agreed?",
            self_text="How often do you do what was agreed, by the time agreed?",
            purpose="Shows how far others can plan on what was agreed.",
            labels=HOW_OFTEN,
        ),
        BuiltinQuestion(
            key="asking",
            text="When {name} was stuck, what usually happened?",
            self_text="When you are stuck, what usually happens?",
            purpose="Shows whether help is asked for in time. Asking counts as a strength.",
            labels=(
                "Nobody heard about it",
                "It came out late",
                "It came out when somebody asked",
                "Help was asked for in time",
                "Help was asked for in time, with ideas about how to proceed",
            ),
        ),
        BuiltinQuestion(
            key="feedback",
            text="How often did {name} act on useful feedback?",
            self_text="How often do you act on useful feedback?",
            purpose="Shows how somebody grows in a job.",
            labels=HOW_OFTEN,
        ),
        BuiltinQuestion(
            key="care",
            text="How carefully did {name} check work before handing it over?",
            self_text="How carefully do you check your work before handing it over?",
            purpose="Shows how much checking by others is needed.",
            labels=(
                "Hardly ever checked",
                "Checked when reminded",
                "Checked most of the time",
                "Checked nearly always",
                "Checked, and improved how it is checked",
            ),
        ),
        BuiltinQuestion(
            key="together",
            text="How often did {name} make the work of others easier?",
            self_text="How often do you make the work of others easier?",
            purpose="Shows how work is shared in a team.",
            labels=HOW_OFTEN,
        ),
        BuiltinQuestion(
            key="more",
            text="Would you have given {name} more responsibility by the end of their time with you?",
            self_text="Would you like more responsibility by the end of your time in a job or internship?",
            purpose="Asks for a step that can be pictured, and for the reason.",
            kind=QuestionKind.YES_NO,
        ),
        BuiltinQuestion(
            key="strengths",
            text="What did {name} do especially well? If you can, give an example from work or studies.",
            self_text="What do you do especially well? If you can, give an example from work or studies.",
            purpose="Adds what no rating can show.",
            kind=QuestionKind.LONG_TEXT,
        ),
        BuiltinQuestion(
            key="support",
            text="What would help {name} learn well in a new job?",
            self_text="What would help you learn well in a new job?",
            purpose="Helps the new team give a good start.",
            kind=QuestionKind.LONG_TEXT,
            required=False,
        ),
    ),
)
