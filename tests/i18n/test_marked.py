"""Texts in code and templates are literals with named placeholders, as makemessages needs them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from crosschq.accounts.audit_log.terms import ACTIONS
from tests.sources import PRODUCT, nodes, sources, text

ROOT = Path(settings.BASE_DIR)
PROGRAMS = sources(*PRODUCT)
TEMPLATES = [path for path in (ROOT / "templates").rglob("*.*") if path.suffix in (".html", ".txt")]
# How many arguments, from the first, are texts.
FUNCTIONS = {"gettext": 1, "gettext_lazy": 1, "ngettext": 2, "ngettext_lazy": 2, "gettext_noop": 1}


def calls(path: Path) -> Iterator[tuple[ast.Call, int]]:
    """Each call of gettext in the file, under whatever name it was imported."""
    names = {
        alias.asname or alias.name: FUNCTIONS[alias.name]
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in FUNCTIONS
    }
    for node in nodes(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node, names[node.func.id]


def test_a_text_is_a_literal() -> None:
    found = [
        (path, call, argument) for path in PROGRAMS for call, count in calls(path) for argument in call.args[:count]
    ]
    assert len(found) > 500
    assert [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, call, argument in found
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str))
        # From a table whose texts are marked where they are defined.
        and not (isinstance(argument, ast.Subscript) and "gettext_noop(" in text(path))
    ] == []


def test_a_placeholder_has_a_name() -> None:
    assert [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in PROGRAMS
        for call, count in calls(path)
        for argument in call.args[:count]
        if isinstance(argument, ast.Constant) and re.search(r"%[sdr]|\{\}", str(argument.value))
    ] == []


def test_a_template_translates_literals_alone() -> None:
    tags = [(path, tag) for path in TEMPLATES for tag in re.findall(r"{%\s*translate\s+(.*?)%}", text(path))]
    assert len(tags) > 200
    assert [f"{path.relative_to(ROOT)}: {tag}" for path, tag in tags if tag[0] not in "\"'"] == []


def test_the_text_of_a_template_is_in_translation_tags() -> None:
    """Other tests read the pages, but don't reach every branch of each template."""
    wrong = []
    for path in TEMPLATES:
        if "styleguide" not in path.parts:
            wrong += [f"{path.relative_to(ROOT)}: {words}" for words in _bare(text(path))]
    assert wrong == []


# Names that are the same in every language.
_NAMES = re.compile(r"\b(Crosschq|SmartRecruiters|UTC)\b")


def _bare(source: str) -> Iterator[str]:
    source = re.sub(r"{%\s*blocktranslate.*?{%\s*endblocktranslate\s*%}", "", source, flags=re.DOTALL)
    source = re.sub(r"{% block \w+_class %}.*?{% endblock %}", "", source)
    source = re.sub(r"{#.*?#}|<(script|style|svg)\b.*?</\1>", "", source, flags=re.DOTALL)
    for tag in re.findall(r"{%.*?%}", source, flags=re.DOTALL):
        # An argument that is a sentence, or begins with a capital, is read by people.
        yield from (
            re.findall(r'(?<!_\()"([A-Z][^"]*[a-z][^"]*)"', _NAMES.sub("", tag)) if "translate" not in tag else ()
        )
    source = re.sub(r"{%.*?%}|{{.*?}}", "", source, flags=re.DOTALL)
    yield from re.findall(r'(?:aria-label|alt|placeholder|data-label)="([^"]*[A-Za-z]{2}[^"]*)"', source)
    shown = _NAMES.sub("", re.sub(r"<[^>]*>|&\w+;", "\n", source))
    yield from (line.strip() for line in shown.splitlines() if re.search(r"[A-Za-z]{2}", line))


def test_the_audit_log_has_words_for_every_action() -> None:
    acts = {
        keyword.value.value
        for path in PROGRAMS
        for node in nodes(path)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "action" and isinstance(keyword.value, ast.Constant) and "." in str(keyword.value.value)
    }
    assert len(acts) > 20
    assert acts - set(ACTIONS) == set()


def test_only_message_texts_are_in_a_different_language_than_their_page() -> None:
    named = {str(path.relative_to(ROOT / "templates")) for path in TEMPLATES if " lang=" in text(path)}
    assert named == {
        "base.html",
        "messaging/email.html",
        "privacy/export/readable.html",  # a file, not a page
        "templates_app/request_templates/messages.html",
        "templates_app/request_templates/preview_body.html",
    }
