"""Comparing tags of jobs and templates."""


def tag_key(text: str) -> str:
    """The key for comparing tags: trimmed and Unicode case-folded, so `Straße` and ` STRASSE ` are the same tag."""
    return text.strip().casefold()
