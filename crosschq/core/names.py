"""Names that reach people outside: no address and no link in them, since mail programs make both clickable.

What a person types is refused with words (`no_link`). What comes from an ATS is made harmless (`harmless`).
"""

import re
import unicodedata
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .visible import JOINERS

# NFKC makes fullwidth forms and U+2024 their ASCII counterparts. These it leaves, and some programs and readers don't.
LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys("\u3002\uff61\u06d4\u0701\u0702\ua4f8\ua60e\ufe52\u2024\uff0e", "."),
        **dict.fromkeys("\u2044\u2215\u29f8\u2571\uff0f\u27cb", "/"),
        **dict.fromkeys("\u2236\ua789\ufe55\uff1a\u02d0\u05c3", ":"),
        **dict.fromkeys("\uff20\ufe6b", "@"),
    }
)
LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
DOMAIN = rf"{LABEL}(?:\.{LABEL})*\.(?:xn--[a-z0-9-]+|[^\W\d_]{{2,63}})"
EMAIL = re.compile(r"\S@\S")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:/|//|\\\\|(?:\bmailto|\btel|\bjavascript|\bdata):\S|\bwww\.\S", re.IGNORECASE)
DOMAINS = re.compile(DOMAIN, re.IGNORECASE)
IP_ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
CLICKABLE = re.compile(rf"{DOMAIN}|{IP_ADDRESS.pattern}|\bwww\.(?=\S)", re.IGNORECASE)
UNSEEN = "\u034f\ufe0e\ufe0f"
# Words of job titles. "js" is no top-level domain.
LONGEST = 1000  # a form is also sent what is far too long
WORDS = frozenset({"asp.net", "vb.net", "ado.net"})


def find_link(text: str, *, allowed: Collection[str] = ()) -> str:
    """The first address, link or domain in the text as it would read to a mail program; empty where there is none.

    allowed: domains that may stand there by themselves.
    """
    read = _read(text[:LONGEST])
    if found := (EMAIL.search(read) or SCHEME.search(read) or IP_ADDRESS.search(read)):
        return next((word for word in read.split() if found.group().strip() in word), found.group())
    for found in DOMAINS.finditer(read):
        domain = found.group().casefold()
        follows = read[found.end() : found.end() + 1]
        is_word = domain in WORDS or domain.endswith(".js")
        if not (is_word or domain in allowed) or follows in ("/", ":"):
            return found.group()
    return ""


def no_link(text: str, *, allowed: Collection[str] = ()) -> None:
    """A check of forms. Raises ValidationError."""
    if found := find_link(text, allowed=allowed):
        raise ValidationError(
            _("“%(found)s” reads as an address or a link. Leave it out, or put a space after the dot."),
            params={"found": found[:60]},
            code="link",
        )


def harmless(text: str) -> str:
    """The same name on one line, with spaces where a mail program would see an address or a link."""
    text = text[:LONGEST]
    if not find_link(text) and text.translate(JOINERS).isprintable():
        return text
    read = "".join(letter if letter.isprintable() else " " for letter in _read(text))
    read = re.sub(r":?[/\\]{2,}|:(?=\S)", " ", read.replace("@", " at "))
    while CLICKABLE.search(read):
        read = CLICKABLE.sub(lambda found: found.group().replace(".", ". "), read)
    return " ".join(read.split())


def _read(text: str) -> str:
    """As it reads: compatibility forms as plain ones, and nothing invisible between the letters."""
    text = unicodedata.normalize("NFKC", text.translate(LOOK_ALIKES)).translate(LOOK_ALIKES)
    return "".join(
        letter for letter in text if unicodedata.category(letter) != "Cf" and letter not in "\u034f\ufe0e\ufe0f"
    )
