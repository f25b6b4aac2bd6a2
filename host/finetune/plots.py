"""Pictures of what was measured, as PNG files that are readable in a page of text.

The colours are those of Okabe and Ito, which people who see fewer colours can tell apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from host.core.errors import ModelUnavailable
from host.evaluation.labelled_tabs import NONE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from host.finetune.figures import EngineFigures
    from host.finetune.judging import Judgement

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
_HATCHES = ("", "//", "..", "xx", "\\\\", "++", "oo", "--")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_GREY = "#666666"
_TICKS = [digit * 10**power for power in range(-1, 5) for digit in (1, 2, 5)]
_DPI = 130
_BINS = 10
# Of fewer answers the share that is right jumps between nothing and all.
_LEAST_OF_BIN = 5


def draw_all(judgement: Judgement, folder: Path, training: dict[str, Any] | None = None) -> list[Path]:
    """Draw every picture that there is data for.

    Args:
        judgement: what was measured.
        folder: where the files go; made when it is not there.
        training: the record of a training, for its curves.

    Returns:
        the files, in the order in which a report shows them.

    Raises:
        ModelUnavailable: the library that draws is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        message = "Plots need matplotlib, which is not installed."
        raise ModelUnavailable(message, fix="Run: python3 -m host.install --extra finetune") from error
    folder.mkdir(parents=True, exist_ok=True)
    engines = [one for one in judgement.measured.engines if one.name != "majority"]
    files: list[Path] = []

    def save(figure: Any, name: str) -> None:
        files.append(folder / name)
        figure.savefig(files[-1], dpi=_DPI, bbox_inches="tight", facecolor="white")

    if any(one.mean_ms for one in engines):
        save(_draw_speed(Figure(figsize=(7.5, 4.5)), engines), "quality-and-time.png")
    save(_draw_categories(Figure(figsize=(9.0, 4.5)), engines, judgement.test.labels), "categories.png")
    save(_draw_reliability(Figure(figsize=(7.5, 5.0)), engines, judgement.test.truth), "reliability.png")
    for one in engines:
        size = 2.5 + 0.55 * len(judgement.test.labels)
        figure = _draw_confusion(Figure(figsize=(size + 0.8, size)), one, judgement.test.labels)
        save(figure, f"confusion-{_name_file(one.name)}.png")
    history = (training or {}).get("history")
    if isinstance(history, list) and history:
        save(_draw_training(Figure(figsize=(7.5, 4.0)), history), "training.png")
    return files


def _draw_speed(figure: Any, engines: Sequence[EngineFigures]) -> Any:
    axes = figure.subplots()
    timed = [pair for pair in enumerate(engines) if pair[1].mean_ms]
    for place, one in timed:
        quality = one.report.quality
        error = [[one.macro_f1 - quality.interval.low], [quality.interval.high - one.macro_f1]]
        colour, marker = COLOURS[place % len(COLOURS)], _MARKERS[place % len(_MARKERS)]
        axes.errorbar(
            one.mean_ms, one.macro_f1, yerr=error, color=colour, marker=marker, markersize=9, capsize=3,
            label=f"{one.name}: {one.macro_f1:.2f}, {one.mean_ms:.0f} ms", linestyle="none",
        )  # fmt: skip
    axes.set_xscale("log")
    times = [one.mean_ms or 1.0 for _, one in timed]
    axes.set_xlim(min(*times, 5.0) / 1.6, max(*times, 50.0) * 1.6)
    axes.axvline(50.0, color=_GREY, linestyle=":", linewidth=1.2)
    axes.text(52.0, 0.02, "50 ms", color=_GREY, fontsize=9)
    low, high = axes.get_xlim()
    axes.set_xticks([value for value in _TICKS if low <= value <= high])
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(lambda *_: "")
    axes.set_xlabel("milliseconds for one tab (mean, over the wire)")
    axes.set_ylabel("macro-F1")
    return _finish(figure, axes, "Quality and time; bars are 95 % intervals")


def _draw_categories(figure: Any, engines: Sequence[EngineFigures], labels: Sequence[str]) -> Any:
    axes = figure.subplots()
    wide = 0.84 / len(engines)
    places = np.arange(len(labels))
    for number, one in enumerate(engines):
        values = [one.report.quality.categories[label].f1 for label in labels]
        axes.bar(
            places + (number - (len(engines) - 1) / 2) * wide, values, wide, label=one.name,
            color=COLOURS[number % len(COLOURS)], hatch=_HATCHES[number % len(_HATCHES)],
            edgecolor="white", linewidth=0.4,
        )  # fmt: skip
    axes.set_xticks(places, [_write_label(label) for label in labels], rotation=20, ha="right")
    axes.set_ylabel("F1")
    return _finish(figure, axes, "How well each category is found")


def _draw_reliability(figure: Any, engines: Sequence[EngineFigures], truth: Sequence[str]) -> Any:
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle=":", linewidth=1.2, label="as sure as right")
    # A list of sites is always sure: it has no curve. An engine looks the same in every picture.
    for place, one in [pair for pair in enumerate(engines) if pair[1].role != "peer"]:
        labels = list(one.report.quality.categories)
        confident = one.answers.shares.max(axis=1)
        answered = one.answers.shares.argmax(axis=1)
        right = np.array([labels[best] == label for best, label in zip(answered, truth, strict=True)])
        bins = np.minimum((confident * _BINS).astype(int), _BINS - 1)
        there = [number for number in range(_BINS) if (bins == number).sum() >= _LEAST_OF_BIN]
        axes.plot(
            [confident[bins == number].mean() for number in there],
            [right[bins == number].mean() for number in there],
            color=COLOURS[place % len(COLOURS)], marker=_MARKERS[place % len(_MARKERS)],
            label=f"{one.name} (error {one.report.quality.calibration_error:.2f})",
        )  # fmt: skip
    axes.set_xlim(0, 1.02)
    axes.set_xlabel("how sure it was")
    axes.set_ylabel("share of right answers")
    return _finish(figure, axes, "Whether confidence means something")


def _draw_confusion(figure: Any, one: EngineFigures, labels: Sequence[str]) -> Any:
    axes = figure.subplots()
    counts = np.array(one.report.quality.confusion)
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    image = axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    for row, column in np.ndindex(*counts.shape):
        if counts[row, column]:
            colour = "white" if shares[row, column] > 0.55 else "black"
            axes.text(
                column, row, str(counts[row, column]), ha="center", va="center", color=colour, fontsize=9
            )
    names = [_write_label(label) for label in labels]
    axes.set_xticks(range(len(labels)), names, rotation=40, ha="right")
    axes.set_yticks(range(len(labels)), names)
    axes.set_xlabel("where it was put")
    axes.set_ylabel("where it belongs")
    axes.set_title(f"{one.name}\nmacro-F1 {one.macro_f1:.2f}", fontsize=11)
    figure.colorbar(image, ax=axes, fraction=0.046, label="share of the row")
    return figure


def _draw_training(figure: Any, history: Sequence[dict[str, Any]]) -> Any:
    axes = figure.subplots()
    for place, (key, label) in enumerate((("train_loss", "training loss"), ("val_loss", "validation loss"))):
        points = [(one["step"], one[key]) for one in history if one.get(key) is not None]
        if points:
            axes.plot(*zip(*points, strict=True), color=COLOURS[place], marker=_MARKERS[place], label=label)
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.set_ylim(bottom=0)
    points = [(one["step"], one["val_accuracy"]) for one in history if one.get("val_accuracy") is not None]
    if points:
        other = axes.twinx()
        other.plot(
            *zip(*points, strict=True), color=COLOURS[2], marker="^", linestyle="--",
            label="validation: share of right answers",
        )  # fmt: skip
        other.set_ylim(0, 1)
        other.set_ylabel("share of right answers")
        axes.plot([], [], color=COLOURS[2], marker="^", linestyle="--", label="validation: right answers")
    return _finish(figure, axes, "Training", whole=False)


def _finish(figure: Any, axes: Any, title: str, *, whole: bool = True) -> Any:
    if whole:
        axes.set_ylim(0, 1.02)
    axes.set_title(title, fontsize=11)
    axes.grid(visible=True, axis="y", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, fontsize=8.5, frameon=False)
    return figure


def _write_label(label: str) -> str:
    return "none of these" if label == NONE else label


def _name_file(name: str) -> str:
    return "-".join("".join(letter if letter.isalnum() else " " for letter in name.lower()).split())
