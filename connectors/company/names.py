"""Compares names as people type them in the ATS: letter case and surrounding spaces don't count."""

from collections.abc import Sequence
from difflib import get_close_matches

from crosschq.core.text.characters import comparison_key


def name_key(name: str) -> str:
    return comparison_key(name)


def same_name(one: str, other: str) -> bool:
    return name_key(one) == name_key(other)


def closest_name(target: str, names: Sequence[str]) -> str:
    """Return the name that is close to this one; empty if none is."""
    by_key = {name_key(name): name for name in names}
    return next((by_key[key] for key in get_close_matches(name_key(target), list(by_key), n=1)), "")
