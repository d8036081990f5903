"""For most roles: six ratings, one yes or no, and two open questions."""

from templates_app.models import QuestionKind
from templates_app.surveys.builtin.questions import HOW_OFTEN, WOULD_WORK_AGAIN, BuiltinQuestion, BuiltinSurvey

GENERAL = BuiltinSurvey(
    key="core",
    name="General survey",
    about="For most roles: quality of work and working with others.",
    number=2,
    questions=(
        BuiltinQuestion(
            key="quality",
            text="How good was the work {name} delivered?",
            self_text="How good is the work you deliver?",
            purpose="Shows what quality of work to expect.",
            labels=(
                "Well below expectations",
                "Below expectations",
                "Met expectations",
                "Above expectations",
                "Well above expectations",
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
            key="informing",
            text="How often did {name} give others the information they needed in time?",
            self_text="How often do you give others the information they need in time?",
            purpose="Shows how well they share information.",
            labels=HOW_OFTEN,
        ),
        BuiltinQuestion(
            key="problems",
            text="When problems came up at work, how many did {name} solve or take to someone who could?",
            self_text="When problems come up at work, how many do you solve or take to someone who can?",
            purpose="Shows how they handle problems. Asking for help counts.",
            labels=("Almost none", "Fewer than half", "About half", "More than half", "Almost all"),
        ),
        BuiltinQuestion(
            key="feedback",
            text="How often did {name} act on useful feedback?",
            self_text="How often do you act on useful feedback?",
            purpose="Shows how they grow in a job.",
            labels=HOW_OFTEN,
        ),
        BuiltinQuestion(
            key="disagreement",
            text="When people disagreed at work, how did {name} treat them?",
            self_text="When people disagree at work, how do you treat them?",
            purpose="Shows how they handle conflict at work.",
            labels=(
                "Mostly without respect",
                "Sometimes without respect",
                "Usually with respect",
                "Almost always with respect",
                "Always with respect",
            ),
        ),
        WOULD_WORK_AGAIN,
        BuiltinQuestion(
            key="strengths",
            text="What did {name} do especially well? If you can, give an example from work.",
            self_text="What do you do especially well? If you can, give an example from work.",
            purpose="Adds what ratings can't show.",
            kind=QuestionKind.LONG_TEXT,
        ),
        BuiltinQuestion(
            key="support",
            text="What would help {name} do well in a new job?",
            self_text="What would help you do well in a new job?",
            purpose="Helps the new team get them off to a good start.",
            kind=QuestionKind.LONG_TEXT,
            required=False,
        ),
    ),
)
