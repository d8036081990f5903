"""What holds on every page: it fits, and axe finds nothing, at both widths and in both color schemes."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.extent import in_full

# The rules whose result can depend on the color scheme. axe's others check structure, names and sizes.
OF_COLORS = ("color-contrast", "link-in-text-block")
# Between these two widths no color changes: tests/ui/test_widths.py.
NARROWEST, PHONE = 320, 390


def violations(page: Page, *, only: tuple[str, ...] = (), but: tuple[str, ...] = ()) -> list[str]:
    """The axe rules that the page breaks, all of them or ``only`` these. The page's context bypasses the CSP."""
    # Half a megabyte: injected once per page, unlike Axe.run.
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    options: dict[str, object] = {"resultTypes": ["violations"], "rules": {rule: {"enabled": False} for rule in but}}
    if only:
        options["runOnly"] = {"type": "rule", "values": list(only)}
    run = "options => axe.run(options).then(found => found.violations.map(violation => violation.id))"
    found: list[str] = page.evaluate(run, options)
    return found


def broken(
    page: Page, widths: tuple[int, ...] = (390, 1280), *, but: tuple[str, ...] = (), dark: bool = False
) -> list[object]:
    """The rules that the page breaks, except these, and the widths at which it scrolls sideways. An error page fails,
    and so does one that shows the same banner twice.

    `make test` runs axe at the first width in light mode, and with ``dark`` also colors at the last in dark mode:
    test_styleguide.py does so for every component. A test marked `in_full` runs it at every width and in both schemes,
    in `make test-slow`. Colors are two thirds of axe's work, and of two phones one is enough for them.
    """
    found: list[object] = [page.url] if page.get_by_text("This did not work").count() else []
    banners = page.locator(".banner").all_inner_texts()
    found += [(page.url, "says twice", text) for text in {*banners} if banners.count(text) > 1]
    for width in widths:
        page.set_viewport_size({"width": width, "height": 844})
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found.append((page.url, width, "scrolls sideways"))
        same_colors = OF_COLORS if width == PHONE and NARROWEST in widths else ()
        if in_full() or width == widths[0]:
            page.emulate_media(color_scheme="light")
            found += [(page.url, width, "light", rule) for rule in violations(page, but=same_colors + but)]
        if not same_colors and (in_full() or (dark and width == widths[-1])):
            page.emulate_media(color_scheme="dark")
            found += [(page.url, width, "dark", rule) for rule in violations(page, only=OF_COLORS) if rule not in but]
    return found
