"""Every page is requested in a language that no one speaks."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import asdict

import pytest
from django.utils.text import Truncator
from django.utils.translation import override, trans_real
from pytest_django import Settings

from crosschq.tenancy.scope import tenant
from templates_app.surveys.builtin import BUILTIN_SURVEYS
from tests.architecture.world import World, make_world
from tests.i18n.pseudo import LANGUAGE, PseudoCatalog, accented
from tests.i18n.reading import data, strings

# Names of products, of a zone, of people in examples, and the key of a survey: the same in every language.
NAMES = ("Crosschq", "SmartRecruiters", "UTC", "Alex", "Priya", "core")
# allauth's own text for someone who can't confirm anything: they have neither a password nor a second step.
OF_ALLAUTH = ("Reauthentication not available",)


@pytest.fixture
def pseudo(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Switch the product to the pseudo-language for this test and all its threads."""
    settings.LANGUAGES = [("en", "English"), (LANGUAGE, "Pseudo")]
    settings.LANGUAGE_CODE = LANGUAGE
    monkeypatch.setitem(trans_real._translations, LANGUAGE, PseudoCatalog())  # type: ignore[attr-defined]
    with override(LANGUAGE):
        yield


@pytest.fixture
def world(pseudo: None) -> World:
    return make_world()


@pytest.fixture
def known(world: World) -> re.Pattern[str]:
    with tenant(world.organization):
        return data(*NAMES, *OF_ALLAUTH, *zones(), *content())


def zones() -> Iterator[str]:
    return (zone.replace("_", " ") for zone in zoneinfo.available_timezones())


def content() -> Iterator[str]:
    """The surveys that come with the product are content, in one language each, like a customer's own."""
    for survey in BUILTIN_SURVEYS.values():
        for text in strings(asdict(survey)):
            for name in ("Alex", "Maya", accented("the candidate")):
                filled = text.replace("{name}", name)
                yield from (text, filled, Truncator(filled).chars(60))
