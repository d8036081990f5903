"""Finding the template for a job's tag."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from crosschq.tenancy.models import Organization
from templates_app.models import RequestTemplate, TemplateVersion
from templates_app.tags import tag_key

CLOSE_RATIO = 0.6  # difflib's default cutoff for close matches
WORD = re.compile(r"[^\W_]+")
COMMON_WORDS = frozenset({"and", "for", "the", "with"})  # these occur in titles of all kinds of jobs
LONGEST_COMPARED = 300  # characters; comparing takes time with their square, and a tag has up to 80
PREFIX_RATIO = 0.9  # if one word is a prefix of the other: eng, engineering


def shares_word(title: str, *names: str) -> bool:
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
    if not key or len(key) > LONGEST_COMPARED:
        return None
    scored = [(_closest_similarity(key, template), template) for template in templates]
    score, template = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return template if score >= CLOSE_RATIO else None


def _words(text: str) -> set[str]:
    return {word for word in WORD.findall(text.casefold()) if len(word) > 2} - COMMON_WORDS


def _same_word(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) > 4 and longer.startswith(shorter))


def _closest_similarity(key: str, template: RequestTemplate) -> float:
    """The best similarity, 0 to 1, with the tag, the name, or a word in either."""
    texts = {template.tag_key, tag_key(template.name)}
    words = {word for text in texts for word in WORD.findall(text) if len(word) > 2}
    return max(_similarity(key, candidate) for candidate in texts | words)


def _similarity(one: str, other: str) -> float:
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) > 1 and longer.startswith(shorter):
        return max(PREFIX_RATIO, len(shorter) / len(longer))
    return SequenceMatcher(None, one, other).ratio()
