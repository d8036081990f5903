"""The brand color: its contrast, and what pages use if it's hard to read."""

from __future__ import annotations

import colorsys
import re
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from crosschq.tenancy import colors

ANY_COLOR = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    # Ratios from https://www.w3.org/WAI/WCAG22/Understanding/contrast-minimum, and one from base.css.
    [("#000000", "#ffffff", 21), ("#767676", "#ffffff", 4.54), ("#777777", "#ffffff", 4.47), ("#5a2450", "#fff", 11.7)],
)
def test_contrast_follows_wcag(one: str, other: str, ratio: float) -> None:
    one, other = colors.parsed(one), colors.parsed(other)
    assert colors.contrast(one, other) == pytest.approx(ratio, abs=0.06)
    assert colors.contrast(other, one) == colors.contrast(one, other)


@pytest.mark.parametrize("text", ["#0A66C2", "0a66c2", " #0a66C2 "])
def test_a_color_is_accepted_in_common_notations(text: str) -> None:
    assert colors.parsed(text) == "#0a66c2"
    assert colors.parsed("#06C") == "#0066cc"


@pytest.mark.parametrize(
    "text", ["", "#", "red", "#12345", "#1234567", "##0a66c2", "#0a66c2;}", "#" + "\u0660" * 6, "#0a66c2\n#"]
)
def test_an_invalid_color_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        colors.parsed(text)


@given(ANY_COLOR)
def test_every_color_is_readable_on_every_background_in_both_themes(color: str) -> None:
    used = colors.palette(color)
    pairs = [(used.light, ground) for ground in (colors.PAPER, colors.SURFACE, used.on_light)]
    pairs += [(used.dark, ground) for ground in (colors.DARK_PAPER, colors.DARK_SURFACE, used.on_dark)]
    assert min(colors.contrast(*pair) for pair in pairs) >= 4.5
    # The text color of base.css on the background of a selected tile.
    assert colors.contrast("#1e1a1f", used.soft) >= 7
    assert colors.contrast("#f3eef2", used.dark_soft) >= 7


@given(ANY_COLOR)
def test_a_readable_color_is_unchanged_and_another_keeps_its_hue(color: str) -> None:
    used = colors.palette(color)
    on_light = min(colors.contrast(color, ground) for ground in (colors.PAPER, colors.SURFACE))
    assert used.is_darkened == (on_light < 4.5)
    if used.is_darkened:
        _assert_nearly_the_hue_of(color, used.light)
    if used.dark != color:
        _assert_nearly_the_hue_of(color, used.dark)


def _assert_nearly_the_hue_of(color: str, changed: str) -> None:
    one, other = _hls(color), _hls(changed)
    if min(one[2], other[2]) > 0.3 and 0.15 < one[1] < 0.85 and 0.15 < other[1] < 0.85:
        turn = abs(one[0] - other[0])
        assert min(turn, 1 - turn) < 0.03


def _hls(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return colorsys.rgb_to_hls(red, green, blue)


def test_a_pale_color_is_darkened_no_more_than_needed() -> None:
    used = colors.palette("#ffcc00")
    assert (used.is_darkened, used.dark) == (True, "#ffcc00")
    assert 4.5 <= colors.contrast(used.light, colors.PAPER) < 4.7


def test_the_stylesheet_uses_tokens_and_backgrounds_of_base_css() -> None:
    base = (Path(settings.BASE_DIR) / "static" / "css" / "base.css").read_text(encoding="utf-8")
    sheet = colors.stylesheet("#0a66c2")
    assert set(re.findall(r"(--[a-z-]+):", sheet)) <= set(re.findall(r"(--[a-z-]+):", base))
    for token, ground in (
        ("paper", colors.PAPER),
        ("surface", colors.SURFACE),
        ("paper", colors.DARK_PAPER),
        ("surface", colors.DARK_SURFACE),
    ):
        assert f"--{token}: {ground};" in base
    for way in (":root:not(.light)", ":root.dark", "prefers-color-scheme"):
        assert way in sheet
        assert way in base
    assert len(sheet) < 600
