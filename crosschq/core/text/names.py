"""Names that reach people outside: no address, link or phone number, since mail programs make them clickable.

What a person types is refused with words (`no_link`). What comes from an ATS is made harmless (`harmless`).
"""

import re
import unicodedata
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crosschq.core.text.printable import JOINERS

# NFKC makes fullwidth forms and U+2024 their ASCII counterparts. These it leaves, and some programs and readers don't.
LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys("\u3002\uff61\u06d4\u0701\u0702\ua4f8\ua60e\ufe52\u2024\uff0e", "."),
        **dict.fromkeys("\u2044\u2215\u29f8\u2571\uff0f\u27cb", "/"),
        **dict.fromkeys("\u2236\ua789\ufe55\uff1a\u02d0\u05c3", ":"),
        **dict.fromkeys("\uff20\ufe6b", "@"),
    }
)
DOMAINS = re.compile(r"(?:[\w-]+\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{2,63})", re.IGNORECASE)
EMAIL = re.compile(r"\S@\S")
SCHEME = re.compile(
    r"[a-z][a-z0-9+.-]*:/|//|\\\\|(?:\bmailto|\btel|\bsms|\bjavascript|\bdata):\S|\bwww\.\S", re.IGNORECASE
)
IP_ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
# Mail programs dial these at a touch: with the code of a country, or in groups as in North America.
PHONE = re.compile(r"\+ ?\d(?:[ ().-]{0,2}\d){6,}|(?<!\d)\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?!\d)")
# Written for people, to get past a check. "Dot net" is a word of job titles.
SPELLED = re.compile(
    r"(?<=\S) ?[(\[{<] ?(?:\.|dot) ?[)\]}>] ?(?=\S)|(?<=\S) dot (?=(?:com|org|io|info|biz)(?!\w))", re.IGNORECASE
)
ALWAYS = (EMAIL, SCHEME, IP_ADDRESS, PHONE, SPELLED)
# Categories of Unicode: marks such as vowels of India, and signs such as emoji.
LIKE_LETTERS = {"Mn", "Mc", "Me", "So", "Sk"}
LONGEST = 1000  # a form is also sent what is far too long
# Words of job titles. "js" is no top-level domain.
WORDS = frozenset({"asp.net", "vb.net", "ado.net"})


def find_link(text: str, *, allowed: Collection[str] = ()) -> str:
    """The first address, link, domain or phone number as a mail program would read it; empty where there is none.

    allowed: domains that may stand there by themselves.
    """
    read = " ".join(_read(text[:LONGEST]).split())
    # Of the same length: a domain may hold signs that a pattern takes for no letters.
    plain = "".join("x" if unicodedata.category(sign) in LIKE_LETTERS and sign > "\x7f" else sign for sign in read)
    if found := next((each for pattern in ALWAYS if (each := pattern.search(plain))), None):
        return next(
            (word for word in read.split() if found.group().strip() in word), read[slice(*found.span())].strip()
        )
    for found in DOMAINS.finditer(plain):
        domain = found.group().casefold()
        follows = plain[found.end() : found.end() + 1]
        is_word = domain in WORDS or domain.endswith(".js")
        if not (is_word or domain in allowed) or follows in ("/", ":"):
            return read[slice(*found.span())]
    return ""


def no_link(text: str, *, allowed: Collection[str] = ()) -> None:
    """A check of forms. Raises ValidationError."""
    if found := find_link(text, allowed=allowed):
        if PHONE.search(found):
            raise ValidationError(_("“%(found)s” looks like a phone number. Remove it."), params={"found": found[:60]})
        raise ValidationError(
            _("“%(found)s” looks like an address or a link. Remove it, or put a space after the dot."),
            params={"found": found[:60]},
            code="link",
        )


def harmless(text: str) -> str:
    """The same name on one line, spaces where a program would see an address or a link, and no phone number."""
    text = text[:LONGEST]
    if not find_link(text) and text.translate(JOINERS).isprintable():
        return text
    read = "".join(letter if letter.isprintable() else " " for letter in _read(text))
    while find_link(read):
        read = SPELLED.sub(" ", PHONE.sub(" ", " ".join(read.split()))).replace("@", " at ")
        read = re.sub(r"\.(?=\S)", ". ", re.sub(r":?[/\\]{2,}|:(?=\S)", " ", read))
    return " ".join(read.split())


def _read(text: str) -> str:
    """As it reads: compatibility forms as plain ones, and nothing invisible between the letters."""
    text = unicodedata.normalize("NFKC", text.translate(LOOK_ALIKES)).translate(LOOK_ALIKES)
    return "".join(
        letter for letter in text if unicodedata.category(letter) != "Cf" and letter not in "\u034f\ufe0e\ufe0f"
    )
