"""The placeholders that an edit adds to messages or removes from them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils import translation

from crosschq.messaging.content.catalog import CATALOG
from crosschq.messaging.content.message_types import MessageKind
from crosschq.messaging.content.placeholders import label_of, names_in
from templates_app.request_templates.messages import PARTS, texts_of

MessageTexts = Mapping[str, Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True)
class PlaceholderChange:
    """The changes in one part of a message. part: subject, text or sms. Names are in the order of the text."""

    kind: MessageKind
    language: str
    part: str
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def added_labels(self) -> list[str]:
        return [label_of(name) for name in self.added]

    @property
    def removed_labels(self) -> list[str]:
        return [label_of(name) for name in self.removed]


def placeholder_changes(before: MessageTexts, after: MessageTexts) -> list[PlaceholderChange]:
    """The changes from one version's texts to the next. Custom and standard texts are treated alike."""
    return [change for change in _all_changes(before, after) if change.added or change.removed]


def _all_changes(before: MessageTexts, after: MessageTexts) -> Iterator[PlaceholderChange]:
    for kind in CATALOG.values():
        languages = dict.fromkeys([*before.get(kind.key, {}), *after.get(kind.key, {})])
        for language in languages:
            with translation.override(language):
                old, new = texts_of(before, kind), texts_of(after, kind)
            for part in PARTS:
                had, has = names_in(getattr(old, part)), names_in(getattr(new, part))
                added = tuple(name for name in has if name not in had)
                removed = tuple(name for name in had if name not in has)
                yield PlaceholderChange(kind, language, part, added, removed)
