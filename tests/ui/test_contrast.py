"""Each pair of color tokens that carries text or a control keeps WCAG 2.2's ratios (1.4.3, 1.4.11), light and dark."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TEXT, CONTROL = 4.5, 3.0
BASE = Path(settings.BASE_DIR) / "static" / "css" / "base.css"

GROUNDS = ["paper", "surface", "sunken"]
TEXT_PAIRS = [
    *[(ink, ground) for ink in ("ink", "muted", "link", "err-ink", "brand") for ground in GROUNDS],
    *[(f"{kind}-ink", f"{kind}-soft") for kind in ("ok", "warn", "err", "info")],
    ("on-brand", "brand"),
    ("on-err", "err"),
    ("ink", "brand-soft"),
    ("brand", "brand-soft"),
    ("ok-ink", "surface"),
    ("warn-ink", "surface"),
]
CONTROL_PAIRS = [
    *[(line, ground) for line in ("control", "err", "brand") for ground in GROUNDS],
    ("on", "surface"),
    ("on", "paper"),
    ("surface", "on"),
    ("focus-edge", "focus"),
]


def tokens() -> dict[str, dict[str, str]]:
    """The colors of base.css by theme; the dark ones are those that the media query overrides."""
    light, dark = re.findall(r":root(?::not\(\.light\))? \{(.*?)\}", BASE.read_text(), re.DOTALL)[:2]
    read = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", text)) for text in (light, dark)]
    return {"light": read[0], "dark": read[0] | read[1]}


def luminance(color: str) -> float:
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_dark_mode_by_choice_is_the_same_as_by_device() -> None:
    by_device, by_choice = re.findall(r":root(?::not\(\.light\)|\.dark) \{(.*?)\}", BASE.read_text(), re.DOTALL)
    assert by_choice.replace("color-scheme: dark;", "").split() == by_device.split()


def test_black_on_white_has_the_ratio_that_wcag_gives() -> None:
    assert ratio("#000000", "#ffffff") == pytest.approx(21)


def test_each_color_has_its_own_value_in_dark_mode() -> None:
    themes = tokens()
    assert len(themes["light"]) > 20
    assert {name for name, color in themes["light"].items() if themes["dark"][name] == color} == set()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("front", "ground", "least"),
    [(*pair, TEXT) for pair in TEXT_PAIRS] + [(*pair, CONTROL) for pair in CONTROL_PAIRS],
)
def test_a_pair_of_colors_can_be_told_apart(theme: str, front: str, ground: str, least: float) -> None:
    colors = tokens()[theme]
    assert ratio(colors[front], colors[ground]) >= least
