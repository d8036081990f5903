"""What a visitor typed into a form that was refused, to show it again so that no one has to retype an answer."""

import re

from django.http import HttpRequest
from django.http.request import UnreadablePostError

# Secrets are never shown, and buttons and hidden fields weren't typed.
_NOT_SHOWN = re.compile(r"password|token|code|secret|proof|^then$|^act$|^from$", re.IGNORECASE)
_CHOSEN = re.compile(r"[\d\s]*|on|off|yes|no|true|false|[a-z]+(_[a-z]+)+", re.IGNORECASE)
MOST_CHARACTERS = 20_000


def typed_texts(request: HttpRequest) -> list[str]:
    """The texts in a submitted form, in order, without numbers, checkboxes, and choices."""
    if request.method != "POST":
        return []
    try:
        fields = request.POST.lists()
    except UnreadablePostError:
        return []
    texts = [text for name, values in fields if not _NOT_SHOWN.search(name) for text in values]
    return [text[:MOST_CHARACTERS] for text in texts if not _CHOSEN.fullmatch(text.strip())]
