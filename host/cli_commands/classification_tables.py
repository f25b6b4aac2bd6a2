"""Tables of how well and how fast models classify."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.cli_commands.output import format_bytes, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.evaluation.bench.models import ModelReport

_SUMMARY = (
    "Model",
    "Tree",
    "Files",
    "Shown",
    "Accuracy",
    "Macro F1",
    "Calibration error",
    "Avg time",
    "p95",
    "Tokens/s",
    "Load",
    "Memory",
    "Cost/1000",
)


def print_summary(reports: Sequence[ModelReport]) -> None:
    """One line a model and tree."""
    rows = []
    for report in reports:
        quality = report.quality
        rows.append(
            (
                report.model,
                report.tree,
                quality.files,
                _shown(report),
                f"{quality.accuracy:.1%}",
                f"{quality.macro_f1:.3f}",
                f"{quality.calibration_error:.3f}",
                f"{report.mean_ms:.0f} ms",
                f"{report.p95_ms:.0f} ms",
                f"{report.tokens_per_s:.0f}" if report.tokens_per_s else "-",
                f"{report.load_s:.1f} s",
                format_bytes(report.memory) if report.memory else "-",
                f"{report.cost_per_1000:.2f}",
            )
        )
    print_table(_SUMMARY, rows, title="Models")


def print_categories(reports: Sequence[ModelReport]) -> None:
    """One line a category, for each model and tree."""
    for report in reports:
        rows = [
            (name, one.files, f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}")
            for name, one in report.quality.categories.items()
        ]
        title = (
            f"{report.model} on {report.tree}, {_shown(report)} shown; "
            f"all in the commonest category: {report.quality.commonest:.1%}"
        )
        print_table(("category", "files", "precision", "recall", "F1"), rows, title=title)


def _shown(report: ModelReport) -> str:
    return "path and text" if report.with_names else "text"
