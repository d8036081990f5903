"""Every upload becomes a small, clean image or an error message."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from crosschq.accounts.branding.logos import FITS_IN, LARGEST_LOGO, LARGEST_UPLOAD, Drawn, InvalidLogo, draw
from tests.accounts.pictures import picture, saved
from tests.extent import whole_forms


def shown(drawn: Drawn) -> Image.Image:
    """Decode the stored logo. Fails if its type or size differs from the row."""
    image = Image.open(BytesIO(drawn.data))
    assert (Image.MIME[image.format or ""], image.size) == (drawn.content_type, (drawn.width, drawn.height))
    assert len(drawn.data) <= LARGEST_LOGO
    assert drawn.width <= FITS_IN[0]
    assert drawn.height <= FITS_IN[1]
    return image.convert("RGBA")


def refused(upload: bytes) -> str:
    with pytest.raises(InvalidLogo) as raised:
        draw(upload)
    return raised.value.sentence


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "L"),
        ("PNG", "1"),
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("GIF", "P"),
        ("WEBP", "RGBA"),
        ("WEBP", "RGB"),
    ],
)
def test_each_image_format_is_scaled_to_fit(kind: str, mode: str) -> None:
    image = shown(draw(picture(kind, mode=mode)))
    assert image.size == (240, 64)
    middle = image.getpixel((120, 32))
    assert isinstance(middle, tuple)
    if mode not in ("L", "1"):
        assert [abs(a - b) < 24 for a, b in zip(middle, (26, 127, 75, 255), strict=True)] == [True] * 4


def test_transparent_margins_are_cropped_and_nothing_is_enlarged() -> None:
    ground = Image.new("RGBA", (900, 900), (0, 0, 0, 0))
    ground.paste((26, 127, 75, 255), (400, 400, 440, 420))
    assert shown(draw(saved(ground))).size == (40, 20)


def test_sixteen_bit_grayscale_stays_gray() -> None:
    image = Image.new("I;16", (100, 40), 0x8000)
    middle = shown(draw(saved(image))).getpixel((50, 20))
    assert isinstance(middle, tuple)
    assert abs(middle[0] - 128) < 4


def test_a_sideways_photo_is_rotated_and_its_metadata_removed() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    exif[0x010E] = "taken at home"
    drawn = draw(picture("JPEG", (600, 160), "RGB", exif=exif, icc_profile=b"profile of a screen"))
    assert drawn.height == 80
    assert drawn.width < drawn.height
    for secret in (b"taken at home", b"profile of a screen", b"Exif", b"ICC"):
        assert secret not in drawn.data


def test_text_chunks_and_trailing_data_are_removed() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "<script>alert(1)</script>")
    drawn = draw(picture("PNG", pnginfo=info) + b"PK\x03\x04 an archive behind it")
    assert b"script" not in drawn.data
    assert b"archive" not in drawn.data


def test_incompressible_noise_fits_too() -> None:
    noise = Image.frombytes("RGBA", (240, 80), random.Random(7).randbytes(240 * 80 * 4))
    drawn = draw(saved(noise))
    assert shown(drawn).width >= 60


@pytest.mark.parametrize(
    "upload",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7",
        b"GIF89a" + b"\xff" * 40,
        picture("JPEG", mode="RGB")[:300],
        saved(Image.new("RGB", (40, 40)), "BMP"),
        saved(Image.new("RGB", (40, 40)), "TIFF"),
    ],
    ids=["empty", "cut short", "svg", "pdf", "broken gif", "half a jpeg", "bmp", "tiff"],
)
def test_an_unsupported_file_gets_an_error_message(upload: bytes) -> None:
    assert refused(upload) == "We can't read this file as an image. Choose a PNG, JPEG, GIF, or WebP file."


def test_a_blank_image_gets_an_error_message() -> None:
    assert "every pixel is transparent" in refused(saved(Image.new("RGBA", (40, 40), (0, 0, 0, 0))))


def test_a_file_over_one_megabyte_is_not_decoded() -> None:
    assert "larger than 1 MB" in refused(b"\x89PNG" + bytes(LARGEST_UPLOAD))


@pytest.mark.parametrize("side", [4_001, 9_000, 20_000, 60_000])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    assert "more than 16 million pixels" in refused(_png_that_claims(side))


def _png_that_claims(side: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


def test_a_webp_that_claims_a_huge_canvas_is_refused() -> None:
    claimed = bytearray(saved(Image.new("RGBA", (8, 8), (1, 2, 3, 128)), "WEBP", exif=b"Exif\0\0II"))
    assert claimed[12:16] == b"VP8X"
    claimed[24:30] = (16_382).to_bytes(3, "little") * 2
    assert refused(bytes(claimed))


@whole_forms(60)
@given(data=st.data(), source=st.sampled_from(["PNG", "GIF", "WEBP", "JPEG"]))
def test_a_damaged_file_becomes_an_image_or_an_error_message(data: st.DataObject, source: str) -> None:
    upload = bytearray(picture(source, (40, 20), "RGB"))
    for _ in range(data.draw(st.integers(1, 6))):
        upload[data.draw(st.integers(0, len(upload) - 1))] = data.draw(st.integers(0, 255))
    try:
        drawn = draw(bytes(upload))
    except InvalidLogo:
        return
    shown(drawn)


@pytest.mark.parametrize("empty", [1, 3])
def test_an_animation_that_begins_with_empty_frames_shows_its_first_visible_one(empty: int) -> None:
    nothing, green = Image.new("RGBA", (600, 160), (0, 0, 0, 0)), Image.open(BytesIO(picture()))
    frames = [nothing.copy() for _number in range(empty)] + [green]
    frames[0].putpixel((0, 0), (0, 0, 0, 0))
    upload = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100, disposal=2)
    middle = shown(draw(upload)).convert("RGBA").getpixel((120, 32))
    assert isinstance(middle, tuple)
    assert middle[3] == 255
