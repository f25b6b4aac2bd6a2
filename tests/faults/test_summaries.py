from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import INSTALLED_MODELS
from tests.makers import NOON, wait_until

if TYPE_CHECKING:
    from tests.processes import Installation
    from tests.wire import Wire

pytestmark = pytest.mark.model

PAGES = 6
SUMMARISED_S = 90.0
LOOK_S = 0.25
# Nobody is waited for: neither a minute after the last search, nor for the processor to be at rest.
AT_ONCE = ("calm=0", "look=0.1", "busy=101")
THINGS = ("cello", "glacier", "kettle", "lighthouse", "beehive", "sundial")


def _article(thing: str) -> str:
    lines = (
        "Accept all cookies to go on reading about whatever you like.",
        f"This page explains how a {thing} works and what a {thing} was first made for.",
        f"Whoever owns a {thing} should clean the {thing} twice a year.",
        f"The museum of the town shows a {thing} that is two hundred years old.",
    )
    body = "".join(f"<p>{line}</p>" for line in lines)
    return f"<html><head><title>The {thing}</title></head><body><article>{body}</article></body></html>"


def _summaries(wire: Wire) -> list[str | None]:
    pages = [wire.call("pages.get", page_id=number) for number in range(1, PAGES + 1)]
    return [page["summary"] for page in pages]


def _begin(installation: Installation) -> Wire:
    if not (INSTALLED_MODELS / "all-minilm-l6-v2").is_dir():
        pytest.fail("The starter models are missing. Run: python3 -m tests")
    installation.paths.models.parent.mkdir(parents=True, exist_ok=True)
    installation.paths.models.symlink_to(INSTALLED_MODELS, target_is_directory=True)
    installation.start_daemon(*AT_ONCE)
    return installation.connect()


def _jobs(wire: Wire) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = wire.call("jobs.list")["jobs"]
    return found


def test_pages_are_summarised_when_nothing_else_is_to_be_done_and_killed_processes_cost_no_summary(
    installation: Installation,
) -> None:
    wire = _begin(installation)
    for number, thing in enumerate(THINGS):
        wire.call(
            "pages.capture", url=f"https://{thing}.example/", html=_article(thing), visited_at=NOON + number
        )
    wait_until(lambda: any(_summaries(wire)), "a page is summarised", SUMMARISED_S, LOOK_S)
    # Pages are embedded before any is summarised.
    assert wire.call("store.stats")["pending_jobs"] == 0
    (worker,) = installation.processes("host.models.encoder_worker")
    worker.kill()
    installation.kill_daemon()
    installation.start_daemon(*AT_ONCE)
    wire = installation.connect()
    wait_until(lambda: all(_summaries(wire)), "every page is summarised", SUMMARISED_S, LOOK_S)
    for thing, summary in zip(THINGS, _summaries(wire), strict=True):
        assert summary is not None
        assert thing in summary
        assert "cookies" not in summary
    wait_until(lambda: _jobs(wire) == [], "the queue is empty")
    (found,) = wire.call("search.query", query="cello", mode="text")["results"]
    assert "cello" in found["summary"]
