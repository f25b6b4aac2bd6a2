"""The report of an evaluation: a page of Markdown with tables and pictures, and its figures as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from host.evaluation.bench.machine import describe_machine
from host.evaluation.labelled_tabs import NONE
from host.finetune.gate import ALONE, say_level
from host.finetune.judging import BUSY
from host.finetune.plots import draw_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from host.finetune.figures import EngineFigures
    from host.finetune.judging import Judgement

REPORT_FILE = "report.md"
FIGURES_FILE = "evaluation.json"
PLOTS_FOLDER = "plots"
_NOTHING = "–"


def write_report(
    judgement: Judgement,
    folder: Path,
    *,
    training: dict[str, Any] | None = None,
    command: str = "",
    plot: bool = True,
    facts: Mapping[str, Any] | None = None,
) -> Path:
    """Write evaluation.json and report.md, and the plots when they are wanted.

    Args:
        judgement: what was measured.
        folder: where they go; made when it is not there.
        training: the record of the training.
        command: that a person can repeat this with.
        plot: draw the pictures, too.
        facts: what else `evaluation.json` is to say; see `host.finetune.judged_files`.

    Returns:
        the page.

    Raises:
        ModelUnavailable: plots are wanted, and what draws them is not installed.
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    machine = describe_machine()
    text = json.dumps(make_document(judgement, command, facts), ensure_ascii=False, indent=1) + "\n"
    (folder / FIGURES_FILE).write_text(text, encoding="utf-8")
    plots = draw_all(judgement, folder / PLOTS_FOLDER, training) if plot else []
    names = [f"{PLOTS_FOLDER}/{file.name}" for file in plots]
    page = folder / REPORT_FILE
    page.write_text(describe(judgement, machine, names, training or {}, command), encoding="utf-8")
    return page


def make_document(
    judgement: Judgement, command: str = "", facts: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """All figures as plain values, with the machine that they are of."""
    return {"machine": describe_machine(), "command": command, **(facts or {}), **judgement.to_json()}


def describe(
    judgement: Judgement,
    machine: dict[str, Any],
    plots: Sequence[str],
    training: dict[str, Any],
    command: str,
) -> str:
    """The page itself.

    Args:
        judgement: what was measured.
        machine: where.
        plots: addresses of pictures, beside the page.
        training: the record of the training, {} without one.
        command: that a person can repeat this with, or "".
    """
    measured = judgement.measured
    sections = [
        "# How well tabs are sorted",
        f"**{judgement.words}**",
        _describe_targets(judgement),
        "## What was measured",
        _describe_data(judgement, machine, command),
        "## Side by side",
        _table(_COLUMNS, [_describe_engine(one) for one in measured.engines]),
        _LEGEND,
        *(f"{one.name} could not be measured: {one.reason}" for one in measured.failures),
    ]
    if judgement.verdicts or judgement.gains:
        sections += ["## Verdicts", *_describe_verdicts(judgement)]
    sections += ["## Each category", *_describe_categories(measured.engines, judgement.test.labels)]
    if training:
        sections += ["## Training", _describe_training(training)]
    if plots:
        sections += ["## Pictures", *(f"![{_name_plot(name)}]({name})" for name in plots)]
    return "\n\n".join(section for section in sections if section) + "\n"


_COLUMNS = (
    "engine", "macro-F1", "95 % interval", "forced", "with none", "not English", "kappa",
    "calibration error", "precision", "coverage", "mean", "p95", "tokens/s", "file", "memory",
)  # fmt: skip
_LEGEND = (
    "Macro-F1: mean over the categories of what was decided at the product's threshold; *forced*: the"
    " likeliest category is always taken; *with none*: tabs of no category count as one more. *Precision*: of"
    " the tabs that were put into a category. *Mean* and *p95*: one tab that was not seen before, over the"
    " wire, after a warm-up. *Tokens/s*: read in batches, the shared beginning being known. *Memory*: of the"
    " process that computes, its model and libraries included; of an engine without one, the daemon's."
)


def _describe_targets(judgement: Judgement) -> str:
    lines = [
        f"* {one.name}: {one.value:g} {one.unit} (wanted: {one.target}): {'met' if one.ok else '**not met**'}"
        for one in judgement.figures
    ]
    return "\n".join([f"{judgement.best}:", "", *lines]) if lines and judgement.best else ""


def _describe_data(judgement: Judgement, machine: dict[str, Any], command: str) -> str:
    data = judgement.test.to_json()
    counts = ", ".join(
        f"{'none of these' if label == NONE else label} {count}"
        for label, count in data["categories"].items()
    )
    lines = [
        f"* Test data: {data['name']}, {data['tabs']} tabs ({counts}); {data['foreign'] * 100:.0f} % are not"
        " in English.",
        *(f"* {note}" for note in data["notes"]),
        f"* Sorting tabs now: {judgement.measured.current}.",
        f"* Machine: {machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB,"
        f" {machine['system']}, Python {machine['python']}.",
    ]
    if command:
        lines.append(f"* Command: `{command}`")
    loads = [one.speed.load for one in judgement.measured.engines if one.speed]
    if loads and max(loads) > (machine["cores"] or 1) * BUSY:
        lines.append(
            f"* Other programs were busy meanwhile (load up to {max(loads):.1f}): the times are too long."
        )
    return "\n".join(lines)


def _describe_engine(one: EngineFigures) -> tuple[str, ...]:
    quality = one.report.quality
    return (
        one.name,
        _number(quality.macro_f1),
        f"{quality.interval.low:.3f} – {quality.interval.high:.3f}",
        _number(quality.macro_f1_forced),
        _number(quality.macro_f1_none),
        _number(one.report.foreign.macro_f1 if one.report.foreign else None),
        _number(quality.kappa),
        _number(quality.calibration_error) if one.role != "peer" else _NOTHING,
        _share(quality.precision),
        _share(quality.coverage),
        _unit(one.mean_ms, "ms"),
        _unit(one.p95_ms, "ms"),
        _NOTHING if one.tokens_per_s is None else f"{one.tokens_per_s:.0f}",
        _bytes(one.file_bytes) + (f" + {_bytes(one.base_bytes)}" if one.base_bytes else ""),
        _bytes(one.resident_bytes),
    )


def _describe_verdicts(judgement: Judgement) -> list[str]:
    against = [f"* {verdict.words}" for verdict in judgement.verdicts.values()]
    gains = [f"* {verdict.words}" for verdict in judgement.gains.values()]
    found = []
    if against:
        found += ["Against what sorts tabs now:", "\n".join(against)]
    if gains:
        found += ["Against the base model:", "\n".join(gains)]
    counts = "A difference counts when the whole interval of a paired bootstrap is on one side of zero."
    level = next((verdict.level for verdict in judgement.verdicts.values()), ALONE)
    if level > ALONE:
        counts += (
            " Several forms are compared with what sorts tabs now, and each of them could be better by luck:"
            f" the interval of each is one of {say_level(level)}, that of all together one of"
            f" {say_level(ALONE)} (Bonferroni's correction)."
        )
    return [*found, counts]


def _describe_categories(engines: Iterable[EngineFigures], labels: Sequence[str]) -> list[str]:
    found = []
    for one in engines:
        if one.name == "majority":
            continue
        quality = one.report.quality
        rows = [
            (
                "none of these" if label == NONE else label,
                str(scores.tabs),
                *(_number(value) for value in (scores.precision, scores.recall, scores.f1)),
                *map(str, counts),
            )
            for (label, scores), counts in zip(quality.categories.items(), quality.confusion, strict=True)
        ]
        columns = ("category", "tabs", "precision", "recall", "F1", *(f"→ {label}" for label in labels))
        found += [f"### {one.name}", _table(columns, rows)]
    return found


def _describe_training(training: dict[str, Any]) -> str:
    base = training.get("base")
    name = (base.get("id") or base.get("folder") or base.get("gguf")) if isinstance(base, dict) else None
    rows = [
        ("base model", name),
        ("device", training.get("device")),
        ("precision", training.get("precision")),
        ("steps", training.get("steps")),
        ("best step", training.get("best_step")),
        ("took", _minutes(training.get("took_s"))),
        ("tokens a second", _round(training.get("tokens_per_s"))),
        *(dict(training["options"]).items() if isinstance(training.get("options"), dict) else ()),
    ]
    return _table(
        ("", ""), [(name.replace("_", " "), str(value)) for name, value in rows if value is not None]
    )


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Sequence[str]) -> str:
        # A bar within a cell would begin another one.
        return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"

    return "\n".join([line(columns), line(["---"] * len(columns)), *map(line, rows)])


def _name_plot(name: str) -> str:
    return name.rsplit("/", 1)[-1].removesuffix(".png").replace("-", " ")


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.3f}"


def _share(value: float | None) -> str:
    return _NOTHING if value is None else f"{value * 100:.0f} %"


def _unit(value: float | None, unit: str) -> str:
    return _NOTHING if value is None else f"{value:.1f} {unit}"


def _bytes(value: int | None) -> str:
    return f"{value / 1e6:.0f} MB" if value else _NOTHING


def _minutes(value: Any) -> str | None:
    return f"{value / 60:.0f} min" if isinstance(value, int | float) else None


def _round(value: Any) -> str | None:
    return f"{value:.0f}" if isinstance(value, int | float) else None
