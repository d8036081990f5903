"""The texts of a template's messages: the organization's custom texts, or else the standard ones."""

from collections.abc import Mapping

from django.utils import translation

from crosschq.messaging.content import rendering
from crosschq.messaging.content.catalog import CATALOG
from crosschq.messaging.content.message_types import MessageKind
from crosschq.messaging.content.placeholders import TextProblem
from crosschq.messaging.content.rendering import Texts

# {kind: {language: {part: text}}}
StoredMessages = dict[str, dict[str, dict[str, str]]]
PARTS = ("subject", "text", "sms")


def texts_of(stored: Mapping[str, Mapping[str, Mapping[str, str]]], kind: MessageKind) -> Texts:
    """The texts of one message in the active language. `de-at` falls back to `de`."""
    language = translation.get_language() or "en"
    languages = stored.get(kind.key, {}) if kind.may_be_own else {}
    own = languages.get(language) or languages.get(language.partition("-")[0]) or {}
    return rendering.own(kind, **{part: own.get(part, "") for part in PARTS})


def normalized(stored: Mapping[str, Mapping[str, Mapping[str, str]]]) -> StoredMessages:
    """The texts as TemplateVersion stores them: without empty parts and without messages that can't be customized."""
    kept: StoredMessages = {}
    for key, languages in stored.items():
        if key not in CATALOG or not CATALOG[key].may_be_own:
            continue
        for language, own in languages.items():
            parts = {part: own[part] for part in PARTS if own.get(part, "").strip()}
            if parts:
                kept.setdefault(key, {})[language] = parts
    return kept


def problems(stored: Mapping[str, Mapping[str, Mapping[str, str]]]) -> dict[tuple[str, str, str], list[TextProblem]]:
    """The problems of custom texts by kind, language and part. Parts without problems are left out."""
    found: dict[tuple[str, str, str], list[TextProblem]] = {}
    for key, languages in normalized(stored).items():
        for language, own in languages.items():
            with translation.override(language):
                texts = rendering.own(CATALOG[key], **own)
            for part, wrong in rendering.problems_of(CATALOG[key], texts).items():
                if wrong and part in own:
                    found[key, language, part] = wrong
    return found
