from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.makers import NOON, WAIT_S, wait_until

if TYPE_CHECKING:
    from tests.processes import Installation
    from tests.wire import Wire

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills without warning, as POSIX does")


def _article(name: str, paragraphs: int = 8) -> str:
    body = "".join(
        f"<p>Paragraph {number} of {name} speaks of kettles, hills and rivers at some length.</p>"
        for number in range(paragraphs)
    )
    return f"<html><body><article><h1>{name}</h1>{body}</article></body></html>"


class _Browser:
    """Sends pages as fast as they are acknowledged, some of them long, until the connection ends."""

    def __init__(self, wire: Wire, name: str) -> None:
        self.acknowledged: list[str] = []
        self._wire, self._name = wire, name
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        for number in range(10_000):
            url = f"https://{self._name}.example/{number}"
            # Every fifth is too long to be read at once, so it is acknowledged as a raw page.
            html = _article(f"{self._name} {number}", 9000 if number % 5 == 4 else 8)
            try:
                answer = self._wire.ask(
                    "pages.capture", url=url, title=url, html=html, visited_at=NOON + number
                )
            except (AssertionError, OSError):
                return
            if answer["result"]["status"] == "stored":
                self.acknowledged.append(url)


def _read_all(wire: Wire, urls: list[str]) -> dict[str, Any]:
    return {url: wire.ask("pages.get", url=url).get("result") for url in urls}


@pytest.mark.parametrize("acknowledged", [1, 9, 25])
def test_every_acknowledged_page_survives_a_daemon_killed_in_the_middle_of_capturing(
    installation: Installation, acknowledged: int
) -> None:
    installation.start_daemon()
    browsers = [_Browser(installation.connect(), name) for name in ("one", "two")]
    wait_until(
        lambda: sum(len(browser.acknowledged) for browser in browsers) >= acknowledged,
        "pages are acknowledged",
    )
    installation.kill_daemon()
    for browser in browsers:
        browser.thread.join(WAIT_S)
    installation.disconnect()
    urls = [url for browser in browsers for url in browser.acknowledged]
    assert len(urls) >= acknowledged

    installation.start_daemon()
    wire = installation.connect()
    lost = [url for url, page in _read_all(wire, urls).items() if page is None]
    assert lost == []
    wire.call("jobs.retry")
    wait_until(
        lambda: not [job for job in wire.call("jobs.list")["jobs"] if job["kind"] == "extract"],
        "the raw pages are read",
    )
    for url, page in _read_all(wire, urls).items():
        assert "kettles" in page["content_text"], url
        assert page["passages"], url
    checks = {check["name"]: check["ok"] for check in wire.call("doctor")["checks"]}
    assert checks["Database"]
    assert checks["Full-text index"]


def test_a_deletion_that_was_acknowledged_survives_a_kill(installation: Installation) -> None:
    installation.start_daemon()
    wire = installation.connect()
    for number in range(6):
        wire.call(
            "pages.capture",
            url=f"https://{number}.example/",
            html=_article(f"quagmirical{number}"),
            visited_at=NOON,
        )
    assert wire.call("pages.delete", urls=["https://3.example/"])["deleted"] == 1
    installation.kill_daemon()
    content = b"".join(
        file.read_bytes() for file in (installation.paths.data / "tester").iterdir() if file.is_file()
    )
    assert b"quagmirical3" not in content
    installation.start_daemon()
    again = installation.connect()
    assert again.call("store.stats")["pages"] == 5
    assert again.call("search.query", query="quagmirical3", mode="text")["results"] == []
