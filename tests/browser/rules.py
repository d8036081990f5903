"""What holds on every page: it fits, and axe finds nothing, at both widths and in both color schemes."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.extent import in_full

# The rules whose result can depend on the color scheme. axe's others check structure, names and sizes.
OF_COLORS = ("color-contrast", "link-in-text-block")
# Between these two widths no color changes: tests/ui/test_widths.py.
NARROWEST, PHONE = 320, 390
# Whether it is the page of an error on our side, and the text of each banner.
ARRIVED = """() => [document.title.includes("Something went wrong on our end"),
  [...document.querySelectorAll(".banner")].map(banner => banner.innerText)]"""
# Words that wrap onto the next line. Longer ones may have to, in the narrowest columns.
BROKEN_WORDS = """() => {
  const found = new Set(), range = document.createRange();
  for (const element of document.querySelectorAll(".button, .status, th, td, dt, label, summary")) {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      if (text.parentElement.closest(".vh") || !text.parentElement.checkVisibility()) continue;
      for (const word of text.data.matchAll(/(?<!\\S)\\p{L}{2,12}(?!\\S)/gu)) {
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].map(part => Math.round(part.bottom)));
        if (lines.size > 1) found.add(word[0]);
      }
    }
  }
  return [...found];
}"""


# What looks wrong at the page's width: sideways scrolling, a menu or a filter's button alone on its line, text at the
# edge of its card, and buttons of different widths one above the other.
UNTIDY = """() => {
  const box = each => each.getBoundingClientRect()
  const shown = (where, within = document) => [...within.querySelectorAll(where)].filter(each => box(each).width)
  const level = (one, other) => one !== other && box(one).top < box(other).bottom && box(other).top < box(one).bottom
  const rest = dots => shown("h1, .status, .button", dots.closest(".page-head"))
  const stacked = shown(".actions .button", document.querySelector("body > .letter") ?? document.createElement("p"))
  return [
    document.documentElement.scrollWidth > window.innerWidth && "scrolls sideways",
    shown(".page-head .dots").some(dots => !rest(dots).some(each => level(each, dots))) && "a menu alone on its line",
    shown(".filters .button").some(button => !shown("input, select", button.closest("form")).some(
      each => level(each, button))) && "a filter's button alone on its line",
    shown(".card").some(card => getComputedStyle(card).paddingLeft === "0px") && "text at the edge of its card",
    window.innerWidth <= 390 && stacked.some(one => stacked.some(other => one.closest(".actions") === other.closest(
      ".actions") && !level(one, other) && box(one).width !== box(other).width)) && "buttons of different widths",
  ].filter(Boolean)
}"""


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
    page: Page, widths: tuple[int, ...] = (390, 1280), *, but: tuple[str, ...] = (), colors: bool = False
) -> list[object]:
    """The rules that the page breaks, except these, and what looks wrong at a width. An error page fails,
    and so does one that shows the same banner twice.

    `make test` runs axe at the first width, without colors: tests/ui/test_contrast.py compares their values, and
    test_styleguide.py judges every component in both schemes with ``colors``. A test marked `in_full` judges its pages
    at every width and in both schemes, in `make test-slow`. Colors are two thirds of axe's work, and of two phones one
    is enough for them.
    """
    failed, banners = page.evaluate(ARRIVED)
    found: list[object] = [page.url] if failed else []
    found += [(page.url, "says twice", text) for text in {*banners} if banners.count(text) > 1]
    judged = in_full() or colors
    # Start with the page's current width: each change costs a layout, and so would changing back for the next page.
    at_last = not judged and page.viewport_size and page.viewport_size["width"] == widths[-1]
    for width in reversed(widths) if at_last else widths:
        resize(page, width)
        found += [(page.url, width, fault) for fault in page.evaluate(UNTIDY)]
        found += [(page.url, width, "breaks", word) for word in page.evaluate(BROKEN_WORDS)]
        without = () if judged and not (width == PHONE and NARROWEST in widths) else OF_COLORS
        if in_full() or width == widths[0]:
            if judged:
                page.emulate_media(color_scheme="light")
            found += [(page.url, width, "light", rule) for rule in violations(page, but=without + but)]
        if not without and (in_full() or width == widths[-1]):
            page.emulate_media(color_scheme="dark")
            found += [(page.url, width, "dark", rule) for rule in violations(page, only=OF_COLORS) if rule not in but]
    return found


def resize(page: Page, width: int) -> None:
    """Do nothing if the page has this width, since even that would cost a layout."""
    if not page.viewport_size or page.viewport_size["width"] != width:
        page.set_viewport_size({"width": width, "height": 844})
