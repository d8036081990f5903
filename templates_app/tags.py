"""Comparing tags of jobs and templates."""

from crosschq.core.text.characters import comparison_key


def tag_key(text: str) -> str:
    """The key for comparing tags: see `comparison_key`. Pages show the tag as typed."""
    return comparison_key(text)
