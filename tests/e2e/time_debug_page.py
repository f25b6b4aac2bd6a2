"""How long the debug page takes on a large history: `python -m tests.e2e.time_debug_page 100000`."""

from __future__ import annotations

import sys

from playwright.sync_api import sync_playwright

from host.evaluation.bench.store import fill_large
from tests.e2e.browser import LIMIT_MS
from tests.e2e.conftest import make_world
from tests.e2e.site import Site

OPENINGS = 8
# Milliseconds since the address was opened.
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def main(page_count: int) -> None:
    """Fill a history, open the page again and again, and print what each opening took."""
    with sync_playwright() as playwright, Site() as site, make_world(playwright, site) as world:
        world.browser.start()
        world.browser.wait_until_connected()
        profile_id = world.browser.profile_id()
        world.browser.close()
        world.installation.stop()
        database = world.installation.paths.database(profile_id)
        for file in database.parent.glob("history.db*"):
            file.unlink()
        fill_large(world.installation.paths, page_count, lambda *_: None, profile_id=profile_id)
        world.browser.start()
        world.browser.wait_until_connected()
        for number in range(1, OPENINGS + 1):
            page = world.browser.open_page("debug.html")
            page.wait_for_function(PAINTED)
            page.get_by_text("Every page is indexed").wait_for(timeout=LIMIT_MS)
            healthy, painted, loaded = (
                page.evaluate(what) for what in ("performance.now()", PAINTED, LOADED)
            )
            print(
                f"{number}: painted {painted:.0f} ms, loaded {loaded:.0f} ms, health shown {healthy:.0f} ms"
            )
            page.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
