"""Links in text: our own addresses. Any other address stays text, because someone else wrote it."""

import re
from dataclasses import dataclass

from django.conf import settings

from crosschq.core.ui.library import register

URL = re.compile(r"https?://[^\s<>\"“”]+")
AFTER_URL = ".,;:!?)]}'\u2019\u00bb"  # punctuation after a link, not part of it


@dataclass(frozen=True)
class LinkedPiece:
    """A part of a text. `url`: where it links to; empty for plain text."""

    text: str
    url: str = ""


@register.filter
def with_links(text: str) -> list[LinkedPiece]:
    """Split the text into plain text and links to our own pages."""
    pieces, end = [], 0
    for found in URL.finditer(text):
        url = found[0].rstrip(AFTER_URL)
        if url == settings.BASE_URL or url.startswith(f"{settings.BASE_URL}/"):
            pieces += [LinkedPiece(text[end : found.start()]), LinkedPiece(url, url)]
            end = found.start() + len(url)
    return [piece for piece in [*pieces, LinkedPiece(text[end:])] if piece.text]
