"""An organization's brand color, adjusted where it would be unreadable.

Contrast is defined by WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio); text needs 4.5:1 (1.4.3).
"""

import colorsys
import re
from dataclasses import dataclass
from functools import cache

READABLE = 4.5
# Background colors of base.css, light and dark.
PAPER, SURFACE = "#faf8f5", "#ffffff"
DARK_PAPER, DARK_SURFACE = "#161217", "#1f1a21"
STEPS = 500
HEX = re.compile("#?([0-9a-f]{3}|[0-9a-f]{6})", re.ASCII | re.IGNORECASE)

Channels = tuple[float, float, float]


@dataclass(frozen=True)
class Palette:
    """The colors derived from a brand color. `light` and `dark` are for text, or backgrounds for `on_light`, `on_dark`.

    No color is readable on both backgrounds, so at most one of the two is the chosen color.
    """

    chosen: str
    light: str
    soft: str
    dark: str
    dark_soft: str
    on_light: str = SURFACE
    on_dark: str = DARK_PAPER

    @property
    def is_darkened(self) -> bool:
        """Whether the chosen color is too pale to read on a white page."""
        return self.light != self.chosen

    @property
    def key(self) -> str:
        """The color as it appears in a URL."""
        return self.chosen.removeprefix("#")


def parsed(text: str) -> str:
    """Normalize "0A66C2" to "#0a66c2" and "#06c" to "#0066cc". Raises ValueError for anything else."""
    found = HEX.fullmatch(text.strip())
    if found is None:
        raise ValueError("a color is three or six hexadecimal digits")
    digits = found[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def contrast(one: str, other: str) -> float:
    """The contrast, from 1 (the same) to 21 (black and white)."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@cache
def palette(color: str) -> Palette:
    """The palette of a parsed color: the same hue, changed only as much as readability requires."""
    light = _readable(color, (PAPER, SURFACE), darker=True)
    dark = _readable(color, (DARK_PAPER, DARK_SURFACE), darker=False)
    return Palette(
        chosen=color,
        light=light,
        soft=_mixed(light, SURFACE, 0.08),
        dark=dark,
        dark_soft=_mixed(dark, DARK_SURFACE, 0.16),
    )


def stylesheet(color: str) -> str:
    """CSS that overrides base.css's tokens for each theme."""
    used = palette(color)
    light = _tokens(used.light, used.on_light, used.soft)
    dark = _tokens(used.dark, used.on_dark, used.dark_soft)
    return (
        f":root{{{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root:not(.light){{{dark}}}}}"
        f"@media screen{{:root.dark{{{dark}}}}}"
    )


def _tokens(brand: str, on_brand: str, soft: str) -> str:
    return f"--brand:{brand};--on-brand:{on_brand};--brand-soft:{soft};--link:{brand}"


def _readable(color: str, grounds: tuple[str, ...], *, darker: bool) -> str:
    """The color, or the nearest lightness of the same hue and saturation that is readable on all backgrounds."""
    if _is_readable(color, grounds):
        return color
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(color))
    end = 0.0 if darker else 1.0
    changed = (lightness + (end - lightness) * step / STEPS for step in range(1, STEPS + 1))
    shades = (_hex(colorsys.hls_to_rgb(hue, each, saturation)) for each in changed)
    return next(shade for shade in shades if _is_readable(shade, grounds))


def _is_readable(color: str, grounds: tuple[str, ...]) -> bool:
    return all(contrast(color, ground) >= READABLE for ground in grounds)


def _mixed(color: str, ground: str, share: float) -> str:
    pairs = zip(_channels(color), _channels(ground), strict=True)
    red, green, blue = (share * one + (1 - share) * other for one, other in pairs)
    return _hex((red, green, blue))


def _luminance(color: str) -> float:
    """See https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(color: str) -> Channels:
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(channels: Channels) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)
