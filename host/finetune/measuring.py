"""Asks every engine about the same tabs, over the wire, in one throw-away home.

Each engine has a daemon of its own: none has the vectors or the memory of the one before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from host.classify.classifier import check_cancelled
from host.core.errors import AppError, Cancelled, DiskFull, ModelUnavailable, NotReady, Timeout
from host.evaluation.tab_sets import load_tab_set
from host.evaluation.tab_speed import time_tabs
from host.evaluation.tab_wire import categorize, classify_zero_shot
from host.evaluation.tabs import WORDS, ZERO_SHOT, report_answers
from host.finetune.baselines import answer_baselines
from host.finetune.examined_home import open_examined_home
from host.finetune.figures import EngineFigures, EngineRole, Failure, Measured
from host.finetune.in_use import find_current
from host.finetune.reading_speed import measure_reading
from host.finetune.worker_memory import measure_resident
from host.models.roles import not_installed
from host.models.store import ModelStore

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from host.client import Client
    from host.evaluation.bench.figures import OnProgress
    from host.evaluation.tab_quality import TabAnswers
    from host.evaluation.tab_speed import TabSpeed
    from host.finetune.candidates import Candidate
    from host.finetune.examined_home import ExaminedHome
    from host.finetune.rows import Row
    from host.finetune.test_data import TestData

HEAD = "trained head"
# They say nothing of a model: the next try may well come to its end.
_NOT_ITS_FAULT = (Cancelled, DiskFull, NotReady, Timeout)


@dataclass(frozen=True)
class _Asked:
    """An engine that is to be asked."""

    name: str
    role: EngineRole
    model: str
    candidate: Candidate | None = None


def measure(
    candidates: Sequence[Candidate],
    test: TestData,
    *,
    current: str | None = None,
    corrections: Sequence[Row] = (),
    benchmark: bool = True,
    folder: Path | None = None,
    where: Path | None = None,
    on_progress: OnProgress = lambda *_: None,
    cancelled: threading.Event | None = None,
) -> Measured:
    """Measure candidates, their base models, the engine in use, and the peers.

    Args:
        candidates: each under a name of its own.
        test: the tabs, and the categories that the home has.
        current: id of the model to compare with; None for the one that sorts tabs now.
        corrections: what the person said of other tabs; every engine knows it.
        benchmark: measure speed and memory, too.
        folder: holds domain_lists; None leaves that peer out.
        where: folder of the throw-away home; see `temporary_home`.
        on_progress: gets what is being done, how much is done and of how much.
        cancelled: ends it between two requests.

    Raises:
        Cancelled: it was called off; nothing is left behind.
        DiskFull, NotReady, Timeout: something was in the way that has nothing to do with the models.
        NotFound: the model to compare with is not installed.
    """

    def report(what: str, done: int, total: int) -> None:
        check_cancelled(cancelled)
        on_progress(what, done, total)

    report("starting", 0, 0)
    engines: list[EngineFigures] = []
    failures: list[Failure] = []
    with open_examined_home(test.categories, corrections, where=where) as home:
        with home.open() as client:
            chosen = current or find_current(client, ModelStore(home.paths.models))
            asked = _list_engines(client, candidates, chosen)
        for one in asked:
            try:
                engines += _measure_one(home, one, test, benchmark=benchmark, report=report)
            except _NOT_ITS_FAULT:
                raise
            except AppError as error:
                if one.candidate is None and one.model == chosen:
                    raise
                failures.append(Failure(one.name, f"{error.message} {error.fix or ''}".strip()))
    peers = [
        EngineFigures(
            peer.name,
            "peer",
            "",
            report_answers(test.as_set, peer.name, "", peer.answers, test.labels),
            peer.answers,
        )
        for peer in answer_baselines(test, folder)
    ]
    names = {one.model: one.name for one in asked}
    return Measured((*engines, *peers), tuple(failures), names[chosen])


def _list_engines(client: Client, candidates: Sequence[Candidate], chosen: str) -> list[_Asked]:
    """What is asked, each model once: candidates, their bases, what is in use, and the trained head."""
    models = {item["id"]: item for item in client.call("models.list")["models"] if item["installed"]}
    roles = {item["role"]: item["model"] for item in client.call("models.list")["roles"]}
    if chosen != WORDS and chosen not in models:
        raise not_installed(chosen)
    asked = {
        one.model or one.name: _Asked(one.name, "named" if one.model else "tuned", one.model, one)
        for one in candidates
    }
    for base in dict.fromkeys(one.base for one in candidates if one.base):
        asked.setdefault(base, _Asked(f"base model {base}", "base", base))
    for model in filter(None, (chosen, roles.get("search"))):
        kind = models[model]["type"] if model in models else WORDS
        name, role = _name_engine(model, kind)
        asked.setdefault(model, _Asked(name, role, model))
    # A home keeps the files of a few deployed models only: what is in use is asked before others come.
    return sorted(asked.values(), key=lambda one: one.model != chosen)


def _name_engine(model: str, kind: str) -> tuple[str, EngineRole]:
    if model == WORDS:
        return "list of words and sites", "words"
    if kind == "embedding":
        return f"{HEAD} on {model}", "head"
    return model, "named"


def _measure_one(
    home: ExaminedHome, one: _Asked, test: TestData, *, benchmark: bool, report: OnProgress
) -> list[EngineFigures]:
    with home.open_fresh() as client:
        model = one.model or _register(client, one.candidate)
        speed: TabSpeed | None = None
        resident: int | None = None
        if benchmark:
            report(f"{one.name}: speed", 0, 0)
            # Of tabs that were asked about before it knows the vectors: so speed comes first.
            speed = time_tabs(client, home.paths, load_tab_set("own").tabs, model)
            resident = measure_resident(home.paths, speed.engine)
        answers = categorize(
            client, test.tabs, model, _report_to(report, one.name, len(test.tabs)), labels=test.labels
        )
        found = _describe(client, one, model, test, answers)
        _check_adapter(client, model)
        more = _ask_zero_shot(client, model, test, report) if found.report.engine == "embedding" else []
    tokens = None
    if benchmark and found.report.engine == "instruction":
        report(f"{one.name}: tokens a second", 0, 0)
        store = ModelStore(home.paths.models)
        installed = store.find(model)
        if installed is not None:
            tokens = measure_reading(store, installed, load_tab_set("own").tabs, test.categories)
    measured = EngineFigures(
        found.name,
        found.role,
        found.model,
        found.report,
        answers,
        found.form,
        speed,
        tokens,
        found.file_bytes,
        found.base_bytes,
        resident,
    )
    return [measured, *more]


def name_measured(one: Candidate) -> str:
    """What a candidate is called in the home where it is measured, as unlike others as its name in tables."""
    return f"measured-{'-'.join(re.findall('[a-z0-9]+', one.name.lower()))}"[:90].rstrip("-")


def _register(client: Client, one: Candidate | None) -> str:
    if one is None or one.file is None:
        message = "There is no file to put in."
        raise ModelUnavailable(message)
    reply: dict[str, Any] = client.call(
        "finetune.deploy",
        file=str(one.file.resolve()),
        base=one.base or None,
        kind=one.form,
        id=name_measured(one),
        record=one.record,
        use=False,
    )
    return str(reply["deployment"]["model"])


def _describe(client: Client, one: _Asked, model: str, test: TestData, answers: TabAnswers) -> EngineFigures:
    form = one.candidate.form if one.candidate else "installed"
    if model == WORDS:
        engine, size, base_size = WORDS, 0, 0
    else:
        item = client.call("models.info", id=model)["model"]
        engine, size = item["type"], item["size"]
        base_size = client.call("models.info", id=item["base"])["model"]["size"] if item["base"] else 0
    report = report_answers(test.as_set, engine, model, answers, test.labels)
    return EngineFigures(
        one.name, one.role, model, report, answers, form, file_bytes=size, base_bytes=base_size
    )


def _check_adapter(client: Client, model: str) -> None:
    """A model answers without an adapter that cannot be loaded: these figures would be those of its base."""
    if model == WORDS:
        return
    item = client.call("models.info", id=model)["model"]
    if item["base"] and item["reason"]:
        raise ModelUnavailable(item["reason"], fix=item["fix"])


def _ask_zero_shot(client: Client, model: str, test: TestData, report: OnProgress) -> list[EngineFigures]:
    described = {one.name: one.description or one.name for one in test.categories}
    name = f"{ZERO_SHOT} {model}"
    tell = _report_to(report, name, len(test.tabs))
    answers = classify_zero_shot(client, test.tabs, model, tell, described)
    quality = report_answers(test.as_set, ZERO_SHOT, model, answers, test.labels)
    size = client.call("models.info", id=model)["model"]["size"]
    return [EngineFigures(name, "zero-shot", model, quality, answers, "installed", file_bytes=size)]


def _report_to(report: OnProgress, name: str, total: int) -> Callable[[int, int], None]:
    return lambda done, _total: report(name, done, total)
