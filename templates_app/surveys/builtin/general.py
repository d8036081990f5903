"""For most roles: seven ratings and two open questions."""

from templates_app.models import QuestionKind
from templates_app.surveys.builtin.questions import HOW_OFTEN, BuiltinQuestion, BuiltinSurvey

GENERAL = BuiltinSurvey(
    key="core",
    name="General survey",
    about="For most roles: the work, and how it is done with others.",
    number=2,
    questions=(
        BuiltinQuestion(
            key="quality",
            text="How good was the work that {name} delivered?",
            self_text="How good is the work that you deliver?",
            purpose="Shows the standard of work to expect.",
            labels=(
                "Well below the standard needed",
                "Below the standard needed",
                "At the standard needed",
                "Above the standard needed",
                "Well above the standard needed",
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
            key="informing",
            text="How often did {name} tell others early enough what they needed to know for their work?",
            self_text="How often do you tell others early enough what they need to know for their work?",
            purpose="Shows how information is passed on.",
            labels=HOW_OFTEN,
        ),
        BuiltinQuestion(
            key="helping",
            text="How often did {name} help others get their work done?",
            self_text="How often do you help others get their work done?",
            purpose="Shows how work is shared in a team.",
            labels=(
                "Almost never, even when asked",
                "Sometimes, when asked",
                "Usually, when asked",
                "Often, even without being asked",
                "Almost always, even without being asked",
            ),
        ),
        BuiltinQuestion(
            key="problems",
            text="When problems came up in the work, how many did {name} solve or bring to somebody who could?",
            self_text="When problems come up in your work, how many do you solve or bring to somebody who can?",
            purpose="Shows how problems are dealt with. Asking for help counts.",
            labels=("Almost none", "Fewer than half", "About half", "More than half", "Almost all"),
        ),
        BuiltinQuestion(
            key="feedback",
            text="How often did {name} act on useful feedback?",
            self_text="How often do you act on useful feedback?",
            purpose="Shows how somebody grows in a job.",
            labels=HOW_OFTEN,
        ),
        BuiltinQuestion(
            key="disagreement",
            text="When there was disagreement at work, how did {name} treat the other people?",
            self_text="When there is disagreement at work, how do you treat the other people?",
            purpose="Shows how conflicts at work are handled.",
            labels=(
                "Mostly without respect",
                "Sometimes without respect",
                "Usually with respect",
                "Almost always with respect",
                "Always with respect",
            ),
        ),
        BuiltinQuestion(
            key="strengths",
            text="What did {name} do especially well? If you can, give an example from work.",
            self_text="What do you do especially well? If you can, give an example from work.",
            purpose="Adds what no rating can show.",
            kind=QuestionKind.LONG_TEXT,
        ),
        BuiltinQuestion(
            key="support",
            text="What would help {name} do well in a new job?",
            self_text="What would help you do well in a new job?",
            purpose="Helps the new team give a good start.",
            kind=QuestionKind.LONG_TEXT,
            required=False,
        ),
    ),
)
