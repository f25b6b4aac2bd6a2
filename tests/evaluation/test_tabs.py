"""The parts that need no daemon; a stand-in answers where one is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from host.core.errors import NotFound
from host.evaluation import tab_speed
from host.evaluation.labelled_tabs import CATEGORIES, LABELS, LabelledTab, TabSet
from host.evaluation.tab_quality import TabAnswers
from host.evaluation.tab_speed import time_tabs
from host.evaluation.tabs import WORDS, choose_models, leave_out_examples, report_answers
from host.tabs.examples import read_examples, read_sites

if TYPE_CHECKING:
    from host.core.paths import Paths


class StandIn:
    """Has three models and puts every tab into Dev."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        if method == "models.list":
            return {
                "models": [
                    {"id": "talker", "type": "instruction", "installed": True},
                    {"id": "mini", "type": "embedding", "installed": True},
                    {"id": "far", "type": "embedding", "installed": False},
                    {"id": "orderer", "type": "reranker", "installed": True},
                ]
            }
        self.batches.append([tab["title"] for tab in params["tabs"]])
        return {"tabs": [], "engine": "embedding", "model": params["engine"]}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ((), [WORDS, "mini", "talker"]),
        (("embedding",), ["mini"]),
        (("instruction", WORDS), [WORDS, "talker"]),
        (("talker",), ["talker"]),
    ],
)
def test_engines_are_chosen_by_kind_or_name_from_what_is_installed(
    wanted: tuple[str, ...], found: list[str]
) -> None:
    assert choose_models(StandIn(), wanted) == found  # type: ignore[arg-type]


@pytest.mark.parametrize("wanted", ["nli", "far", "orderer"])
def test_what_is_not_installed_or_does_not_sort_is_not_measured(wanted: str) -> None:
    with pytest.raises(NotFound):
        choose_models(StandIn(), (wanted,))  # type: ignore[arg-type]


def test_speed_is_measured_on_tabs_that_were_not_asked_about_before(
    monkeypatch: pytest.MonkeyPatch, home: Paths
) -> None:
    monkeypatch.setattr(tab_speed, "_measure_memory", lambda _: (3, 4))
    tabs = [LabelledTab(f"https://{number}.net/", f"Tab {number}", None) for number in range(420)]
    client = StandIn()
    found = time_tabs(client, home, tabs, "mini")  # type: ignore[arg-type]
    asked = [title for batch in client.batches for title in batch]
    assert asked == [tab.title for tab in tabs]
    assert [len(batch) for batch in client.batches] == [1] * 120 + [100] * 3
    assert (found.engine, found.model, found.tabs) == ("embedding", "mini", 100)
    assert (found.daemon_bytes, found.workers_bytes) == (3, 4)
    assert found.mean_ms > 0
    assert found.hundred_ms is not None


def test_with_few_tabs_there_is_no_figure_for_a_hundred(monkeypatch: pytest.MonkeyPatch, home: Paths) -> None:
    monkeypatch.setattr(tab_speed, "_measure_memory", lambda _: (0, 0))
    tabs = [LabelledTab(f"https://{number}.net/", f"Tab {number}", None) for number in range(60)]
    found = time_tabs(StandIn(), home, tabs, None)  # type: ignore[arg-type]
    assert found.tabs == 40
    assert found.hundred_ms is None


def test_a_slow_engine_is_asked_about_fewer_tabs(monkeypatch: pytest.MonkeyPatch, home: Paths) -> None:
    monkeypatch.setattr(tab_speed, "_measure_memory", lambda _: (0, 0))
    monkeypatch.setattr(tab_speed, "_PATIENCE_S", 0.0)
    tabs = [LabelledTab(f"https://{number}.net/", f"Tab {number}", None) for number in range(420)]
    client = StandIn()
    found = time_tabs(client, home, tabs, "talker")  # type: ignore[arg-type]
    assert found.tabs == 10
    assert [len(batch) for batch in client.batches] == [1] * 30 + [100]


def test_examples_that_were_learned_from_are_left_out_by_title_and_by_address() -> None:
    example = read_examples()[0]
    new = LabelledTab("https://nobody-has-this.example/", "A title that nobody has", "dev")
    found = leave_out_examples(
        TabSet(
            "made",
            (
                LabelledTab("https://elsewhere.example/", example.title.upper(), "dev"),
                LabelledTab(example.url, "Another title", "dev"),
                new,
            ),
        )
    )
    assert found == TabSet("made", (new,))


def test_unknown_sites_and_other_languages_have_figures_of_their_own_where_there_are_enough() -> None:
    known = min(read_sites())
    tabs = [
        LabelledTab(
            f"https://{known}/{number}" if number % 2 else f"https://nobody-has-this-{number}.example/",
            f"Tab {number}",
            CATEGORIES[number % 7],
            "de" if number < 10 else "en",
        )
        for number in range(80)
    ]
    # Right about the unknown sites, wrong about all others.
    decided = tuple(tab.label if not number % 2 else "none" for number, tab in enumerate(tabs))
    shares = np.eye(len(LABELS))[[LABELS.index(label) for label in decided]]
    report = report_answers(TabSet("made", tuple(tabs)), "embedding", "mini", TabAnswers(shares, decided))
    assert report.quality.tabs == 80
    assert report.unknown_sites is not None
    assert report.unknown_sites.tabs == 40
    assert report.unknown_sites.macro_f1 == 1.0
    assert report.quality.macro_f1 < 1.0
    # Ten are too few.
    assert report.foreign is None
