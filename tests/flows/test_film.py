"""`make screenshots` reaches every page that it photographs."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

import pytest
import requests

from scripts.demo.browser import Browser
from scripts.demo.person import Person
from scripts.film import film, setbacks
from scripts.stack.stack import Stack
from tests.flows.product import started_product

pytestmark = [pytest.mark.flow, pytest.mark.slow, pytest.mark.timeout(900)]
MISSING = ("/unknown/", "/no-such-page/")
INCOMPLETE = {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}


class Photographer(Browser):
    """Also looks at pages that are missing on purpose, and at forms with errors."""

    def _show(self, answer: requests.Response) -> None:
        missing = answer.status_code == HTTPStatus.NOT_FOUND and answer.url.endswith(MISSING)
        if missing or answer.status_code in INCOMPLETE:
            answer.status_code = HTTPStatus.OK
        super()._show(answer)


def photographer(*, phone: bool) -> Person:
    return Photographer()


def test_the_film_plays_from_the_first_day_to_the_setbacks(
    stack: Stack, migrated_template: str, tmp_path: Path
) -> None:
    """Each step looks for the text of its link or button and fails where nothing has it."""
    with started_product(stack, template=migrated_template, folder=tmp_path, cast=photographer) as running:
        film(running.stage)
        setbacks(running.stage)
