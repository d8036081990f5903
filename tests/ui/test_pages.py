"""Each page of the style guide, and so each component, is valid HTML without inline code."""

import gzip
import itertools
import re
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from crosschq.console.styleguide.views import PAGES
from tests.ui.markup import parse, text_of

pytestmark = pytest.mark.urls("tests.ui.urls")
PHONE = ["start", "question", "check", "done"]
ERRORS = ["400", "403", "403_csrf", "404", "429", "500"]
CONTROLS = {"input", "select", "textarea"}


@pytest.fixture(params=[*PAGES, "forms?errors", "question?errors"])
def html(request: pytest.FixtureRequest, client: Client) -> str:
    name, _, query = request.param.partition("?")
    response = client.get(reverse("styleguide:page", args=[name]), query_params={query: ""} if query else None)
    assert response.status_code == 200
    return str(response.content.decode())


@pytest.fixture
def page(html: str) -> Element:
    return parse(html)


def test_ids_are_unique(page: Element) -> None:
    ids = [found for element in page.iter() if (found := element.get("id"))]
    assert sorted(set(ids)) == sorted(ids)


def test_there_is_one_main_heading_and_no_level_is_skipped(page: Element) -> None:
    levels = [int(str(element.tag)[1]) for element in page.iter() if re.fullmatch("h[1-6]", str(element.tag))]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_nothing_is_inline(page: Element) -> None:
    assert [element.tag for element in page.iter() if element.tag == "style"] == []
    scripts = [element for element in page.iter() if element.tag == "script"]
    assert all(script.get("src", "").startswith("/static/") and not (script.text or "").strip() for script in scripts)
    attributes = [name for element in page.iter() for name in element.attrib]
    assert [name for name in attributes if name == "style" or name.startswith("on")] == []


def test_each_control_has_a_label(page: Element) -> None:
    labels = {label.get("for") for label in page.iter("label")}
    wrapped = {id(control) for label in page.iter("label") for control in label.iter()}
    for control in page.iter():
        if control.tag in CONTROLS and control.get("type") != "hidden":
            assert control.get("id") in labels or id(control) in wrapped


def test_each_form_says_where_it_goes_and_has_a_button(page: Element) -> None:
    for form in page.iter("form"):
        assert form.findall(".//button")
        if form.get("method") == "post":
            assert form.findall("./input[@name='csrfmiddlewaretoken']")


def test_the_title_mentions_errors_first(client: Client) -> None:
    def title(query: str) -> str:
        page = parse(client.get(f"/styleguide/forms/{query}").content.decode())
        return text_of(page.findall(".//title")[0])

    assert title("") == "Create New Template – Templates – Acme GmbH – Crosschq"  # noqa: RUF001
    assert title("?errors") == f"Error: {title('')}"


@pytest.mark.parametrize("name", PHONE)
def test_a_page_for_a_phone_is_light_hidden_from_search_and_has_one_stylesheet(name: str, client: Client) -> None:
    html = client.get(f"/styleguide/{name}/").content
    page = parse(html.decode())
    sheets = [link.get("href") for link in page.findall(".//link[@rel='stylesheet']")]
    assert sheets == ["/static/css/base.css"]
    assert page.findall(".//meta[@name='robots']")[0].get("content") == "noindex"
    css = (Path(settings.BASE_DIR) / "static" / "css" / "base.css").read_bytes()
    assert len(gzip.compress(html)) + len(gzip.compress(css)) < 7_000


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_page_renders_without_request_or_database(name: str) -> None:
    html = render_to_string(f"{name}.html")
    page = parse(html)
    assert len(html) < 6_000
    assert len(text_of(page.findall(".//main")[0])) > 80


def test_a_refusal_says_why() -> None:
    html = render_to_string("403.html", {"exception": "Your role Viewer cannot change connectors."})
    assert "Your role Viewer cannot change connectors." in text_of(parse(html))


def test_buttons_of_the_guide_lead_back_to_it(client: Client) -> None:
    response = client.post("/styleguide/confirm/")
    assert (response.status_code, response.headers["Location"]) == (302, "/styleguide/confirm/")
    assert client.get("/styleguide/nothing/").status_code == 404
