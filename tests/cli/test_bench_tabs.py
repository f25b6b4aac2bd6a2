"""`ai-history bench tabs`: what it refuses, what it runs, and its tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.cli_commands import bench_tabs
from host.cli_commands.bench_tabs import TabsBench, TabsResult, print_tabs
from host.core.errors import InvalidInput
from host.evaluation.labelled_tabs import LABELS, TabSetFigures
from host.evaluation.tab_learning import LearningReport
from host.evaluation.tab_quality import Interval, TabAnswers, measure_tabs
from host.evaluation.tab_speed import TabSpeed
from host.evaluation.tab_topics import TopicReport
from host.evaluation.tabs import TabReport, TabsFigures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from host.evaluation.labelled_tabs import TabSet
    from tests.cli.conftest import Ended


def make_figures() -> TabsFigures:
    decided = ("dev", "news", "none")
    shares = np.eye(len(LABELS))[[LABELS.index(label) for label in decided]]
    quality = measure_tabs(["dev", "social", "none"], TabAnswers(shares, decided))
    counts = {label: int(label in ("dev", "social", "none")) for label in LABELS}
    return TabsFigures(
        {"own": TabSetFigures(3, counts, 1 / 3, 0.0)},
        {"own": 2},
        (
            TabReport("own", "random", "", quality, None, None),
            TabReport("own", "embedding", "mini", quality, quality, None),
        ),
        (TabSpeed("embedding", "mini", 3.0, 100, 4.0, 6.5, None, 80 * 2**20, 600 * 2**20, 0.5),),
    )


TOPICS = (
    TopicReport(
        "made.csv", "product", 4, 0.8, 6.5, 6.0, 0.9, 0.7, 0.6, (("Rome", "Travel for Rome"),), 120.0, 200.0
    ),
    TopicReport("made.csv", "same site", 4, 0.1, 2.0, 6.0, 0.2),
)
LESSON = LearningReport(
    "mini",
    4,
    0.25,
    1.0,
    0.3,
    0.9,
    {"site into a new category": 1.0},
    300.0,
    2,
    1,
    3,
    -0.001,
    Interval(-0.01, 0.0),
    1,
)


def test_without_a_folder_only_the_own_set_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[list[str], tuple[str, ...]]] = []

    def measure(sets: Sequence[TabSet], engines: tuple[str, ...], *_: object) -> TabsFigures:
        asked.append(([one.name for one in sets], engines))
        return make_figures()

    monkeypatch.setattr(bench_tabs, "measure_engines", measure)
    found = TabsBench(None, (), "embedding", (), 10, ()).run(lambda *_: None)
    assert asked == [(["own"], ("embedding",))]
    assert (found.topics, found.learning) == ((), ())


def test_only_the_parts_that_are_wanted_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bench_tabs, "measure_groups", lambda *_: list(TOPICS))
    found = TabsBench(tmp_path, ("own",), "all", (), 1, ("topics",)).run(lambda *_: None)
    assert found == TabsResult(None, TOPICS, ())


def test_models_go_before_kinds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[str, ...]] = []

    def measure(_: Path, engines: tuple[str, ...], *__: object) -> list[LearningReport]:
        asked.append(engines)
        return [LESSON]

    monkeypatch.setattr(bench_tabs, "measure_lessons", measure)
    TabsBench(tmp_path, ("own",), "all", ("mini",), 1, ("learning",)).run(lambda *_: None)
    TabsBench(tmp_path, ("own",), "all", (), 1, ("learning",)).run(lambda *_: None)
    assert asked == [("mini",), ()]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--set", "public_apis"), "--data"),
        (("--part", "topics"), "--data"),
        (("--set", "clapnq"), "own"),
        (("--engine", "extractive"), "embedding"),
    ],
)
def test_what_cannot_be_measured_is_said_with_what_to_do(
    arguments: tuple[str, ...], said: str, run: Callable[..., Ended], home: object
) -> None:
    ended = run("bench", "tabs", *arguments, program="ai-history")
    assert ended.code == 1
    assert said in ended.err


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="not there"):
        TabsBench(tmp_path / "nowhere", (), "all", (), 1, ()).run(lambda *_: None)


def test_tables_say_everything_once(capsys: pytest.CaptureFixture[str]) -> None:
    print_tabs(TabsResult(make_figures(), TOPICS, (LESSON,)))
    shown = capsys.readouterr()
    text = shown.out + shown.err
    for words in ("macro-F1", "kappa", "calibration error", "coverage", "recall", "6.5 ms", "600 MB"):
        assert words in text
    for words in ("same site", "0.800", "25.0 % / 100.0 %", "2 / 1 / 3", "-0.0010"):
        assert words in text
    # What a part is too small for has no figure.
    assert "–" in text


def test_the_document_is_plain_values() -> None:
    document = json.loads(json.dumps(TabsResult(make_figures(), TOPICS, (LESSON,)).to_json()))
    assert document["categories"]["reports"][1]["quality"]["confusion"][0][0] == 1
    assert document["categories"]["speeds"][0]["p95_ms"] == 6.5
    assert document["topics"][0]["names"] == [["Rome", "Travel for Rome"]]
    assert document["learning"][0]["interval"] == {"low": -0.01, "high": 0.0}
    assert TabsResult(None, (), ()).to_json() == {"categories": None, "topics": [], "learning": []}
