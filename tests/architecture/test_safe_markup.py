"""Where text becomes HTML without being escaped: a short list, with the reason for each place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import django_htmx
import pytest

from crosschq.core.ui.htmx import READ_BY_HTMX
from scripts.stack.stack import ROOT
from tests.sources import PRODUCT, name, sources, tree

# The file, the code in it, and why it contains no text from outside.
ALLOWED = {
    ("templates/mfa/totp/activate_form.html", "|safe"): "an SVG that our code drew of a key that we made",
    (
        "crosschq/core/ui/actions.py",
        "render_to_string",
    ): "our template escapes what it is given, or it was a block of ours",
    (
        "crosschq/core/ui/display.py",
        "render_to_string",
    ): "our template escapes what it is given, or it was a block of ours",
    ("crosschq/errors.py", "render_to_string"): "a whole page without values",
    ("crosschq/errors.py", "HttpResponse"): "a whole page without values",
    ("crosschq/privacy/export/build.py", "render_to_string"): "a file that people download, which no page shows",
    ("crosschq/messaging/content/email.py", "render_to_string"): "the HTML body of an email, which no page shows",
    ("crosschq/accounts/sign_in/mfa_adapter.py", "'<svg' +"): "the same SVG",
    ("crosschq/accounts/form_fields.py", "format_html_join"): "a literal, which escapes each value",
}
MARKERS = {"mark_safe", "SafeString", "SafeText", "SafeData", "format_html_join", "html_safe", "__html__"}
RENDERERS = {"render_to_string", "from_string", "Template", "get_template", "select_template"}
IN_TEMPLATES = {
    "|safe": re.compile(r"\|\s*safe(seq)?\b"),
    "autoescape off": re.compile(r"autoescape\s+off"),
    "filter": re.compile(r"\{%\s*filter\b"),
    "urlize": re.compile(r"\|\s*urlize"),
}

TAG = re.compile(r"<(?:[^<>{]|\{[^{%]|\{[{%].*?[}%]\})*>", re.DOTALL)


def in_code(module: ast.Module) -> Iterator[str]:
    """The code in a module of the product that turns a string into HTML."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name == "__html__":
            yield "__html__"
        if isinstance(node, ast.BinOp) and isinstance(node.left, ast.Constant) and str(node.left.value).startswith("<"):
            yield f"{node.left.value!r} +"
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func).rpartition(".")[2]
        if called in MARKERS | RENDERERS:
            yield called
        if called == "format_html" and not (node.args and isinstance(node.args[0], ast.Constant)):
            yield "format_html of what is no literal"
        typed = {each.arg for each in node.keywords}
        if called == "HttpResponse" and node.args and "content_type" not in typed:
            yield "HttpResponse"


def in_template(source: str) -> Iterator[str]:
    yield from (what for what, pattern in IN_TEMPLATES.items() if pattern.search(source))
    for tag in TAG.findall(source):
        if re.search(r"\s[\w-]+=\{\{", re.sub(r"\"[^\"]*\"|'[^']*'", "", tag)):
            yield "unquoted attribute"
    for script in re.findall(r"<script[^>]*>(.*?)</script>", source, re.DOTALL):
        # allauth's: the id that Django derived from a field's name
        if any(not value.endswith("auto_id") for value in re.findall(r"\{\{\s*(.*?)\s*\}\}", script)):
            yield "value in a script"


def templates() -> list[Path]:
    return [path for path in sorted((ROOT / "templates").rglob("*")) if path.suffix in (".html", ".txt")]


def test_only_these_places_turn_text_into_html() -> None:
    found = {(name(path), what) for path in sources(*PRODUCT) for what in in_code(tree(path))}
    found |= {(name(path), what) for path in templates() for what in in_template(path.read_text(encoding="utf-8"))}
    assert found - set(ALLOWED) == set()
    assert set(ALLOWED) - found == set(), "what is gone leaves the list"


@pytest.mark.parametrize(
    "planted",
    [
        *("mark_safe(name)", "safestring.SafeString(name)", "format_html_join('', '{}', rows)", "format_html(name)"),
        *("format_html(f'<b>{name}')", "format_html(pattern % name)", "render_to_string('x.html', {})"),
        *("Engine().from_string(name)", "Template(name).render(c)", "HttpResponse(name)", "'<b>' + name"),
        "class A:\n    def __html__(self): return self.name",
    ],
)
def test_a_planted_line_of_code_is_found(planted: str) -> None:
    assert list(in_code(ast.parse(planted)))


@pytest.mark.parametrize(
    "planted",
    [
        *("{{ name|safe }}", "{{ name | safe }}", "{{ names|safeseq|join:', ' }}", "{% autoescape off %}{{ name }}"),
        *("{{ note|urlize }}", "<p title={{ name }}>", "<script>let a = '{{ name }}'</script>", "{% filter safe %}x"),
    ],
)
def test_a_planted_line_of_a_template_is_found(planted: str) -> None:
    assert list(in_template(planted))


def test_code_that_escapes_is_accepted() -> None:
    lines = "format_html('<b>{}</b>', name)\nHttpResponse(x, content_type='text/csv')\nrender(request, 'x')"
    assert list(in_code(ast.parse(lines))) == []
    assert list(in_template('<p title="{{ name }}">{{ name|linebreaks }}{{ data|json_script:"id" }}</p>')) == []


def test_no_template_renders_our_plain_texts() -> None:
    """Django treats what a template renders as safe. The texts of allauth's messages contain no values."""
    texts = [path for path in templates() if path.suffix == ".txt"]
    assert [name(path) for path in texts if "messages" not in path.parts] == []
    assert [name(path) for path in texts if re.search(r"\{\{", path.read_text(encoding="utf-8"))] == []


def test_each_element_that_htmx_reads_carries_the_key() -> None:
    read = [(name(path), tag) for path in templates() for tag in TAG.findall(path.read_text(encoding="utf-8"))]
    ours = [(file, tag) for file, tag in read if re.search(r"\s(data-)?hx-", tag)]
    assert len(ours) > 10
    assert [(file, tag[:80]) for file, tag in ours if "{% htmx_key %}" not in tag] == []


def test_the_configuration_names_every_attribute_of_htmx() -> None:
    script = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
    source = script.read_text(encoding="utf-8")
    verbs = {"get", "post", "put", "delete", "patch"}
    assert all(f'"{verb}"' in source for verb in verbs)
    read = set(re.findall(r"(?<![\w-])hx-([a-z][a-z-]*[a-z])", source)) - {"on"}
    assert (read | verbs) - set(READ_BY_HTMX) == set()
