"""How the tag of a job and the tag of a template are compared."""


def tag_key(text: str) -> str:
    """What two tags are compared by: trimmed and Unicode case-folded, so `Straße` and ` STRASSE ` are one tag."""
    return text.strip().casefold()
