"""Keep addresses, links, and phone numbers out of names, since email clients make them clickable.

Forms reject them (`no_link`). Names from an ATS are made harmless instead (`harmless`).
"""

import re
import unicodedata
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crosschq.core.text.characters import one_line

# NFKC turns fullwidth forms and U+2024 into ASCII. It keeps these, which programs or people may read as the same.
LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys("\u3002\uff61\u06d4\u0701\u0702\ua4f8\ua60e\ufe52\u2024\uff0e", "."),
        **dict.fromkeys("\u2044\u2215\u29f8\u2571\uff0f\u27cb", "/"),
        **dict.fromkeys("\u2236\ua789\ufe55\uff1a\u02d0\u05c3", ":"),
        **dict.fromkeys("\uff20\ufe6b", "@"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    }
)
DOMAINS = re.compile(r"(?:[\w-]+\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{2,63})", re.IGNORECASE)
EMAIL = re.compile(r"\S@\S")
SCHEME = re.compile(
    r"[a-z][a-z0-9+.-]*:/|//|\\\\|(?:\bmailto|\btel|\bsms|\bjavascript|\bdata):\S|\bwww\.\S", re.IGNORECASE
)
IP_ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
# Email clients make these tappable: with a country code after + or 00, or grouped as in North America.
PHONE = re.compile(
    r"\+ ?\d(?:[ ().-]{0,2}\d){6,}|(?<!\d)00[1-9](?:[ ().-]{0,2}\d){7,}"
    r"|(?<!\d)\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?!\d)"
)
# Spelled out to get past a filter. "Dot net" occurs in job titles.
SPELLED = re.compile(
    r"(?<=\S) ?[(\[{<] ?(?:\.|dot) ?[)\]}>] ?(?=\S)|(?<=\S) dot (?=(?:com|org|io|info|biz)(?!\w))", re.IGNORECASE
)
ALWAYS = (EMAIL, SCHEME, IP_ADDRESS, PHONE, SPELLED)
# Unicode categories: marks such as Indic vowels, and symbols such as emoji.
LIKE_LETTERS = {"Mn", "Mc", "Me", "So", "Sk"}
LONGEST = 1000  # characters; forms also get input that is far too long
# Words in job titles, degrees, and Italian titles. "js" isn't a top-level domain.
WORDS = frozenset(
    {
        "asp.net",
        "vb.net",
        "ado.net",
        "b.sc",
        "m.sc",
        "b.ed",
        "m.ed",
        "m.phil",
        "d.phil",
        "dott.ssa",
        "prof.ssa",
        "sig.ra",
    }
)


def find_link(text: str, *, allowed: Collection[str] = ()) -> str:
    """Find the first address, link, domain, or phone number that an email client would recognize; empty if none.

    allowed: domains that may appear on their own.
    """
    return _find(_read(text[:LONGEST]), allowed)


def _find(text: str, allowed: Collection[str] = ()) -> str:
    read = " ".join(text.split())
    # The text keeps its length, since a domain may contain symbols that the pattern doesn't match as letters.
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
    """Form validator. Raises ValidationError if the text contains a link."""
    if found := find_link(text, allowed=allowed):
        if PHONE.search(found):
            raise ValidationError(_("“%(found)s” looks like a phone number. Remove it."), params={"found": found[:60]})
        raise ValidationError(
            _("“%(found)s” looks like an address or a link. Remove it, or put a space after the dot."),
            params={"found": found[:60]},
            code="link",
        )


def harmless(text: str) -> str:
    """The name on one line, with addresses and links broken up by spaces, and without phone numbers."""
    text = one_line(text[:LONGEST])
    if not find_link(text):
        return text
    read = "".join(letter if letter.isprintable() else " " for letter in _read(text))
    # Not cut again: one letter can be read as eighteen, and the link may come after them.
    while _find(_read(read)):
        read = SPELLED.sub(" ", PHONE.sub(" ", " ".join(read.split()))).replace("@", " at ")
        read = re.sub(r"\.(?=\S)", ". ", re.sub(r":?[/\\]{2,}|:(?=\S)", " ", read))
    return one_line(read)


def _read(text: str) -> str:
    """Return the text as people read it: compatibility forms replaced, invisible characters removed."""
    text = unicodedata.normalize("NFKC", text.translate(LOOK_ALIKES)).translate(LOOK_ALIKES)
    return "".join(
        letter for letter in text if unicodedata.category(letter) != "Cf" and letter not in "\u034f\ufe0e\ufe0f"
    )
