"""Opens the demo's pages in Chromium, for the same people. Needs playwright, which the demo itself doesn't."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Response, sync_playwright

from scripts.demo import page as scriptless
from scripts.demo.person import NotThere

# Without these, Chromium contacts its maker's servers on every start.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Chromium keeps sites in separate processes, and starts one ahead of need. Pages that trust each other take a
# quarter less CPU time without that. The list replaces Playwright's own, so it repeats what matters of it.
NOT_NEEDED = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "MediaRouter", "OptimizationHints", "NetworkTimeServiceQuerying", "Translate"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "IsolateOrigins", "site-per-process", "RenderDocument"),
    "SpareRendererForSitePerProcess",
)
ONE_PROCESS = (
    "--process-per-site",
    "--renderer-process-limit=1",
    "--disable-site-isolation-trials",
    f"--disable-features={','.join(NOT_NEEDED)}",
)
# Playwright keeps shared memory on the disk, for containers whose /dev/shm is small. It takes a tenth more time.
SHARED_MEMORY, ENOUGH_BYTES = Path("/dev/shm"), 512 * 2**20  # noqa: S108  Chromium's place, not ours


# A background task: the page polls until it is done, then reloads.
WAITING = "#task[hx-get]"


def installed() -> str | None:
    """The path of the system's Chromium, or None. The shell is Chromium without its own window: a third of the work."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


@contextmanager
def launched(program: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=(*QUIET, *ONE_PROCESS),
            ignore_default_args=["--disable-dev-shm-usage"] if _much_shared_memory() else None,
        )
        try:
            yield browser
        finally:
            browser.close()


def _much_shared_memory() -> bool:
    return SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free >= ENOUGH_BYTES


def flip(switch: Locator) -> None:
    """Click a switch in a browser with scripts. Returns once the result is shown, on this page or the next."""
    switch.click()
    switch.page.locator(".switch-row[aria-busy]").wait_for(state="detached")
    switch.page.wait_for_load_state()


def wait_for_task(page: Page) -> None:
    """Return once the page shows the result of its background task."""
    waiting = page.locator(WAITING)
    while waiting.count():  # without scripts, each refresh loads another page
        waiting.wait_for(state="detached")
        page.wait_for_load_state()


@dataclass
class ChromiumCast:
    """Opens a context for each person, and collects the browser's errors and warnings.

    ``on_arrival`` is called with each page that a person reaches.
    """

    browser: Browser
    scripts: bool = True
    on_arrival: Callable[[Page], None] = lambda page: None
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def __call__(self, *, phone: bool) -> ChromiumPerson:
        context = self.browser.new_context(
            viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 900},
            java_script_enabled=self.scripts,
        )
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("response", self._on_response)
        return ChromiumPerson(page, self.on_arrival, scripts=self.scripts)

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def _on_console(self, message: ConsoleMessage) -> None:
        """Violations of the Content-Security-Policy arrive here as errors, too."""
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.location.get('url')}: {message.text}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.url}: status {response.status}")


class ChromiumPerson:
    """See ``scripts.demo.person.Person``. Uses only visible links, fields and buttons."""

    def __init__(self, page: Page, on_arrival: Callable[[Page], None], *, scripts: bool = True) -> None:
        self.page = page
        self._on_arrival = on_arrival
        self._scripts = scripts

    @property
    def url(self) -> str:
        return self.page.url

    @property
    def heading(self) -> str:
        return self._read().heading

    @property
    def text(self) -> str:
        return self._read().text

    def open(self, url: str) -> None:
        self.page.goto(url)
        self._arrive()

    def follow(self, link: str) -> None:
        self._click(self._find(link, lambda name: [self.page.get_by_role("link", name=name)]))

    def fill(self, label: str, value: str) -> None:
        field = self._find(label, lambda name: [self.page.get_by_label(name)])
        if field.evaluate("element => element.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)

    def tick(self, label: str) -> None:
        box = self._find(
            label,
            lambda name: [self.page.get_by_role("radio", name=name), self.page.get_by_role("checkbox", name=name)],
        )
        box.check()

    def choices(self) -> list[str]:
        return [name for name, element in self._read().fields() if element.get("type") == "radio"]

    def text_fields(self) -> list[str]:
        return [name for name, element in self._read().fields() if element.tag == "textarea"]

    def press(self, button: str) -> None:
        by_role = self.page.get_by_role
        self._click(self._find(button, lambda name: [by_role("button", name=name), by_role("switch", name=name)]))

    def _click(self, target: Locator) -> None:
        if self._scripts and target.get_attribute("role") == "switch":
            flip(target)
        else:
            with self.page.expect_navigation():
                target.click()
        self._arrive()

    def _arrive(self) -> None:
        wait_for_task(self.page)
        self._on_arrival(self.page)

    def _find(self, words: str, candidates: Callable[[re.Pattern[str]], list[Locator]]) -> Locator:
        """The visible element with exactly this name, or the first whose name starts with it."""
        text = re.escape(words)
        for pattern in (re.compile(rf"^\s*{text}( \(optional\))?\s*$"), re.compile(rf"^\s*{text}")):
            for locator in candidates(pattern):
                seen = locator.filter(visible=True)
                if seen.count():
                    return seen.first
        raise NotThere(f"On “{self.heading}” nothing visible is named “{words}”. It says: {self.text[:400]}")

    def _read(self) -> scriptless.Page:
        return scriptless.Page(self.page.content(), self.page.url)
