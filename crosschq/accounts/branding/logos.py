"""An organization's logo: every upload is decoded and re-encoded at a small size, without metadata."""

import hashlib
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
LARGEST_UPLOAD = 1_000_000  # bytes
# A small file can decode to gigabytes.
LARGEST_PICTURE = 16_000_000  # pixels
FITS_IN = (240, 80)  # pixels; shown at half this size to look sharp on a phone
LARGEST_LOGO = 5 * 1024  # bytes, so that a page on a phone stays below 14 KB
MOST_FRAMES = 100
PALE = 200  # of 255: a gray this bright has a contrast of 1.7 to 1 on white
QUALITIES = (90, 75, 60, 45)
# Pillow's own limit: it warns above this, and refuses images twice as large.
Image.MAX_IMAGE_PIXELS = LARGEST_PICTURE


class InvalidLogo(Exception):
    """The upload can't be used. `sentence` says why, and what to upload instead."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Drawn:
    """A logo as stored and served. `is_pale`: barely visible on a white page."""

    data: bytes
    content_type: str
    width: int
    height: int
    is_pale: bool

    @property
    def digest(self) -> str:
        """Identifies the logo in its URL, so browsers can cache it forever."""
        return hashlib.sha256(self.data).hexdigest()[:40]


def draw(upload: bytes) -> Drawn:
    """Scale the image to fit FITS_IN and LARGEST_LOGO, and remove its metadata. Raises InvalidLogo."""
    if len(upload) > LARGEST_UPLOAD:
        raise InvalidLogo(_("The file is larger than 1 MB. Choose a smaller one."))
    picture = _decoded(upload)
    box = picture.getbbox()
    if box is None:
        raise InvalidLogo(_("The image is empty: every pixel is transparent. Choose another one."))
    # The page adds its own margins.
    if box != (0, 0, *picture.size):
        picture = picture.crop(box)
    picture.thumbnail(FITS_IN, Image.Resampling.LANCZOS, reducing_gap=3)
    bare = Image.new("RGBA", picture.size)
    bare.paste(picture)
    return _encoded(bare)


def _decoded(upload: bytes) -> Image.Image:
    try:
        with Image.open(BytesIO(upload), formats=FORMATS) as opened:
            if opened.width * opened.height > LARGEST_PICTURE:
                raise InvalidLogo(_("The image has more than 16 million pixels. Choose a smaller one."))
            _seek_first_visible(opened)
            upright = ImageOps.exif_transpose(opened)
            if upright.mode.startswith("I;16"):
                # Pillow truncates 16-bit values instead of scaling them.
                upright = upright.convert("I").point([number // 256 for number in range(65_536)], "L")
            return upright if upright.mode == "RGBA" else upright.convert("RGBA")
    except InvalidLogo:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidLogo(_("The image has more than 16 million pixels. Choose a smaller one.")) from error
    except Exception as error:
        # Decoding an untrusted file can raise any exception.
        raise InvalidLogo(_("We can't read this file as an image. Choose a PNG, JPEG, GIF, or WebP file.")) from error


def _seek_first_visible(opened: Image.Image) -> None:
    """Load the first frame that shows something: an animation can begin with an empty one."""
    opened.load()
    for number in range(1, min(getattr(opened, "n_frames", 1), MOST_FRAMES)):
        if opened.convert("RGBA").getbbox() is not None:
            return
        opened.seek(number)
        opened.load()


def _encoded(picture: Image.Image) -> Drawn:
    """Use the first encoding that fits: lossless, then lossy at decreasing quality, then a smaller image."""
    while True:
        for name, options in _ways():
            buffer = BytesIO()
            picture.save(buffer, format=name, **options)
            if buffer.tell() <= LARGEST_LOGO:
                return Drawn(buffer.getvalue(), Image.MIME[name], picture.width, picture.height, _is_pale(picture))
        smaller = (max(1, picture.width * 3 // 4), max(1, picture.height * 3 // 4))
        picture = picture.resize(smaller, Image.Resampling.LANCZOS)


def _is_pale(picture: Image.Image) -> bool:
    on_paper = Image.new("RGBA", picture.size, "white")
    on_paper.alpha_composite(picture)
    return not any(on_paper.convert("L").histogram()[: PALE + 1])


def _ways() -> list[tuple[str, dict[str, object]]]:
    with_loss: list[tuple[str, dict[str, object]]] = [
        ("WEBP", {"quality": quality, "alpha_quality": quality, "method": 6}) for quality in QUALITIES
    ]
    return [("PNG", {"optimize": True}), ("WEBP", {"lossless": True, "method": 6}), *with_loss]
