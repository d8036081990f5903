"""Sample images to upload."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw


def picture(kind: str = "PNG", size: tuple[int, int] = (600, 160), mode: str = "RGBA", **options: Any) -> bytes:
    """A green oval on a transparent background, or on a white one if the mode has no transparency."""
    drawn = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(drawn).ellipse((0, 0, size[0] - 1, size[1] - 1), fill=(26, 127, 75, 255))
    if mode != "RGBA":
        ground = Image.new("RGBA", size, "white")
        ground.alpha_composite(drawn)
        drawn = ground.convert("RGB").convert(mode)
    return saved(drawn, kind, **options)


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()
