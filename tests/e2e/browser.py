"""A real Chromium with the extension loaded, driven from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Playwright, WebError, Worker
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Request as PageRequest

from host.install.extension import read_extension_id
from tests.e2e.installation import EXTENSION, Installation
from tests.e2e.waiting import LIMIT_S, wait_for
from tests.environment import find_test_browser

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.site import Site

LIMIT_MS = LIMIT_S * 1000
SEARCH_PAGE = "sidepanel/history_search.html"


class Browser:
    """One browser with a profile folder of its own; it can be closed and started again.

    Attributes:
        console_errors: what pages of the extension and its worker complained about.
        requests: every address that a page of the extension asked for.
    """

    def __init__(
        self, playwright: Playwright, user_data: Path, installation: Installation, site: Site
    ) -> None:
        self.user_data = user_data
        self.installation = installation
        self.console_errors: list[str] = []
        self.requests: list[str] = []
        self._playwright = playwright
        self._site = site
        self._context: BrowserContext | None = None

    @property
    def context(self) -> BrowserContext:
        assert self._context, "the browser is not running"
        return self._context

    def start(self, *, extension: bool = True) -> None:
        """Start it, and wait for the extension's worker."""
        arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-background-networking",
            f"--host-resolver-rules={self._site.resolver_rules}",
        ]
        if extension:
            arguments += [f"--disable-extensions-except={EXTENSION}", f"--load-extension={EXTENSION}"]
        self._context = self._playwright.chromium.launch_persistent_context(
            str(self.user_data),
            executable_path=find_test_browser(),
            headless=False,  # the switch above means the browser's own headless mode, which has extensions
            args=arguments,
            ignore_default_args=["--disable-extensions"],
            env=dict(self.installation.environment),
            no_viewport=True,
            locale="en-GB",
        )
        self._context.set_default_timeout(LIMIT_MS)
        self._context.on("console", self._hear)
        self._context.on("weberror", self._hear_exception)
        self._context.on("request", self._see)
        if extension:
            self.wait_for_worker()

    def close(self) -> None:
        """Close it as a person does."""
        if self._context:
            self._context.close()
        self._context = None

    def close_tabs(self) -> None:
        """Close every tab but the first, without which the browser would end."""
        for page in self.context.pages[1:]:
            page.close()

    def wait_for_worker(self) -> Worker:
        """The extension's service worker, once it runs."""

        def look() -> Worker | None:
            self._take_in_events()
            workers = [worker for worker in self.context.service_workers if extension_id() in worker.url]
            return workers[-1] if workers else None

        return wait_for(look, "service worker")

    def in_worker(self, script: str, argument: Any = None) -> Any:
        """Run a script in the service worker."""
        return self.wait_for_worker().evaluate(script, argument)

    def stop_worker(self) -> None:
        """Stop the service worker as the browser does when it has been idle."""
        self.in_worker("() => { globalThis.markOfLife = true; }")
        page = self.context.new_page()
        page.goto(make_extension_url("sidepanel/tabs.html"))
        session = self.context.new_cdp_session(page)
        session.send("ServiceWorker.enable")
        session.send("ServiceWorker.stopAllWorkers")
        wait_for(lambda: not self._is_marked(), "worker stopped")
        page.close()

    def profile_id(self) -> str:
        """Which database this browser's profile has."""
        find = "() => chrome.storage.local.get('profileId').then(({ profileId }) => profileId)"
        return str(wait_for(lambda: self.in_worker(find), "profile id"))

    def wait_until_connected(self) -> str:
        """Wait until the extension knows the host's settings, and so captures; returns the profile id."""
        find = "() => chrome.storage.local.get('settings').then(({ settings }) => Boolean(settings))"
        wait_for(lambda: self.in_worker(find), "settings heard")
        return self.profile_id()

    def visit(self, url: str, page: Page | None = None) -> Page:
        """Go to an address as a person who types it."""
        page = page or self.context.new_page()
        page.goto(url)
        return page

    def wait_until_settled(self, url: str) -> None:
        """Wait until the browser lists this address in its history and the extension has dealt with it."""
        listed = """url => chrome.history.search({ text: "", startTime: 0, maxResults: 1000 })
          .then((items) => items.some((item) => item.url === url))"""
        waiting = """url => chrome.storage.session.get("pendingVisits")
          .then(({ pendingVisits }) => (pendingVisits ?? []).some((visit) => visit.url === url))"""
        wait_for(lambda: self.in_worker(listed, url), f"{url} in the browser's history")
        wait_for(lambda: not self.in_worker(waiting, url), f"{url} dealt with")

    def open_incognito_window(self, url: str) -> None:
        """Open an address in an off-the-record window."""
        self.in_worker("(url) => chrome.windows.create({ incognito: true, url }).then(() => null)", url)

    def open_page(self, path: str) -> Page:
        """Open a page of the extension in a tab."""
        page = self.context.new_page()
        page.goto(make_extension_url(path))
        return page

    def _take_in_events(self) -> None:
        """Let Playwright hear what has happened; it listens only while it is asked something."""
        self.context.pages[0].wait_for_timeout(1)

    def _is_marked(self) -> bool:
        self._take_in_events()
        try:
            workers = self.context.service_workers
            return any(worker.evaluate("() => globalThis.markOfLife === true") for worker in workers)
        except PlaywrightError:
            return False  # it ended while it was asked

    def _hear(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if message.type in {"error", "warning"} and where.startswith(make_extension_url("")):
            self.console_errors.append(f"{where}: {message.text}")

    def _hear_exception(self, error: WebError) -> None:
        where = error.page.url if error.page else ""
        if where.startswith(make_extension_url("")):
            self.console_errors.append(f"{where}: {error.error.message}")

    def _see(self, request: PageRequest) -> None:
        own = make_extension_url("")
        if request.service_worker:
            asked_by_us = request.service_worker.url.startswith(own)
        else:
            # A navigation is announced before its frame is there.
            asked_by_us = not request.is_navigation_request() and _frame_address(request).startswith(own)
        if asked_by_us:
            self.requests.append(request.url)


def _frame_address(request: PageRequest) -> str:
    """Where the frame is that asks; empty for a tab that the browser has opened and not yet announced."""
    try:
        return request.frame.url
    except PlaywrightError:
        return ""


def extension_id() -> str:
    """The id that the manifest's key fixes."""
    return read_extension_id(EXTENSION)


def make_extension_url(path: str) -> str:
    """The address of a file of the extension."""
    return f"chrome-extension://{extension_id()}/{path}"
