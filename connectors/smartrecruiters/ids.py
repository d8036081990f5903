"""SmartRecruiters ids: UUIDs, or 24 hex digits for users and older objects. Both are case-insensitive."""

import re

ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{24}", re.IGNORECASE)


def canonical_id(text: str) -> str:
    """Return the id in lowercase, so that the same id always compares equal. Other formats stay unchanged."""
    return text.lower() if ID.fullmatch(text) else text
