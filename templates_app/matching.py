"""Finding the template for a job's tag."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from crosschq.tenancy.models import Organization
from templates_app.models import RequestTemplate, TemplateVersion
from templates_app.tags import tag_key

CLOSE = 0.6  # difflib's default cutoff for close matches
WORD = re.compile(r"[^\W_]+")
SMALL = frozenset({"and", "for", "the", "with"})  # in titles of every kind of job
BEGINNING = 0.9  # one is a prefix of the other: eng, engineering


def looks_like(title: str, *names: str) -> bool:
    """Whether a job title shares a word, or the beginning of one, with these names: engineer, engineering."""
    words = _words(" ".join(names))
    return any(_same_word(one, other) for one in _words(title) for other in words)


def find_template(*, organization: Organization, tag: str) -> TemplateVersion | None:
    """The current version of the live template with this tag, or None. An empty tag matches nothing."""
    key = tag_key(tag)
    if not key:
        return None
    return (
        TemplateVersion.objects.filter(
            organization=organization, template__tag_key=key, template__deleted_at__isnull=True
        )
        .select_related("template", "survey_version")
        .order_by("-number")
        .first()
    )


def closest_tag(*, organization: Organization, tag: str) -> RequestTemplate | None:
    """The live template whose tag or name is most similar to an unknown tag, or None. Offered as the fix."""
    templates = RequestTemplate.objects.filter(organization=organization, deleted_at__isnull=True).order_by("tag_key")
    return closest_among(templates, tag=tag)


def closest_among(templates: Iterable[RequestTemplate], *, tag: str) -> RequestTemplate | None:
    """Like `closest_tag`, for templates already loaded."""
    key = tag_key(tag)
    if not key:
        return None
    scored = [(_closeness(key, template), template) for template in templates]
    score, template = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return template if score >= CLOSE else None


def _words(text: str) -> set[str]:
    return {word for word in WORD.findall(text.casefold()) if len(word) > 2} - SMALL


def _same_word(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) > 4 and longer.startswith(shorter))


def _closeness(key: str, template: RequestTemplate) -> float:
    """The best similarity, 0 to 1, with the tag, the name, or a word of either."""
    wholes = {template.tag_key, tag_key(template.name)}
    words = {word for whole in wholes for word in WORD.findall(whole) if len(word) > 2}
    return max(_likeness(key, candidate) for candidate in wholes | words)


def _likeness(one: str, other: str) -> float:
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) > 1 and longer.startswith(shorter):
        return max(BEGINNING, len(shorter) / len(longer))
    return SequenceMatcher(None, one, other).ratio()
