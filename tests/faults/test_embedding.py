from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import INSTALLED_MODELS
from tests.makers import NOON, wait_until

if TYPE_CHECKING:
    from tests.processes import Installation
    from tests.wire import Wire

pytestmark = pytest.mark.model

PAGES = 50
LOADING_S = 60.0
# Looking more often would be work of its own, and the indexer gives way to that.
LOOK_S = 0.25


def _stats(wire: Wire) -> dict[str, Any]:
    found: dict[str, Any] = wire.call("store.stats")
    return found


def _article(number: int) -> str:
    body = "".join(
        f"<p>Paragraph {place} of article {number} tells of kettles and hills, of rivers that rise in "
        "spring, and of what people on their banks have made of them for as long as anyone remembers.</p>"
        for place in range(8)
    )
    return f"<html><body><article><h1>Article {number}</h1>{body}</article></body></html>"


def _begin(installation: Installation) -> Wire:
    if not (INSTALLED_MODELS / "all-minilm-l6-v2").is_dir():
        pytest.fail("The starter models are missing. Run: python3 -m tests")
    installation.paths.models.parent.mkdir(parents=True, exist_ok=True)
    installation.paths.models.symlink_to(INSTALLED_MODELS, target_is_directory=True)
    installation.start_daemon()
    wire = installation.connect()
    for number in range(PAGES):
        wire.call(
            "pages.capture", url=f"https://{number}.example/", html=_article(number), visited_at=NOON + number
        )
    wait_until(lambda: _stats(wire)["embedded_chunks"] > 0, "vectors are made", LOADING_S, LOOK_S)
    return wire


def _wait_for_all(wire: Wire) -> None:
    def done() -> bool:
        stats = _stats(wire)
        return bool(stats["pending_jobs"] == 0 and stats["embedded_chunks"] == stats["chunks"])

    wait_until(done, "every passage has a vector", LOADING_S, LOOK_S)
    stats = _stats(wire)
    assert (stats["pages"], stats["failed_jobs"]) == (PAGES, 0)
    assert stats["chunks"] >= PAGES
    found = wire.call("search.query", query="streams and water boilers", mode="vector", wait_ms=20_000)
    assert found["results"]
    assert found["degraded"] == []


def test_killed_models_and_daemons_cost_no_vector_and_text_is_searched_meanwhile(
    installation: Installation,
) -> None:
    wire = _begin(installation)
    (worker,) = installation.processes("host.models.encoder_worker")
    assert _stats(wire)["pending_jobs"] > 0
    worker.kill()
    assert wire.call("search.query", query="kettles", mode="text")["results"]
    wait_until(
        lambda: [found for found in installation.processes("host.models.encoder_worker") if found != worker],
        "the model is started again",
        LOADING_S,
        LOOK_S,
    )
    before = _stats(wire)
    assert before["pending_jobs"] > 0
    installation.kill_daemon()
    installation.disconnect()
    wait_until(lambda: not installation.processes("host.models.encoder_worker"), "the model ends with it")
    installation.start_daemon()
    again = installation.connect()
    assert _stats(again)["embedded_chunks"] >= before["embedded_chunks"]
    _wait_for_all(again)
