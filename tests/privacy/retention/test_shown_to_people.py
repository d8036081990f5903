"""Candidates and references see how long their answers are kept before they start."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.requests_app.factories import sent_request, waiting_request
from tests.requests_app.pages import text


@pytest.mark.parametrize(
    ("chosen", "said"), [({}, "24 months"), ({"requests": 1}, "1 month"), ({"requests": 84}, "84 months")]
)
@pytest.mark.parametrize("as_candidate", [True, False])
def test_the_first_page_says_how_long_answers_are_kept(chosen: dict[str, int], said: str, as_candidate: bool) -> None:
    scenario = sent_request() if as_candidate else waiting_request()
    scenario.organization.retention = chosen
    scenario.organization.save()
    page = text(Client().get(scenario.candidate_path if as_candidate else scenario.reference_path()))
    assert f"We delete the answers {said} after the request ends" in page
