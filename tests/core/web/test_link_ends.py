"""A link that ends with a sentence's punctuation finds its page."""

from __future__ import annotations

import pytest
from django.test import Client

from crosschq.core.web.link_ends import without_punctuation
from tests.accounts.pages import text_of
from tests.requests_app.factories import sent_request, waiting_request

ENDS = [
    ".",
    ")",
    ">",
    ",",
    '"',
    "%2E",
    "%29",
    "%3E",
    "%22",
    "%253E",
    "&gt;",
    "&quot;",
    ").",
    '">',
    "%E2%80%9D",
    "%20",
    "!",
]


@pytest.mark.django_db
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_candidates_link_with_punctuation_at_its_end_finds_its_page(end: str, slash: str) -> None:
    path = sent_request().candidate_path
    page = Client().get(f"{path.rstrip('/')}{slash}{end}", follow=True)
    assert page.status_code == 200
    assert page.request["PATH_INFO"] == path
    assert "Backend Engineer" in text_of(page)


@pytest.mark.django_db
def test_every_kind_of_secret_link_finds_its_page() -> None:
    scenario = waiting_request()
    for path in (scenario.candidate_path, scenario.reference_path(), f"{scenario.reference_path()}cannot/"):
        assert Client().get(f"{path}.", follow=True).status_code == 200, path


@pytest.mark.django_db
def test_a_page_that_does_not_exist_stays_not_found() -> None:
    assert Client().get("/nowhere.", follow=True).status_code == 404
    assert Client().get("/c/unknown./", follow=True).status_code == 404
    assert not Client().get("//elsewhere.example/.").get("Location", "").startswith("//")


@pytest.mark.parametrize("path", ["/c/a-b_C9/", "/o/acme/audit-log/", "/"])
def test_a_valid_link_is_not_changed(path: str) -> None:
    assert without_punctuation(path) == path
