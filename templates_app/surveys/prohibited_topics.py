"""Finding topics that a reference check must not ask about.

In most countries, these topics must not influence a hiring decision: see the EEOC's "Prohibited Employment
Policies/Practices", directives 2000/43/EC and 2000/78/EC, and articles 9 and 10 of the GDPR. The patterns match
English words. They can match too much, so a question can be kept with a reason.
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
    """A prohibited topic. reason: why not to ask. rewording: what to ask instead."""

    key: str
    label: "StrPromise"
    reason: "StrPromise"
    rewording: "StrPromise"
    pattern: re.Pattern[str]


def _words(*lines: str) -> re.Pattern[str]:
    """A pattern for any of these comma-separated words and phrases. `somebody` is the candidate's name."""
    phrases = [phrase.strip() for line in lines for phrase in line.split(",")]
    pattern = "|".join(phrases)
    for name, words in (("WHOSE", WHOSE), ("WHO", WHO), ("IS", IS), ("DO", DO), ("NATION", NATION)):
        pattern = re.sub(rf"\b{name}\b", words, pattern)
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


TOPICS = (
    Topic(
        "health",
        _("Health"),
        _("Illness and sick leave are protected, and references shouldn't be asked about them."),
        _("Ask how often they delivered what was agreed, on time."),
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
        _("What counts is what someone can do in the role, not whether they have a disability."),
        _("Name a task of the role and ask how well they did it."),
        _words(
            "disab(?:led|ility|ilities), handicap(?:ped|s)?, wheelchair, impair(?:ed|ments?), autism",
            "autistic, adhd, dyslexi[ac]",
        ),
    ),
    Topic(
        "pregnancy",
        _("Pregnancy and parental leave"),
        _("Pregnancy, childbirth, and parental leave are protected by law almost everywhere."),
        _("Ask about the work itself, such as its quality or how they handed it over."),
        _words(
            "pregnant, pregnancy, pregnancies, (?:maternity|paternity|parental) leave, giv(?:e|ing) birth",
            "breast-?feeding",
            "(?:have|having|want|wants|wanted|plan|plans) (?:more |any )?(?:kids|children|a baby)",
        ),
    ),
    Topic(
        "age",
        _("Age"),
        _("Age says nothing about someone's work and must not affect the decision."),
        _("Ask about the experience the role needs, such as leading a project from start to finish."),
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
        _("Marriage, children, and caregiving are private and must not count for or against anyone."),
        _("Ask how reliably they kept agreed working hours."),
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
        _("Religion is protected, and working hours can be agreed on without knowing it."),
        _("Ask everyone the same question about the working hours the role needs."),
        _words(
            "religions?, religious, church, mosque, synagogue, prays?, prayers?, praying, (?<!good )faith",
            "christian, muslims?, jewish",
            "hindu, buddhist, atheist, headscarf, hijab, sabbath, ramadan",
        ),
    ),
    Topic(
        "origin",
        _("Origin, skin color, and nationality"),
        _("Origin is protected. Employers verify the right to work with documents, not references."),
        _("If the role needs a language, ask how well they spoke and wrote it at work."),
        _words(
            "race(?! (?:conditions?|against|to|for)), racial, ethnic(?:ity|ities|ally)?, skin colou?r, nationality",
            "nationalities, citizenship, immigrants?",
            "native speaker, mother tongue, accent, place of birth, birthplace, country of origin",
            "foreigners?, foreign[ -]born, foreign (?:national(?:s|ity)?|origin|background|passport|name)",
            "IS WHO foreign, where IS WHO (?:originally )?from, where DO WHO (?:originally )?come from",
            # Only at the end of a phrase: "an American football coach" is about football.
            r"IS WHO (?:an? )?NATION(?= ?(?:[?.!;]|$|or\b|citizen|national)), IS WHO an? (?:\w+ )?citizen",
        ),
    ),
    Topic(
        "orientation",
        _("Gender and sexual orientation"),
        _("Gender and orientation are protected and say nothing about the work."),
        _("Ask how they worked with other people."),
        _words(
            r"sexual(?! harassment), sexuality, gay, lesbian, bisexual, homosexual, queer, transgender, lgbt\w*",
            "gender identity, WHOSE (?:gender|sex), IS WHO (?:a )?(?:man|woman|male|female)(?! of)",
        ),
    ),
    Topic(
        "service",
        _("Military service"),
        _("Service in the armed forces is protected in the United States and must not count for or against anyone."),
        _("Ask about the skill the role needs, no matter where they learned it."),
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
        _("Union and party membership is protected and private."),
        _("Ask how they handled disagreement at work."),
        _words(
            r"(?:trade|labou?r) unions?, unioni[sz]\w+",
            r"union (?:members?|membership|activity|activities|rep\w*), works council",
            "on strike, politics, political (?:views?|opinions?|party|activity|activities), voted? for",
        ),
    ),
    Topic(
        "pay",
        _("Pay history"),
        _("Many states and countries prohibit asking about past pay, because it carries past unfairness forward."),
        _("Leave it out, and ask the candidate what pay they expect."),
        _words(
            "salary, salaries, earn(?:s|ed|ings?)?, wages?, compensation, bonus(?:es)?, income, remuneration",
            "pay (?:history|level|grade|rise), IS WHO paid, WHO IS paid",
        ),
    ),
    Topic(
        "record",
        _("Criminal record"),
        _("If a role requires a background check, it follows a legal process, not questions to colleagues."),
        _("Ask how they handled positions of trust, such as access to money or keys."),
        _words(
            "criminal(?: record)?, convict(?:ed|ions?), arrest(?:ed|s)?, prison, jail, felony, felonies",
            "police record, parole",
        ),
    ),
    Topic(
        "finances",
        _("Debt and personal finances"),
        _("Personal finances are private, except for a few roles named by law."),
        _("Ask how they handled the employer's money."),
        _words(
            "debts?, bankrupt(?:cy)?, credit (?:score|history|rating), garnish(?:ed|ments?)",
        ),
    ),
)


def topics_in(texts: Iterable[str]) -> list[Topic]:
    """The prohibited topics in these texts, in the order of TOPICS."""
    whole = "\n".join(texts).replace("{name}", "somebody").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return [topic for topic in TOPICS if topic.pattern.search(whole)]
