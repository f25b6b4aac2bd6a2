"""How well tabs are put into categories. Pure.

Figures are means over categories or corrected for chance: a set with many tabs of one kind would make plain
accuracy look good for whoever always answers that kind.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from host.classify.calibration import fit_temperature, measure_calibration_error, softmax
from host.evaluation.labelled_tabs import LABELS, NONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BINS = 15
RESAMPLES = 1000
_SEED = 20240607
# As many sets are drawn at a time: a draw of all at once would need a gigabyte for a large set.
_AT_ONCE = 250


@dataclass(frozen=True)
class TabAnswers:
    """What was answered about the tabs of a set.

    Attributes:
        shares: float64 of shape (tabs, labels), probabilities in the order of `LABELS` or of the labels of
            a person's own categories, "none" last.
        decided: where each tab was put, one of these; "none" also where nothing was sure enough.
    """

    shares: NDArray[np.float64]
    decided: tuple[str, ...]

    def pick(self, places: Sequence[int]) -> TabAnswers:
        """Those about some of the tabs."""
        return TabAnswers(self.shares[list(places)], tuple(self.decided[place] for place in places))


@dataclass(frozen=True)
class CategoryScores:
    """How well one category is found; each figure but `tabs` from 0 to 1.

    Attributes:
        tabs: that belong to it.
        precision: share of what was put there that belongs there; 0 when nothing was.
        recall: share of what belongs there that was put there; 0 when nothing does.
        f1: their harmonic mean.
    """

    tabs: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Interval:
    """An interval of a bootstrap, of 95 % where nothing else is said."""

    low: float
    high: float


@dataclass(frozen=True)
class TabQuality:
    """How well the tabs of a set were put into categories.

    A mean over categories is one over those that the set has tabs of. The categories are the seven, or a
    person's own.

    Attributes:
        tabs: how many.
        macro_f1: mean F1 of the categories, of what was decided; a tab of none of them that was put into one
            counts against that one.
        interval: of `macro_f1`.
        macro_f1_none: the same with "none" as one more.
        macro_f1_forced: mean F1 of the categories over the tabs that belong to one, when the likeliest of
            them is taken, however unsure.
        kappa: Cohen's, of what was decided, "none" being one more; 0 is chance, 1 is agreement.
        calibration_error: of the likeliest label, "none" among them; 15 bins of equal width, the mean
            distance of confidence and share of right answers, weighted by the tabs in each (Guo et al.
            2017, equation 3).
        calibration_error_refit: the same after a temperature that was fitted on the other half of the set:
            how much of the error a better temperature would take away.
        coverage: share of the tabs that were put into a category.
        precision: share of those that belong there; None when nothing was.
        categories: of each label, by name.
        confusion: how many tabs of each label (rows) were put where (columns).
    """

    tabs: int
    macro_f1: float
    interval: Interval
    macro_f1_none: float
    macro_f1_forced: float | None
    kappa: float
    calibration_error: float
    calibration_error_refit: float
    coverage: float
    precision: float | None
    categories: dict[str, CategoryScores]
    confusion: tuple[tuple[int, ...], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def measure_tabs(labels: Sequence[str], answers: TabAnswers, names: Sequence[str] = LABELS) -> TabQuality:
    """Compare answers with labels.

    Args:
        labels: what is right, each one of `names`; at least one that is not "none" among them.
        answers: in the same order.
        names: all labels, "none" last.
    """
    # They take a second to load, and the commands share one program.
    from sklearn.metrics import cohen_kappa_score, confusion_matrix, precision_recall_fscore_support

    decided = list(answers.decided)
    confusion = confusion_matrix(labels, decided, labels=list(names))
    scores = precision_recall_fscore_support(labels, decided, labels=list(names), zero_division=0)
    categories = {
        label: CategoryScores(int(tabs), float(precision), float(recall), float(f1))
        for label, precision, recall, f1, tabs in zip(names, *scores, strict=True)
    }
    covered = [place for place, label in enumerate(decided) if label != NONE]
    best = answers.shares.argmax(axis=1)
    right = [names[place] == label for place, label in zip(best, labels, strict=True)]
    # All of one kind and all answered so: there is nothing to agree about by chance, and 0 / 0.
    alike = len({*labels, *decided}) == 1
    return TabQuality(
        tabs=len(labels),
        macro_f1=float(_macro_f1(confusion[None])[0]),
        interval=bootstrap_macro_f1(labels, decided, names),
        macro_f1_none=float(_macro_f1(confusion[None], columns=len(names))[0]),
        macro_f1_forced=_force(labels, answers.shares, names),
        kappa=1.0 if alike else float(cohen_kappa_score(labels, decided)),
        calibration_error=measure_calibration_error(
            [float(row.max()) for row in answers.shares], right, bins=BINS
        ),
        calibration_error_refit=_refit(labels, answers.shares, names),
        coverage=len(covered) / len(labels),
        precision=sum(labels[place] == decided[place] for place in covered) / len(covered)
        if covered
        else None,
        categories=categories,
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
    )


def bootstrap_macro_f1(
    labels: Sequence[str], decided: Sequence[str], names: Sequence[str] = LABELS
) -> Interval:
    """The 95 % interval of macro-F1 over the categories, when the set is drawn anew from itself."""
    return _interval(_macro_f1(_resample(labels, decided, names)))


def compare_macro_f1(
    labels: Sequence[str],
    before: Sequence[str],
    after: Sequence[str],
    names: Sequence[str] = LABELS,
    resamples: int = RESAMPLES,
    level: float = 0.95,
) -> tuple[float, Interval]:
    """How much macro-F1 over the categories grew, and the interval of that, drawn from the same tabs.

    Efron, Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3: the interval of percentiles.

    Args:
        labels: what is right.
        before: what was decided first, in the same order.
        after: what was decided then.
        names: all labels, "none" last.
        resamples: how many sets are drawn.
        level: of the interval, over 0 and under 1.
    """
    change = _macro_f1(_count(labels, after, names)[None]) - _macro_f1(_count(labels, before, names)[None])
    return float(change[0]), _interval(
        _macro_f1(_resample(labels, after, names, resamples))
        - _macro_f1(_resample(labels, before, names, resamples)),
        level,
    )


def _places(labels: Sequence[str], names: Sequence[str]) -> NDArray[np.int64]:
    places = {label: place for place, label in enumerate(names)}
    return np.array([places[label] for label in labels], dtype=np.int64)


def _pairs(labels: Sequence[str], decided: Sequence[str], names: Sequence[str]) -> NDArray[np.int64]:
    """Label and decision of each tab as one number: its place in the confusion matrix."""
    return _places(labels, names) * len(names) + _places(decided, names)


def _count(labels: Sequence[str], decided: Sequence[str], names: Sequence[str]) -> NDArray[np.int64]:
    """The confusion matrix, shape (labels, labels)."""
    return np.bincount(_pairs(labels, decided, names), minlength=len(names) ** 2).reshape(len(names), -1)


def _resample(
    labels: Sequence[str], decided: Sequence[str], names: Sequence[str], resamples: int = RESAMPLES
) -> NDArray[np.int64]:
    """Confusion matrices of sets drawn with replacement, the same draws for sets of the same size."""
    pairs = _pairs(labels, decided, names)
    draws = np.random.default_rng(_SEED)
    size, total = len(names) ** 2, len(pairs)
    rows = []
    for start in range(0, resamples, _AT_ONCE):
        sets = min(_AT_ONCE, resamples - start)
        drawn = pairs[draws.integers(0, total, (sets, total))] + np.arange(sets)[:, None] * size
        rows.append(np.bincount(drawn.ravel(), minlength=sets * size))
    return np.concatenate(rows).reshape(resamples, len(names), len(names))


def _macro_f1(confusion: NDArray[np.int64], columns: int | None = None) -> NDArray[np.float64]:
    """The mean F1 of the first categories that have tabs, for each matrix; 0 without any such category.

    Args:
        confusion: shape (matrices, labels, labels), "none" last.
        columns: how many categories count; None: all but "none".
    """
    columns = confusion.shape[2] - 1 if columns is None else columns
    hits = np.diagonal(confusion, axis1=1, axis2=2)[:, :columns].astype(np.float64)
    belonging = confusion.sum(axis=2)[:, :columns]
    put = confusion.sum(axis=1)[:, :columns]
    # 2 P R / (P + R), with P = hits / put and R = hits / belonging.
    f1 = 2 * hits / np.maximum(belonging + put, 1)
    there = belonging > 0
    means: NDArray[np.float64] = (f1 * there).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return means


def _interval(values: NDArray[np.float64], level: float = 0.95) -> Interval:
    tail = (1 - level) / 2
    low, high = np.quantile(values, (tail, 1 - tail))
    return Interval(float(low), float(high))


def _force(labels: Sequence[str], shares: NDArray[np.float64], names: Sequence[str]) -> float | None:
    wanted = [place for place, label in enumerate(labels) if label != NONE]
    if not wanted:
        return None
    categories = shares[wanted, :-1]
    chosen = [names[row.argmax()] if row.max() > 0 else NONE for row in categories]
    return float(_macro_f1(_count([labels[place] for place in wanted], chosen, names)[None])[0])


def _refit(labels: Sequence[str], shares: NDArray[np.float64], names: Sequence[str]) -> float:
    scores = np.log(np.maximum(shares, 1e-9))
    truth = _places(labels, names)
    confidences = np.empty(len(truth))
    best = scores.argmax(axis=1)
    halves = np.arange(len(truth)) % 2
    for half in (0, 1):
        known, asked = halves != half, halves == half
        if not known.any() or not asked.any():
            return measure_calibration_error(shares.max(axis=1).tolist(), (best == truth).tolist(), bins=BINS)
        temperature = fit_temperature(scores[known], truth[known].tolist())
        confidences[asked] = softmax(scores[asked], temperature).max(axis=1)
    return measure_calibration_error(confidences.tolist(), (best == truth).tolist(), bins=BINS)
