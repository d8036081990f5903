"""Ids of SmartRecruiters: UUIDs, and 24 hex digits for users and older objects. Letter case says nothing in either."""

import re

ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{24}", re.IGNORECASE)


def canonical_id(text: str) -> str:
    """The id in small letters, so that it is the same text wherever it comes from. Other ids stay as they are."""
    return text.lower() if ID.fullmatch(text) else text
