"""`ai-history bench tabs`, and its figures as tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from host.cli_commands.bench_options import PARTS
from host.cli_commands.output import print_note, print_table
from host.core.errors import InvalidInput
from host.evaluation.labelled_tabs import LABELS
from host.evaluation.tab_sets import TAB_SET_NAMES, load_tab_set
from host.evaluation.tabs import ENGINE_TYPES, TabsFigures, measure_engines, measure_groups, measure_lessons

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from host.evaluation.bench.figures import OnProgress
    from host.evaluation.labelled_tabs import TabSet
    from host.evaluation.tab_learning import LearningReport
    from host.evaluation.tab_quality import TabQuality
    from host.evaluation.tab_speed import TabSpeed
    from host.evaluation.tab_topics import TopicReport
    from host.evaluation.tabs import TabReport

_NOTHING = "–"
_MIB = 1024**2


@dataclass(frozen=True)
class TabsResult:
    """What `bench tabs` found; what was not asked for, or had no data, is empty."""

    categories: TabsFigures | None
    topics: tuple[TopicReport, ...]
    learning: tuple[LearningReport, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "categories": self.categories.to_json() if self.categories else None,
            "topics": [report.to_json() for report in self.topics],
            "learning": [report.to_json() for report in self.learning],
        }


@dataclass(frozen=True)
class TabsBench:
    """What `bench tabs` is to do.

    Attributes:
        folder: holds the sets; without it there is only the set `own`.
        sets: names of `TAB_SET_NAMES`; none for all that there are.
        engine: one of `ENGINE_TYPES`, or `all`.
        models: that sort; none for every installed one of that kind.
        every: only each so-manieth tab of a category.
        parts: of `PARTS`; none for all that there is data for.
    """

    folder: Path | None
    sets: tuple[str, ...]
    engine: str
    models: tuple[str, ...]
    every: int
    parts: tuple[str, ...]

    def run(self, on_progress: OnProgress) -> TabsResult:
        """Measure.

        Raises:
            InvalidInput: the data is not there, or a set or an engine is not one of tabs.
            NotFound: no such model is installed.
        """
        engines = self._choose_engines()
        sets = self._load_sets()
        parts = self.parts or (PARTS if self.folder else PARTS[:1])
        if self.folder is None and set(parts) - {"categories"}:
            message = "Topics and learning are measured on sets of tab groups."
            raise InvalidInput(message, fix="Say --data FOLDER; docs/benchmarks.md says where they are from.")
        found = measure_engines(sets, engines, self.folder, on_progress) if "categories" in parts else None
        topics: list[TopicReport] = []
        lessons: list[LearningReport] = []
        if self.folder is not None and "topics" in parts:
            topics = measure_groups(self.folder, on_progress)
        if self.folder is not None and "learning" in parts:
            lessons = measure_lessons(self.folder, engines, on_progress)
        return TabsResult(found, tuple(topics), tuple(lessons))

    def _choose_engines(self) -> tuple[str, ...]:
        if self.engine not in (*ENGINE_TYPES, "all"):
            message = f"{self.engine} does not sort tabs."
            raise InvalidInput(message, fix=f"Choose from: {', '.join(ENGINE_TYPES)}, all.")
        return self.models or (() if self.engine == "all" else (self.engine,))

    def _load_sets(self) -> list[TabSet]:
        for name in self.sets:
            if name not in TAB_SET_NAMES:
                message = f"{name} is no set of tabs."
                raise InvalidInput(message, fix=f"Choose from: {', '.join(TAB_SET_NAMES)}.")
        names = self.sets or (TAB_SET_NAMES if self.folder else TAB_SET_NAMES[:1])
        return [load_tab_set(name, self.folder).thin_out(self.every) for name in names]


def print_tabs(result: TabsResult) -> None:
    """Tables of the sets, of quality on each, of speed, groups and learning."""
    if result.categories is not None:
        _print_categories(result.categories)
    if result.topics:
        print_table(
            (
                "windows of",
                "method",
                "ARI",
                "groups",
                "true",
                "in a group",
                "name agrees",
                "by word",
                "a window",
            ),
            [_topic_row(report) for report in result.topics],
            title="Topics",
        )
    for report in result.learning:
        print_table(("", ""), _learning_rows(report), title=f"Learning: {report.model}")


def _print_categories(found: TabsFigures) -> None:
    print_table(
        ("set", "tabs", "not English", "on known sites", "left out", *LABELS),
        [
            (
                name,
                str(one.tabs),
                _share(one.foreign),
                _share(one.known_sites),
                str(found.left_out[name]),
                *(str(one.categories[label]) for label in LABELS),
            )
            for name, one in found.sets.items()
        ],
        title="Sets",
    )
    for name in found.sets:
        reports = [report for report in found.reports if report.set_name == name]
        columns = [f"{report.engine}\n{report.model}" for report in reports]
        rows = [(label, *(say(report) for report in reports)) for label, say in _ROWS]
        click.echo(name)
        print_table(("", *columns), rows)
        for report in reports:
            if report.engine in ENGINE_TYPES:
                _print_quality(report)
    if found.speeds:
        print_table(
            ("engine", "model", "first answer", "mean", "p95", "100 tabs", "daemon", "its processes", "load"),
            [_speed_row(speed) for speed in found.speeds],
            title="Speed and memory",
        )


def _print_quality(report: TabReport) -> None:
    """Each category, and where its tabs were put."""
    quality = report.quality
    rows = [
        (
            label,
            str(one.tabs),
            _number(one.precision),
            _number(one.recall),
            _number(one.f1),
            *map(str, counts),
        )
        for (label, one), counts in zip(quality.categories.items(), quality.confusion, strict=True)
        if one.tabs or any(counts)
    ]
    print_note(f"{report.engine} {report.model}: each category, and where its tabs were put")
    print_table(("category", "tabs", "precision", "recall", "F1", *(f"→ {label}" for label in LABELS)), rows)


def _speed_row(speed: TabSpeed) -> tuple[str, ...]:
    return (
        speed.engine,
        speed.model,
        f"{speed.first_s:.1f} s",
        f"{speed.mean_ms:.1f} ms",
        f"{speed.p95_ms:.1f} ms",
        _NOTHING if speed.hundred_ms is None else f"{speed.hundred_ms:.0f} ms",
        f"{speed.daemon_bytes / _MIB:.0f} MB",
        f"{speed.workers_bytes / _MIB:.0f} MB",
        f"{speed.load:.1f}",
    )


def _topic_row(report: TopicReport) -> tuple[str, ...]:
    return (
        report.set_name.removesuffix(".csv"),
        report.method,
        _number(report.rand_index),
        f"{report.groups:.1f}",
        f"{report.true_groups:.1f}",
        _share(report.grouped),
        _share(report.named),
        _share(report.named_by_word),
        _NOTHING if report.mean_ms is None else f"{report.mean_ms:.0f} ms",
    )


def _learning_rows(report: LearningReport) -> list[tuple[str, str]]:
    return [
        ("kinds", str(report.kinds)),
        ("sixth tab right, before / after", f"{_share(report.sixth_before)} / {_share(report.sixth_after)}"),
        (
            "sixth and following right, before / after",
            f"{_share(report.further_before)} / {_share(report.further_after)}",
        ),
        *((f"sixth tab right, {name}", _share(value)) for name, value in report.by_kind.items()),
        ("tabs of other kinds, a kind", f"{report.held_out:.0f}"),
        ("of them better / worse / elsewhere", f"{report.better} / {report.worse} / {report.changed}"),
        ("most made worse by one kind", str(report.most_worse)),
        (
            "their macro-F1 changed by",
            f"{report.macro_f1_change:+.4f} [{report.interval.low:+.4f}, {report.interval.high:+.4f}]",
        ),
    ]


def _share(value: float | None) -> str:
    return _NOTHING if value is None else f"{value * 100:.1f} %"


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.3f}"


def _macro(quality: TabQuality | None) -> str:
    return _NOTHING if quality is None else _number(quality.macro_f1)


def _interval(quality: TabQuality) -> str:
    return f"{quality.interval.low:.3f} – {quality.interval.high:.3f}"


_ROWS: Sequence[tuple[str, Callable[[TabReport], str]]] = (
    ("macro-F1, seven", lambda one: _macro(one.quality)),
    ("95 % interval", lambda one: _interval(one.quality)),
    ("the same on unknown sites", lambda one: _macro(one.unknown_sites)),
    ("the same, not English", lambda one: _macro(one.foreign)),
    ("macro-F1, with none", lambda one: _number(one.quality.macro_f1_none)),
    ("macro-F1, likeliest of seven", lambda one: _number(one.quality.macro_f1_forced)),
    ("Cohen's kappa", lambda one: _number(one.quality.kappa)),
    ("calibration error", lambda one: _number(one.quality.calibration_error)),
    ("the same, refitted", lambda one: _number(one.quality.calibration_error_refit)),
    ("coverage", lambda one: _share(one.quality.coverage)),
    ("precision of the covered", lambda one: _share(one.quality.precision)),
)
