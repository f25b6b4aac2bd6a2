from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import INSTALLED_MODELS
from tests.makers import NOON, wait_until

if TYPE_CHECKING:
    from tests.processes import Installation
    from tests.wire import Wire

LOADING_S = 90.0
LOOK_S = 0.1
# What takes memory or time for a model, or reads pages.
PROCESSES = (
    "host.models.encoder_worker",
    "host.models.language_worker",
    "host.models.quantisation_worker",
    "host.history.reader_worker",
    "host.tabs.analysis_worker",
)
PAGES = 60


def _article(number: int) -> str:
    body = "".join(
        f"<p>Paragraph {place} of article {number} tells of kettles, and of rivers that rise in spring.</p>"
        for place in range(6)
    )
    return f"<html><body><article><h1>Article {number}</h1>{body}</article></body></html>"


def _capture(wire: Wire, number: int, host: str = "a.example") -> dict[str, Any]:
    answer: dict[str, Any] = wire.call(
        "pages.capture", url=f"https://{host}/{number}", html=_article(number), visited_at=NOON + number
    )
    return answer


def _switch(wire: Wire, *, on: bool) -> None:
    wire.call("settings.update", values={"capture.enabled": on})


def _find_processes(installation: Installation) -> list[str]:
    return [name for name in PROCESSES if installation.processes(name)]


def _count_done(wire: Wire) -> tuple[int, int]:
    stats = wire.call("store.stats")
    return stats["embedded_chunks"], stats["pending_jobs"]


@pytest.fixture
def wire(installation: Installation) -> Wire:
    """A daemon with the starter models, which lets go of what a person has loaded while it is off at once."""
    if not (INSTALLED_MODELS / "all-minilm-l6-v2").is_dir():
        pytest.fail("The starter models are missing. Run: python3 -m tests")
    installation.paths.models.parent.mkdir(parents=True, exist_ok=True)
    installation.paths.models.symlink_to(INSTALLED_MODELS, target_is_directory=True)
    installation.start_daemon("off_idle=0.1", "housekeeping=0.1", "busy=101", "look=0.1")
    return installation.connect()


@pytest.mark.model
def test_off_leaves_no_process_of_a_model_and_no_work_and_on_goes_on(
    installation: Installation, wire: Wire
) -> None:
    for number in range(PAGES):
        _capture(wire, number)
    wait_until(lambda: _count_done(wire)[0] > 0, "vectors are made", LOADING_S, LOOK_S)
    assert "host.models.encoder_worker" in _find_processes(installation)
    _switch(wire, on=False)
    wait_until(lambda: not _find_processes(installation), "nothing is left", every_s=LOOK_S)
    done, waiting = _count_done(wire)
    assert waiting > 0, "it was switched off in the middle"

    # Nothing is taken in, whoever asks.
    assert _capture(wire, 1000)["reason"] == "disabled"
    visit = wire.call("pages.visit", url="https://b.example/", visited_at=NOON)
    assert (visit["page_id"], visit["reason"]) == (None, "disabled")
    item = {"url": "https://c.example/", "title": "C", "last_visit_at": NOON, "visit_count": 1}
    refused = wire.ask("pages.import", items=[item])["error"]
    assert refused["data"]["kind"] == "forbidden"
    assert refused["data"]["fix"]
    stored = wire.call("pages.stored", url="https://b.example/")
    assert (stored["page_id"], stored["captured"], stored["reason"]) == (None, False, "disabled")

    # A browser that connects loads nothing; a person who searches is answered, and it goes again.
    again = installation.connect("tester")
    assert _find_processes(installation) == []
    found = again.call("search.query", query="water boilers", mode="vector", wait_ms=60_000)
    assert found["results"]
    wait_until(lambda: not _find_processes(installation), "the model is let go", every_s=LOOK_S)
    assert _count_done(wire) == (done, waiting)

    _switch(wire, on=True)
    wait_until(lambda: _count_done(wire)[0] > done, "it goes on", LOADING_S, LOOK_S)


def test_a_profile_that_is_paused_waits_and_the_other_goes_on(installation: Installation) -> None:
    installation.start_daemon("look=0.1")
    paused, other = installation.connect("one"), installation.connect("other")
    paused.call("settings.update", values={"capture.paused_until": -1})
    assert _capture(paused, 1)["reason"] == "paused"
    assert paused.ask("pages.import", items=[])["error"]["data"]["kind"] == "forbidden"
    assert _capture(other, 1)["status"] == "stored"
    assert other.call("pages.import", items=[])["added"] == 0


def test_a_site_that_is_excluded_loses_what_waits_of_it_at_once(installation: Installation) -> None:
    # Without a model what waits stays waiting.
    installation.start_daemon()
    wire = installation.connect()
    wire.call("jobs.pause")
    for host in ("a.example", "sub.a.example", "b.example"):
        _capture(wire, 1, host)
    before = {job["kind"]: job["count"] for job in wire.call("jobs.list")["jobs"]}
    assert sum(before.values()) >= 3
    wire.call("settings.update", values={"capture.excluded_sites": ["a.example"]})
    assert sum(job["count"] for job in wire.call("jobs.list")["jobs"]) == sum(before.values()) // 3
    for host in ("a.example", "sub.a.example"):
        stored = wire.call("pages.stored", url=f"https://{host}/1")
        assert (stored["jobs"], stored["captured"], stored["reason"]) == ([], False, "excluded")
        assert _capture(wire, 2, host)["reason"] == "excluded"
    assert wire.call("pages.stored", url="https://b.example/1")["jobs"]
