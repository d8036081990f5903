"""Topics that a reference must not be asked about, found in the wording of a question.

In most countries an answer about one of these may not weigh in a decision to hire: see the EEOC's "Prohibited
Employment Policies/Practices", directives 2000/43/EC and 2000/78/EC, and articles 9 and 10 of the GDPR. The patterns
know English words. They may find too much, which is why a question can be kept with a reason.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

WHOSE = "(?:his|her|their|your|whose|somebody's)"
WHO = "(?:he|she|they|you|somebody)"
IS = "(?:is|was|are|were)"
DO = "(?:do|does|did)"
NATION = (
    "(?:americans?|mexicans?|canadians?|british|english|irish|scottish|german|french|italian|spanish|portuguese|dutch"
    "|belgian|swiss|austrian|polish|ukrainian|russian|romanian|greek|turkish|swedish|norwegian|danish|finnish|european"
    "|african|nigerian|arab|iranian|israeli|asian|indian|pakistani|chinese|japanese|korean|filipino|vietnamese|latin[oax]"
    "|hispanic|cuban|brazilian|australian)"
)


@dataclass(frozen=True)
class Topic:
    """reason: why not to ask. rewording: what can be asked instead."""

    key: str
    label: "StrPromise"
    reason: "StrPromise"
    rewording: "StrPromise"
    pattern: re.Pattern[str]


def _words(*lines: str) -> re.Pattern[str]:
    """Any of these words and phrases, which commas divide. `somebody` stands for the candidate's name."""
    phrases = [phrase.strip() for line in lines for phrase in line.split(",")]
    pattern = "|".join(phrases)
    for name, words in (("WHOSE", WHOSE), ("WHO", WHO), ("IS", IS), ("DO", DO), ("NATION", NATION)):
        pattern = re.sub(rf"\b{name}\b", words, pattern)
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


TOPICS = (
    Topic(
        "health",
        _("Health"),
        _("Illness and sick leave are protected, and a reference is no source for them."),
        _("Ask how often agreed work was done by the time agreed."),
        _words(
            "health(?! ?care)(?! and safety), healthy, ill(?!-), illness(?:es)?, sick(?:ness)?, diseases?",
            "medical, medications?",
            r"mental(?:ly)? \w+, depressed, depression, burn-?out, therapy, cancer, hiv, addict(?:ed|ions?)?",
            "alcohol(?:ic)?, absenteeism, WHOSE absences?, days absent, DO WHO miss (?:many |much )?(?:days|work)",
            r"IS WHO (?:\w+ )?absent(?!-)",
            r"DO WHO (?:\w+ )?(?:smoke|vape|drink)(?![ -]test), smokers?, overweight, underweight, obes(?:e|ity)",
            "how much DO WHO weigh",
        ),
    ),
    Topic(
        "disability",
        _("Disability"),
        _("What somebody can do in the role counts, not whether there is a disability."),
        _("Name a task of the role and ask how well it was done."),
        _words(
            "disab(?:led|ility|ilities), handicap(?:ped|s)?, wheelchair, impair(?:ed|ments?), autism",
            "autistic, adhd, dyslexi[ac]",
        ),
    ),
    Topic(
        "pregnancy",
        _("Pregnancy and parental leave"),
        _("Pregnancy, birth and parental leave are protected in law nearly everywhere."),
        _("Ask about the work itself: its quality, or how it was handed over."),
        _words(
            "pregnant, pregnancy, pregnancies, (?:maternity|paternity|parental) leave, giv(?:e|ing) birth",
            "breast-?feeding",
            "(?:have|having|want|wants|wanted|plan|plans) (?:more |any )?(?:kids|children|a baby)",
        ),
    ),
    Topic(
        "age",
        _("Age"),
        _("Age tells nothing about the work, and may not decide."),
        _("Ask for the experience that the role needs, such as leading a project from start to end."),
        _words(
            "how old IS WHO, WHOSE age, age of somebody, age group, too (?:old|young), birthdays?",
            "(?:date|year) of birth, when IS WHO born, (?:date|year) of graduation, graduation (?:date|year)",
            "near(?:ing)? retirement, clos(?:e|ing) to retirement",
            r"when DO WHO (?:graduate|(?:finish|leave) (?:high )?school), young and dynamic",
            r"fits? (?:\w+ )?(?:\w+ )?(?:\w+ )?young(?:er)? (?:\w+ )?team",
        ),
    ),
    Topic(
        "family",
        _("Family and private life"),
        _("Marriage, children and care for others are private and must not count for or against anybody."),
        _("Ask how dependable agreed working times were."),
        _words(
            "married, marriage, marital, divorced?, spouse, husband, wife, (?:boy|girl)friend, child-?care",
            "has (?:any )?(?:kids|children)",
            "WHOSE (?:family|families|child(?:ren)?|kids|partner|private life|home life)",
            "single (?:mother|father|parent), IS WHO a (?:mother|father|parent|mom|dad)",
            "family (?:life|plans?|planning|situation|commitments?|duties)",
        ),
    ),
    Topic(
        "religion",
        _("Religion and belief"),
        _("Belief is protected, and working times can be agreed without knowing it."),
        _("Ask about the working times that the role needs, for everybody alike."),
        _words(
            "religions?, religious, church, mosque, synagogue, prays?, prayers?, praying, (?<!good )faith",
            "christian, muslims?, jewish",
            "hindu, buddhist, atheist, headscarf, hijab, sabbath, ramadan",
        ),
    ),
    Topic(
        "origin",
        _("Origin, skin color and nationality"),
        _("Origin is protected. A right to work is checked with papers, not with references."),
        _("If the role needs a language, ask how well it was spoken and written at work."),
        _words(
            "race(?! (?:conditions?|against|to|for)), racial, ethnic(?:ity|ities|ally)?, skin colou?r, nationality",
            "nationalities, citizenship, immigrants?",
            "native speaker, mother tongue, accent, place of birth, birthplace, country of origin",
            "foreigners?, foreign[ -]born, foreign (?:national(?:s|ity)?|origin|background|passport|name)",
            "IS WHO foreign, where IS WHO (?:originally )?from, where DO WHO (?:originally )?come from",
            # Not of what follows such a word: an American football coach is asked about football.
            r"IS WHO (?:an? )?NATION(?= ?(?:[?.!;]|$|or\b|citizen|national)), IS WHO an? (?:\w+ )?citizen",
        ),
    ),
    Topic(
        "orientation",
        _("Gender and sexual orientation"),
        _("Gender and orientation are protected and say nothing about the work."),
        _("Ask how work with other people went."),
        _words(
            r"sexual(?! harassment), sexuality, gay, lesbian, bisexual, homosexual, queer, transgender, lgbt\w*",
            "gender identity, WHOSE (?:gender|sex), IS WHO (?:a )?(?:man|woman|male|female)(?! of)",
        ),
    ),
    Topic(
        "service",
        _("Military service"),
        _("Service in the armed forces is protected in the United States and must not count for or against anybody."),
        _("Ask about the skill that the role needs, wherever it was learned."),
        _words(
            "IS WHO an? (?:(?:war|army|navy|military|combat|disabled) )?veteran(?! of), veterans? status",
            "military (?:service|status|duty|discharge)",
            "serv(?:e|ed|ing) in the (?:army|navy|military|armed forces|marines)",
            "reservist, national guard",
        ),
    ),
    Topic(
        "union",
        _("Union membership and politics"),
        _("Membership in a union or a party is protected and private."),
        _("Ask how disagreement at work was handled."),
        _words(
            r"(?:trade|labou?r) unions?, unioni[sz]\w+",
            r"union (?:members?|membership|activity|activities|rep\w*), works council",
            "on strike, politics, political (?:views?|opinions?|party|activity|activities), voted? for",
        ),
    ),
    Topic(
        "pay",
        _("Pay history"),
        _("Many states and countries forbid asking what somebody earned: it carries past unfairness forward."),
        _("Leave it out. Pay is for the offer, ask the candidate what they expect."),
        _words(
            "salary, salaries, earn(?:s|ed|ings?)?, wages?, compensation, bonus(?:es)?, income, remuneration",
            "pay (?:history|level|grade|rise), IS WHO paid, WHO IS paid",
        ),
    ),
    Topic(
        "record",
        _("Criminal record"),
        _("Records are checked by law where a role needs it, never by asking colleagues."),
        _("Ask how trusted tasks, such as money or keys, were handled."),
        _words(
            "criminal(?: record)?, convict(?:ed|ions?), arrest(?:ed|s)?, prison, jail, felony, felonies",
            "police record, parole",
        ),
    ),
    Topic(
        "finances",
        _("Debts and private money"),
        _("Private money matters are no business of an employer, but for a few roles that the law names."),
        _("Ask how money of the employer was handled."),
        _words(
            "debts?, bankrupt(?:cy)?, credit (?:score|history|rating), garnish(?:ed|ments?)",
        ),
    ),
)


def topics_in(texts: Iterable[str]) -> list[Topic]:
    """The topics that these texts touch, in the order of TOPICS. `{name}` in them is the candidate."""
    whole = "\n".join(texts).replace("{name}", "somebody").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return [topic for topic in TOPICS if topic.pattern.search(whole)]
