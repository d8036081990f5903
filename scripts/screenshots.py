"""Take pictures of each page at 390 and 1280 px while the main job runs in Chromium; some in dark mode too.

python -m scripts.screenshots [--folder .state/screenshots] [--readme]

It starts its own product, so the pages are the same each time. ``--readme`` renews docs/screenshot.png.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, ViewportSize

from scripts.demo.chromium import ChromiumCast, installed, launched
from scripts.demo.product import Product
from scripts.demo.stage import Stage
from scripts.film import film, setbacks
from scripts.stack.environment import Ports
from scripts.stack.folder import StateFolder
from scripts.stack.pool import started_stack
from scripts.stack.processes import free_port
from scripts.stack.stack import DEMO_FOLDER, ROOT

WIDTHS = (390, 1280)
HEIGHT = 800
DARK = (
    "candidate",
    "connectors-smartrecruiters",
    "connectors-smartrecruiters-events",
    "connectors-smartrecruiters-events-one",
    "prospects",
    "prospects-export-smartrecruiters-settings",
    "prospects-runs-one",
    "reference-questions",
    "reference-thanks",
    "requests-one-report",
    "setup",
    "surveys-one-edit",
    "templates-new",
)
MOST_OF_A_KIND = 5
# It looks different in each state of the connection.
MOST = {"connectors-smartrecruiters": 20}
README_PICTURE = ROOT / "docs" / "screenshot.png"


class Camera:
    """Takes a screenshot of a page, once for each address and text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self._seen: dict[str, set[str]] = defaultdict(set)

    def take(self, page: Page) -> None:
        name, text = name_of(page.url), page.locator("main").first.inner_text()
        seen = self._seen[name]
        # A page that differs only in its numbers doesn't need another screenshot.
        if re.sub(r"\d", "", text) in seen or len(seen) == MOST.get(name, MOST_OF_A_KIND):
            return
        seen.add(re.sub(r"\d", "", text))
        self.count += 1
        before = page.viewport_size or ViewportSize(width=1280, height=HEIGHT)
        for width in WIDTHS:
            page.set_viewport_size(ViewportSize(width=width, height=HEIGHT))
            path = self.folder / f"{self.count:03d}-{name}-{width}.png"
            page.screenshot(path=path, full_page=True)
            if name in DARK:
                page.emulate_media(color_scheme="dark")
                page.screenshot(path=path.with_stem(f"{path.stem}-dark"), full_page=True)
                page.emulate_media(color_scheme="light")
        page.set_viewport_size(before)


def name_of(url: str) -> str:
    """A file name for a path, without organization, numbers, and tokens. `one` replaces an id."""
    parts = [part for part in urlsplit(url).path.split("/") if part]
    if parts[:1] == ["o"]:
        parts = parts[2:]
    words = {"c": "candidate", "r": "reference"}
    named = [words.get(part, "one" if re.fullmatch(r"[0-9a-f-]{36}", part) else part) for part in parts]
    return "-".join(part for part in named if not re.fullmatch(r"\d+|[\w-]{32}", part)) or "home"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.screenshots", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--folder", type=Path, default=DEMO_FOLDER / "screenshots")
    parser.add_argument("--readme", action="store_true", help="renew docs/screenshot.png")
    chosen = parser.parse_args(arguments)
    program = installed()
    if program is None:
        raise SystemExit("Chromium isn't installed. On Debian and Ubuntu: apt-get install chromium")
    shutil.rmtree(chosen.folder, ignore_errors=True)
    chosen.folder.mkdir(parents=True)
    camera = Camera(chosen.folder)
    with started_stack() as stack, tempfile.TemporaryDirectory() as state:
        stack.create_first_database("screenshots")
        ports = Ports(web=free_port(), sandbox=free_port(), smtp=free_port())
        product = Product(stack, database="screenshots", ports=ports, folder=StateFolder(Path(state)))
        product.prepare()
        with product, launched(program) as browser:
            cast = ChromiumCast(browser, on_arrival=camera.take)
            stage = Stage.of(product, cast=cast)
            film(stage)
            if chosen.readme:
                take_for_readme(stage)
            setbacks(stage)
            cast.close()
    print(f"{camera.count} pages are in {chosen.folder}.")
    return 0


def take_for_readme(stage: Stage) -> None:
    admin = stage.staff(stage.admin)
    admin.open(f"{stage.product_url}/o/acme/connectors/smartrecruiters/events/")
    page = admin.page  # type: ignore[attr-defined]
    page.set_viewport_size(ViewportSize(width=1120, height=1022))
    page.screenshot(path=README_PICTURE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
