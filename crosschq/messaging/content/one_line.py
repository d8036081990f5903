"""Make text fit on one line."""

from crosschq.core.text.characters import one_line
from crosschq.core.text.direction import isolated


def plain(text: str) -> str:
    """The text on one line, without control characters and direction overrides."""
    return one_line(text)


def in_sentence(name: str) -> str:
    """The name on one line, for a sentence of a message. A subject takes the isolates out again."""
    return isolated(plain(name))


def short(text: str, room: int) -> str:
    """Shorten the text to at most `room` characters, after a whole word if possible."""
    text = plain(text)
    if len(text) <= room:
        return text
    cut = text[: max(room - 1, 1)]
    head, space, _ = cut.rpartition(" ")
    return f"{head if space and len(head) > room // 2 else cut}…"
