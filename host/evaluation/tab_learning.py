"""What five corrections of one kind change: the sixth such tab, and everything else."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from host.evaluation.labelled_tabs import NONE
from host.evaluation.tab_kinds import find_kinds, leave_out_kind
from host.evaluation.tab_quality import Interval, compare_macro_f1
from host.evaluation.tab_wire import WAIT_MS, describe_tabs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from host.client import Client
    from host.evaluation.bench.figures import OnProgress
    from host.evaluation.labelled_tabs import LabelledTab
    from host.evaluation.tab_kinds import Kind

KINDS = 40
_SEED = 5
_AT_ONCE = 100


@dataclass(frozen=True)
class KindReport:
    """What the corrections of one kind did.

    Attributes:
        basis: what the tabs of the kind have in common, "site" or "task".
        new: whether they were put into a new category.
        sixth_before, sixth_after: whether the sixth tab of the kind was where it was wanted.
        further_before, further_after: share of the sixth and the following that were.
        held_out: tabs of other kinds.
        better, worse: how many of them became right, or wrong; compared with none of them corrected.
        changed: how many of them were put elsewhere, right or wrong.
    """

    basis: str
    new: bool
    sixth_before: bool
    sixth_after: bool
    further_before: float
    further_after: float
    held_out: int
    better: int
    worse: int
    changed: int


@dataclass(frozen=True)
class LearningReport:
    """What corrections did over many kinds.

    Attributes:
        model: that answered.
        kinds: how many kinds were learned, each from nothing.
        sixth_before, sixth_after: share of the kinds whose sixth tab was where it was wanted.
        further_before, further_after: mean share of the sixth and the following.
        by_kind: `sixth_after` by what the kind has in common and where it was put.
        held_out: mean number of tabs of other kinds.
        better, worse, changed: of these, over all kinds together.
        macro_f1_change: of the tabs of other kinds, mean over kinds; with the mean of the paired bootstraps'
            95 % intervals.
        interval: of that change.
        most_worse: the most tabs of other kinds that one kind made wrong.
    """

    model: str
    kinds: int
    sixth_before: float
    sixth_after: float
    further_before: float
    further_after: float
    by_kind: dict[str, float]
    held_out: float
    better: int
    worse: int
    changed: int
    macro_f1_change: float
    interval: Interval
    most_worse: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def measure_learning(
    client: Client,
    folder: Path,
    others: Sequence[LabelledTab],
    model: str | None,
    on_progress: OnProgress = lambda *_: None,
    count: int = KINDS,
) -> LearningReport:
    """Correct five tabs of a kind, ask about the sixth and about everything else, and take it back.

    Args:
        client: of a temporary home: its corrections and categories are removed.
        folder: holds mozilla_tabs.
        others: tabs with labels, to see what else changed.
        model: that answers; None for the one in use.
        on_progress: gets what is being done, how much is done and of how much.
        count: of kinds.

    Raises:
        InvalidInput: the data is not there.
    """
    kinds = find_kinds(folder, count, _SEED)
    _forget(client)
    before = _decide(client, others, model)
    reports: list[KindReport] = []
    changes: list[tuple[float, Interval]] = []
    for number, kind in enumerate(kinds):
        on_progress("learning", number, len(kinds))
        reports.append(_learn(client, kind, others, before, model, changes))
    return LearningReport(
        model=model or "",
        kinds=len(reports),
        sixth_before=statistics.mean(one.sixth_before for one in reports),
        sixth_after=statistics.mean(one.sixth_after for one in reports),
        further_before=statistics.mean(one.further_before for one in reports),
        further_after=statistics.mean(one.further_after for one in reports),
        by_kind=_split(reports),
        held_out=statistics.mean(one.held_out for one in reports),
        better=sum(one.better for one in reports),
        worse=sum(one.worse for one in reports),
        changed=sum(one.changed for one in reports),
        macro_f1_change=statistics.mean(change for change, _ in changes),
        interval=Interval(
            statistics.mean(interval.low for _, interval in changes),
            statistics.mean(interval.high for _, interval in changes),
        ),
        most_worse=max(one.worse for one in reports),
    )


def _learn(
    client: Client,
    kind: Kind,
    others: Sequence[LabelledTab],
    before: Sequence[str],
    model: str | None,
    changes: list[tuple[float, Interval]],
) -> KindReport:
    places = leave_out_kind(kind, others)
    rest = [others[place] for place in places]
    asked_before = _decide(client, kind.asked, model)
    if kind.new:
        client.call("categories.set", categories=[{"name": kind.target}])
        # The category alone may draw tabs already; what the corrections do is told apart from that.
        was = _decide(client, rest, model)
    else:
        was = [before[place] for place in places]
    for tab in kind.shown:
        client.call("tabs.correct", url=tab.url, title=tab.title, category=kind.target)
    asked_after = _decide(client, kind.asked, model)
    now = _decide(client, rest, model)
    _forget(client)
    if kind.new:
        client.call("categories.set", remove=[kind.target])
    wanted = kind.target.lower()
    labels = [tab.label for tab in rest]
    changes.append(compare_macro_f1(labels, _fold(was, wanted, kind), _fold(now, wanted, kind)))
    return KindReport(
        basis=kind.basis,
        new=kind.new,
        sixth_before=asked_before[0] == wanted,
        sixth_after=asked_after[0] == wanted,
        further_before=statistics.mean(one == wanted for one in asked_before),
        further_after=statistics.mean(one == wanted for one in asked_after),
        held_out=len(rest),
        better=sum(old != label == new for label, old, new in zip(labels, was, now, strict=True)),
        worse=sum(old == label != new for label, old, new in zip(labels, was, now, strict=True)),
        changed=sum(old != new for old, new in zip(was, now, strict=True)),
    )


def _decide(client: Client, tabs: Sequence[LabelledTab], model: str | None) -> list[str]:
    """Name of the category of each tab in small letters, or "none"."""
    decided = []
    for start in range(0, len(tabs), _AT_ONCE):
        asked = describe_tabs(tabs[start : start + _AT_ONCE])
        reply = client.call("tabs.categorize", tabs=asked, engine=model, wait_ms=WAIT_MS)
        decided += [(item["category"] or NONE).lower() for item in reply["tabs"]]
    return decided


def _fold(decided: Sequence[str], wanted: str, kind: Kind) -> list[str]:
    """A new category is none of the seven."""
    return [NONE if kind.new and one == wanted else one for one in decided]


def _forget(client: Client) -> None:
    client.call("tabs.forget", all=True)


def _split(reports: Sequence[KindReport]) -> dict[str, float]:
    found: dict[str, list[bool]] = {}
    for one in reports:
        name = f"{one.basis} into a {'new' if one.new else 'default'} category"
        found.setdefault(name, []).append(one.sixth_after)
    return {name: statistics.mean(values) for name, values in found.items()}
