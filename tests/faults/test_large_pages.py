from __future__ import annotations

from typing import TYPE_CHECKING

from tests.makers import NOON, wait_until

if TYPE_CHECKING:
    from tests.processes import Installation


def test_a_page_of_20_megabytes_is_kept_read_and_found(installation: Installation) -> None:
    paragraph = "<p>The quick brown fox jumps over the lazy dog near the old river bank again. </p>"
    count = 20_000_000 // len(paragraph)
    html = f"<html><body><article><h1>Long</h1>{paragraph * count}</article></body></html>"
    assert len(html) > 19_900_000
    bridge = installation.start_bridge()
    bridge.wire.hello()
    stored = bridge.wire.call("pages.capture", url="https://a.example/long", html=html, visited_at=NOON)
    assert stored["status"] == "stored"
    page_id = stored["page_id"]
    # A search is answered while the long page is read.
    assert bridge.wire.call("search.query", query="fox")["mode"]
    wait_until(
        lambda: bridge.wire.call("pages.get", page_id=page_id, passage_limit=1)["content_text"],
        "the page is read",
        60,
    )
    (item,) = bridge.wire.call("search.query", query="river", mode="text")["results"]
    assert item["page_id"] == page_id
