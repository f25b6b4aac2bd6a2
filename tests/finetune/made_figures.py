"""Engines whose answers are made up, for what is decided and written after they were asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from host.evaluation.labelled_tabs import LabelledTab
from host.evaluation.tab_quality import TabAnswers
from host.evaluation.tab_speed import TabSpeed
from host.evaluation.tabs import report_answers
from host.finetune.figures import EngineFigures, EngineRole, Measured
from host.finetune.known_categories import name_categories
from host.finetune.test_data import TestData

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.finetune.figures import Failure

NAMES = ("Dev", "News", "My cats")


def make_test(rows: int = 120, names: Sequence[str] = NAMES) -> TestData:
    """Tabs of every category in turn, and of none."""
    labels = [*names, None]
    tabs = [
        LabelledTab(f"https://nobody-{number}.example/", f"Tab {number}", labels[number % len(labels)])
        for number in range(rows)
    ]
    return TestData("made", tuple(tabs), name_categories(names))


def make_engine(
    test: TestData,
    name: str,
    right: float,
    *,
    role: EngineRole = "tuned",
    p95_ms: float | None = 20.0,
    file_bytes: int = 10_000_000,
) -> EngineFigures:
    """An engine that is right about the first share of the tabs, evenly over the categories."""
    labels = test.labels
    known = round(right * len(test.tabs))
    decided = tuple(
        label if place < known else labels[(labels.index(label) + 1) % len(labels)]
        for place, label in enumerate(test.truth)
    )
    shares = np.full((len(decided), len(labels)), 0.2 / (len(labels) - 1))
    shares[np.arange(len(decided)), [labels.index(label) for label in decided]] = 0.8
    answers = TabAnswers(shares, decided)
    speed = None
    if p95_ms is not None:
        speed = TabSpeed("instruction", name, 1.0, 100, p95_ms * 0.8, p95_ms, None, 1, 2, 0.1)
    report = report_answers(test.as_set, "instruction", name, answers, labels)
    return EngineFigures(
        name, role, name, report, answers, "adapter", speed, 700.0, file_bytes, 98_000_000, 300_000_000
    )


def make_measured(*engines: EngineFigures, current: str, failures: Sequence[Failure] = ()) -> Measured:
    """Engines that were asked about the same tabs."""
    return Measured(engines, tuple(failures), current)
