"""How many segments a text message takes: encodings, segment sizes, and what makes it expensive.

3GPP TS 23.038, section 6.2.1: the GSM 7 bit default alphabet and its extension table. A single character outside them
turns the whole text into UCS-2, which has less than half the room. 3GPP TS 23.040, section 9.2.3.24.1: the header of a
segment takes 6 bytes.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_EXTENSION = frozenset("\f^{}\\[~]|€")  # escape plus character: two septets
SINGLE = {"GSM-7": 160, "UCS-2": 70}
PART = {"GSM-7": 153, "UCS-2": 67}
# As code points, since most of these look like their replacements.
REPLACEMENTS = {
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2039\u203a\u2032\u0060\u00b4", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022\u00b7", "-"),
    **dict.fromkeys("\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000", " "),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
    "\u2026": "...",
    "\u00d7": "x",
    "\u0131": "i",
    "\u0141": "L",
    "\u0142": "l",
    "\u0110": "D",
    "\u0111": "d",
    "\u0152": "OE",
    "\u0153": "oe",
    "\u1e9e": "SS",
}


@dataclass(frozen=True)
class Offender:
    """A character outside GSM-7. `replacement` is its equivalent in GSM-7; None if there is none."""

    character: str
    replacement: str | None


@dataclass(frozen=True)
class Count:
    """`units` are septets (GSM-7) or UTF-16 code units (UCS-2); `room` is how many fit into this many segments."""

    encoding: str
    units: int
    parts: int
    room: int
    offenders: tuple[Offender, ...]


def count(text: str) -> Count:
    """Count the text as it would be sent."""
    foreign = [letter for letter in dict.fromkeys(text) if letter not in GSM_7 and letter not in GSM_7_EXTENSION]
    encoding = "UCS-2" if foreign else "GSM-7"
    sizes = [_size(letter, encoding) for letter in text]
    parts = _parts(sizes, encoding)
    room = SINGLE[encoding] if parts <= 1 else PART[encoding] * parts
    return Count(encoding, sum(sizes), parts, room, tuple(Offender(letter, replacement(letter)) for letter in foreign))


def units(text: str) -> int:
    """Septets of the text after replacements.

    Text that stays UCS-2 counts as the number of septets that take the same room.
    """
    counted = count(replaced(text))
    return counted.units if counted.encoding == "GSM-7" else -(-counted.units * SINGLE["GSM-7"] // SINGLE["UCS-2"])


def replacement(letter: str) -> str | None:
    """The equivalent in GSM-7, or None. Letters lose their accents."""
    if letter in REPLACEMENTS:
        return REPLACEMENTS[letter]
    bare = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return bare if bare and all(part in GSM_7 for part in bare) else None


def replaced(text: str) -> str:
    """Convert to GSM-7. If a character has no replacement, the text is unchanged, so other scripts stay intact."""
    by = {each.character: each.replacement for each in count(text).offenders}
    if None in by.values():
        return text
    return "".join(by.get(letter, letter) or "" for letter in text)


def _size(letter: str, encoding: str) -> int:
    if encoding == "GSM-7":
        return 2 if letter in GSM_7_EXTENSION else 1
    return 2 if ord(letter) > 0xFFFF else 1  # a surrogate pair (RFC 2781)


def _parts(sizes: Iterable[int], encoding: str) -> int:
    """The number of segments. Escaped characters and surrogate pairs aren't split."""
    sizes = list(sizes)
    if sum(sizes) <= SINGLE[encoding]:
        return 1 if sizes else 0
    parts, used = 1, 0
    for size in sizes:
        if used + size > PART[encoding]:
            parts, used = parts + 1, 0
        used += size
    return parts
