"""Whether one engine sorts tabs better than another, by more than chance. Pure.

Both answered about the same tabs. The tabs are drawn anew from themselves, thousands of times, the same
draws for both: a paired bootstrap of the difference in macro-F1.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from host.evaluation.labelled_tabs import NONE
from host.evaluation.tab_quality import compare_macro_f1

if TYPE_CHECKING:
    from collections.abc import Sequence

RESAMPLES = 4000
# With fewer, what a bootstrap says of other tabs is worth nothing: two lucky answers would decide.
LEAST_ROWS = 50


@dataclass(frozen=True)
class GateVerdict:
    """How a candidate compares with another engine.

    Attributes:
        difference: macro-F1 of the candidate less that of the other, -1 to 1.
        low: lower end of the 95 % interval of the difference.
        high: its upper end.
        rows: tabs that both answered about.
        better: whether the whole interval is above 0, and there are at least `LEAST_ROWS` tabs.
        worse: whether the whole interval is below 0.
        words: the verdict for a person, one sentence.
    """

    difference: float
    low: float
    high: float
    rows: int
    better: bool
    worse: bool
    words: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def compare(
    truth: Sequence[str],
    candidate: Sequence[str],
    current: Sequence[str],
    labels: Sequence[str],
    *,
    names: tuple[str, str] = ("the new model", "the current one"),
    resamples: int = RESAMPLES,
) -> GateVerdict:
    """Compare what two engines decided about the same tabs.

    Args:
        truth: the right label of each tab.
        candidate: what the candidate decided, in the same order.
        current: what the other decided.
        labels: all there are, "none" last.
        names: of the candidate and of the other, as within a sentence.
        resamples: how many sets are drawn; the same draws each time.
    """
    rows = len(truth)
    if not any(label != NONE for label in truth):
        words = "There is no tab with a category to compare by, so nothing is known."
        return GateVerdict(0.0, 0.0, 0.0, rows, better=False, worse=False, words=words)
    difference, interval = compare_macro_f1(truth, current, candidate, labels, resamples)
    enough = rows >= LEAST_ROWS
    better = enough and interval.low > 0.0
    worse = interval.high < 0.0
    words = _say(difference, interval.low, interval.high, rows, names, better=better, worse=worse)
    return GateVerdict(difference, interval.low, interval.high, rows, better=better, worse=worse, words=words)


def _say(
    difference: float,
    low: float,
    high: float,
    rows: int,
    names: tuple[str, str],
    *,
    better: bool,
    worse: bool,
) -> str:
    points, (new, old) = f"{abs(difference) * 100:.1f} points", names
    if better:
        said = f"its macro-F1 is {points} higher (95 % interval {low * 100:.1f} to {high * 100:.1f})"
        return f"{_begin(new)} is better than {old}: {said}."
    if worse:
        said = f"its macro-F1 is {points} lower (95 % interval {-high * 100:.1f} to {-low * 100:.1f})"
        return f"{_begin(new)} is worse than {old}: {said}."
    if rows < LEAST_ROWS:
        return (
            f"There are only {rows} tabs to compare {new} with {old} by; at least {LEAST_ROWS} are needed to"
            " tell a difference from chance."
        )
    if difference == low == high == 0.0:
        return f"{_begin(new)} and {old} are equally good on these tabs."
    way = "higher" if difference > 0 else "lower"
    return (
        f"{_begin(new)} and {old} differ by no more than chance: the macro-F1 of the first is {points} {way}"
        f" (95 % interval {low * 100:+.1f} to {high * 100:+.1f})."
    )


def _begin(name: str) -> str:
    """A name as a sentence begins; that of a model stays as it is."""
    return f"The {name[4:]}" if name.startswith("the ") else name
