"""Whether one engine sorts tabs better than another, by more than chance. Pure.

Both answered about the same tabs. The tabs are drawn anew from themselves, thousands of times, the same
draws for both: a paired bootstrap of the difference in macro-F1. The more candidates there are, the likelier
is it that one of them has luck: the interval of each is the wider (Bonferroni's correction).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from host.evaluation.labelled_tabs import NONE
from host.evaluation.tab_quality import compare_macro_f1

if TYPE_CHECKING:
    from collections.abc import Sequence

RESAMPLES = 4000
# With fewer, what a bootstrap says of other tabs is worth nothing: two lucky answers would decide.
LEAST_ROWS = 50
# Level of the interval of a single candidate, and of all together where there are several.
ALONE = 0.95


@dataclass(frozen=True)
class GateVerdict:
    """How a candidate compares with another engine.

    Attributes:
        difference: macro-F1 of the candidate less that of the other, -1 to 1.
        low: lower end of the interval of the difference.
        high: its upper end.
        level: of the interval, 0.95 for a single candidate.
        rows: tabs that both answered about.
        better: whether the whole interval is above 0, and there are at least `LEAST_ROWS` tabs.
        worse: whether the whole interval is below 0.
        words: the verdict for a person, one sentence.
    """

    difference: float
    low: float
    high: float
    level: float
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
    candidates: int = 1,
) -> GateVerdict:
    """Compare what two engines decided about the same tabs.

    Args:
        truth: the right label of each tab.
        candidate: what the candidate decided, in the same order.
        current: what the other decided.
        labels: all there are, "none" last.
        names: of the candidate and of the other, as within a sentence.
        resamples: how many sets are drawn; the same draws each time.
        candidates: how many are compared with the other one, at least 1.
    """
    rows, level = len(truth), 1 - (1 - ALONE) / candidates
    if not any(label != NONE for label in truth):
        words = "There is no tab with a category to compare by, so nothing is known."
        return GateVerdict(0.0, 0.0, 0.0, level, rows, better=False, worse=False, words=words)
    difference, interval = compare_macro_f1(truth, current, candidate, labels, resamples, level)
    enough = rows >= LEAST_ROWS
    better = enough and interval.low > 0.0
    worse = interval.high < 0.0
    found = GateVerdict(
        difference, interval.low, interval.high, level, rows, better=better, worse=worse, words=""
    )
    return replace(found, words=_say(found, names))


def _say(found: GateVerdict, names: tuple[str, str]) -> str:
    difference, low, high = found.difference, found.low, found.high
    points, (new, old) = f"{abs(difference) * 100:.1f} points", names
    interval = f"{say_level(found.level)} interval"
    if found.better:
        said = f"its macro-F1 is {points} higher ({interval} {low * 100:.1f} to {high * 100:.1f})"
        return f"{_begin(new)} is better than {old}: {said}."
    if found.worse:
        said = f"its macro-F1 is {points} lower ({interval} {-high * 100:.1f} to {-low * 100:.1f})"
        return f"{_begin(new)} is worse than {old}: {said}."
    if found.rows < LEAST_ROWS:
        return (
            f"There are only {found.rows} tabs to compare {new} with {old} by; at least {LEAST_ROWS} are"
            " needed to tell a difference from chance."
        )
    if difference == low == high == 0.0:
        return f"{_begin(new)} and {old} are equally good on these tabs."
    way = "higher" if difference > 0 else "lower"
    return (
        f"{_begin(new)} and {old} differ by no more than chance: the macro-F1 of the first is {points} {way}"
        f" ({interval} {low * 100:+.1f} to {high * 100:+.1f})."
    )


def say_level(level: float) -> str:
    """The level of an interval as a person reads it: "95 %", "98.3 %"."""
    return f"{level * 100:.3g} %"


def _begin(name: str) -> str:
    """A name as a sentence begins; that of a model stays as it is."""
    return f"The {name[4:]}" if name.startswith("the ") else name
