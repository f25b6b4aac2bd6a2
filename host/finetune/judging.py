"""Measures what was trained beside what sorts tabs now, and says which is to do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

from host.evaluation.bench.figures import Figure, at_least, at_most
from host.finetune.gate import GateVerdict, compare
from host.finetune.measuring import measure

if TYPE_CHECKING:
    import threading
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from host.evaluation.bench.figures import OnProgress
    from host.finetune.candidates import Candidate
    from host.finetune.figures import EngineFigures, Measured
    from host.finetune.rows import Row
    from host.finetune.test_data import TestData

P95_LIMIT_MS = 50.0
FILE_LIMIT_BYTES = 500_000_000
# With more programs than this that want a processor, for each that there is, times are too long.
BUSY = 1.5
# What a training has to bring over its base model.
GAIN_LIMIT = 0.20


@dataclass(frozen=True)
class Judgement:
    """What came of measuring.

    Attributes:
        test: the tabs that were asked about.
        measured: every engine.
        verdicts: of each candidate against what sorts tabs now, by name.
        gains: of each trained candidate against its base model, by name.
        best: name of the form to deploy, or that comes nearest to it; None when no candidate could be asked.
        deploy: whether the best is better by more than chance, fast enough and small enough, and the tabs
            can show that.
        words: what came of it, for a person.
    """

    test: TestData
    measured: Measured
    verdicts: dict[str, GateVerdict]
    gains: dict[str, GateVerdict]
    best: str | None
    deploy: bool
    words: str

    @property
    def figures(self) -> list[Figure]:
        """What of the best form has a target."""
        one = self.measured.find(self.best) if self.best else None
        return check_limits(one, self.gains.get(one.name)) if one else []

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "test_data": self.test.to_json(),
            "labels": list(self.test.labels),
            "current": self.measured.current,
            "best": self.best,
            "deploy": self.deploy,
            "words": self.words,
            "verdicts": {name: verdict.to_json() for name, verdict in self.verdicts.items()},
            "gains": {name: verdict.to_json() for name, verdict in self.gains.items()},
            "targets": [figure.to_json() for figure in self.figures],
            "engines": [engine.to_json() for engine in self.measured.engines],
            "failures": [{"name": one.name, "reason": one.reason} for one in self.measured.failures],
        }


def judge(
    candidates: Sequence[Candidate],
    test: TestData,
    current: str | None = None,
    *,
    corrections: Sequence[Row] = (),
    benchmark: bool = True,
    folder: Path | None = None,
    where: Path | None = None,
    on_progress: OnProgress = lambda *_: None,
    cancelled: threading.Event | None = None,
) -> Judgement:
    """Measure candidates and decide; see `host.finetune.measuring.measure` for what is asked and raised.

    Args:
        candidates: what was trained, each under a name of its own.
        test: held-out tabs.
        current: id of the model to compare with; None for the one that sorts tabs now.
        corrections: what the person said of tabs that are not in the test; every engine is taught it.
        benchmark: measure speed, too; without it nothing can be found fast enough to be deployed.
        folder: holds domain_lists.
        where: folder of the throw-away home, gone afterwards.
        on_progress: gets what is being done, how much is done and of how much.
        cancelled: ends it.
    """
    measured = measure(
        candidates,
        test,
        current=current,
        corrections=corrections,
        benchmark=benchmark,
        folder=folder,
        where=where,
        on_progress=on_progress,
        cancelled=cancelled,
    )
    bases = {one.name: one.base for one in candidates}
    return decide(test, measured, bases)


def decide(test: TestData, measured: Measured, bases: dict[str, str]) -> Judgement:
    """Choose among what was measured. Pure.

    Args:
        test: the tabs.
        measured: the engines; the current one among them.
        bases: of each candidate the base model, "" for none.
    """
    current = measured.find(measured.current)
    found = [one for name in bases if (one := measured.find(name)) is not None]
    if current is None or not found:
        reasons = " ".join(f"{one.name}: {one.reason}" for one in measured.failures)
        words = f"Nothing could be measured, so nothing changes. {reasons}".strip()
        return Judgement(test, measured, {}, {}, None, deploy=False, words=words)
    others = [one for one in found if one is not current]
    # What is too slow or too large cannot go live, so it is no chance more to be better by luck.
    chances = sum(map(_fits, others)) or len(others)
    verdicts = {one.name: _compare(test, one, current, chances) for one in others}
    gains = {
        one.name: _compare(test, one, base)
        for one in found
        if (base := _find_model(measured, bases[one.name])) is not None and base is not one
    }
    if not others:
        words = f"{current.name} sorts tabs now already; there is nothing else to compare it with."
        return Judgement(test, measured, verdicts, gains, None, deploy=False, words=words)
    best = choose_form(test, others, {name for name, verdict in verdicts.items() if verdict.better})
    deploy = verdicts[best.name].better and _fits(best) and not test.objections
    words = _say(test, best, current, verdicts[best.name], deploy=deploy)
    return Judgement(test, measured, verdicts, gains, best.name, deploy, words)


def choose_form(
    test: TestData, forms: Sequence[EngineFigures], better: Collection[str] = ()
) -> EngineFigures:
    """The fastest of those that are as good as the best within chance; those within the limits come first.

    Args:
        test: the tabs.
        forms: at least one.
        better: names of those that were shown to be better than what sorts tabs now. Where one of them is
            within the limits no other is taken: as good as the best is not yet better than the current one.
    """
    fitting = [one for one in forms if _fits(one)] or list(forms)
    fitting = [one for one in fitting if one.name in better] or fitting
    best = max(fitting, key=lambda one: one.macro_f1)
    equal = [one for one in fitting if one is best or not _compare(test, best, one).better]
    return min(equal, key=lambda one: (one.p95_ms is None, one.p95_ms or 0.0, -one.macro_f1, one.file_bytes))


def check_limits(one: EngineFigures, gain: GateVerdict | None = None) -> list[Figure]:
    """How an engine stands to what is asked of one that is deployed."""
    figures = [
        at_most("file", one.file_bytes / 1e6, "MB", FILE_LIMIT_BYTES / 1e6, "a base model not counted")
    ]
    if one.p95_ms is not None:
        figures.insert(
            0, at_most("one tab, 95th percentile", one.p95_ms, "ms", P95_LIMIT_MS, "over the wire")
        )
    if gain is not None:
        points = at_least("macro-F1 over its base model", gain.difference * 100, "points", GAIN_LIMIT * 100)
        figures.append(points)
    return figures


def _fits(one: EngineFigures) -> bool:
    return one.p95_ms is not None and one.p95_ms <= P95_LIMIT_MS and one.file_bytes < FILE_LIMIT_BYTES


def _find_model(measured: Measured, model: str) -> EngineFigures | None:
    return next(
        (one for one in measured.engines if model and one.model == model and one.role != "zero-shot"), None
    )


def _compare(test: TestData, one: EngineFigures, other: EngineFigures, candidates: int = 1) -> GateVerdict:
    return compare(
        test.truth,
        one.answers.decided,
        other.answers.decided,
        test.labels,
        names=(_call(one), _call(other)),
        candidates=candidates,
    )


def _say(
    test: TestData, best: EngineFigures, current: EngineFigures, verdict: GateVerdict, *, deploy: bool
) -> str:
    if deploy:
        unknown = f" Nothing is known of {', '.join(test.unseen)}." if test.unseen else ""
        return f"{verdict.words} It goes live.{unknown}"
    if verdict.better:
        why = test.objections[0] if _fits(best) else _say_limits(best)
        return f"{verdict.words} It does not go live all the same: {why}."
    faster = ""
    if best.mean_ms and current.mean_ms:
        ratio = best.mean_ms / current.mean_ms
        if ratio >= 1.5:
            faster = f" and {ratio:.0f} times as fast"
    worse = "is better" if verdict.worse else "is not shown to be worse"
    called = current.name if current.role == "named" else f"The {current.name}"
    return f"{verdict.words} {called} {worse}{faster}: it stays."


def _call(one: EngineFigures) -> str:
    """An engine as it is called within a sentence."""
    return one.name if one.role == "named" else f"the {one.name}"


def _say_limits(one: EngineFigures) -> str:
    if one.speed is None:
        return "its speed was not measured (--benchmark does that)"
    if one.speed.p95_ms > P95_LIMIT_MS:
        slow = f"one tab takes {one.speed.p95_ms:.0f} ms at the 95th percentile"
        busy = one.speed.load > (psutil.cpu_count() or 1) * BUSY
        why = f", though other programs were busy meanwhile (load {one.speed.load:.1f})" if busy else ""
        return f"{slow}, and {P95_LIMIT_MS:.0f} ms is the limit{why}"
    return f"its file has {one.file_bytes / 1e6:.0f} MB, and {FILE_LIMIT_BYTES / 1e6:.0f} MB is the limit"
