"""Puts what was trained in a folder to use: only when it was shown to be better, and only if it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from host.core.errors import AppError, InvalidInput
from host.core.paths import find_paths
from host.finetune.candidates import Candidate, find_candidates, make_record
from host.finetune.in_use import find_current, find_deployed, list_enabled
from host.finetune.judged_files import find_judged, was_disturbed
from host.finetune.live_check import check_live
from host.finetune.training_folder import CONVERSION_FILE, EVALUATION_FILE
from host.models.json_files import read_object
from host.models.store import ModelStore
from host.tabs.trained_labels import find_untrained

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from host.client import Client


@dataclass(frozen=True)
class DeployOutcome:
    """What came of it.

    Attributes:
        deployed: whether the trained model sorts tabs now.
        words: what happened, for a person.
        forced: put to use without being shown to be better.
        rolled_back: it was put to use and taken back, because it did not answer as it should.
        deployment: as `finetune.deploy` answers; None when nothing was put in.
        untrained: categories of the person that it does not know, for which nothing can put it to use.
    """

    deployed: bool
    words: str
    forced: bool = False
    rolled_back: bool = False
    deployment: dict[str, Any] | None = field(default=None)
    untrained: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "deployed": self.deployed,
            "words": self.words,
            "forced": self.forced,
            "rolled_back": self.rolled_back,
            "deployment": self.deployment,
            "untrained": list(self.untrained),
        }


def deploy_training(
    client: Client,
    folder: Path,
    *,
    force: bool = False,
    base: str | None = None,
    tested_with: str | None = None,
    judge: Callable[[], Mapping[str, Any]] | None = None,
    on_stage: Callable[[str], None] = lambda _stage: None,
) -> DeployOutcome:
    """Deploy the best form that lies in the folder of a training.

    Args:
        client: of the profile whose tabs it is to sort.
        folder: with `training.json`, `conversion.json` and, once it was evaluated, `evaluation.json`.
        force: put it to use although it was not shown to be better.
        base: the installed model that it was trained from, where nothing in the folder says so.
        tested_with: the test data that it has to have been shown by, as `host.finetune.judged_files` names
            it; None for the data that are taken by default.
        judge: evaluates the folder and returns what it then finds in `evaluation.json`; used when there is
            no evaluation of what lies in the folder against what sorts tabs now.
        on_stage: told what is being done: evaluating, deploying, checking.

    Raises:
        InvalidInput: the folder holds nothing that can be deployed, or nothing says how good it is.
        AppError: as `finetune.deploy` and the evaluation raise.
    """
    store = ModelStore(find_paths().models)
    found = find_candidates(str(folder), store, base)
    # Asked about tabs of a category that it never saw it would be passed over for another.
    missing = find_untrained(make_record(found.training), list_enabled(client))
    if missing:
        return DeployOutcome(
            False, f"It was not trained for your categories {', '.join(missing)}.", untrained=tuple(missing)
        )
    used = find_deployed(client, found.candidates)
    if used is not None:
        on_stage("checking")
        return _check(
            client, used, f"{used['model']} was deployed from this folder before.", forced=used["forced"]
        )
    judgement: Mapping[str, Any] | None = _read_judgement(folder, find_current(client, store))
    best = find_judged(judgement, found.candidates, tested_with) if judgement else None
    if judge is not None and not force and (judgement is None or best is None or was_disturbed(judgement)):
        on_stage("evaluating")
        judgement = judge()
        best = next((one for one in found.candidates if one.name == judgement.get("best")), None)
    elif best is None:
        # It says nothing of what lies here.
        judgement = None
    if judgement is None and not force:
        message = f"Nothing says how good the model in {folder} is."
        fix = f"Evaluate it first: ai-history finetune evaluate --benchmark --model {folder}"
        raise InvalidInput(message, fix=fix)
    words = str(judgement["words"]) if judgement else "It was not compared with what sorts tabs now."
    better = judgement is not None and best is not None and judgement.get("deploy") is True
    if not better and not force:
        return DeployOutcome(False, words)
    best = best or found.candidates[0]
    on_stage("deploying")
    forced = not better
    made = client.call(
        "finetune.deploy",
        file=str(best.file.resolve()) if best.file else "",
        base=best.base or None,
        kind=best.form,
        record=best.record or make_record(found.training),
        figures=_take_figures(judgement, best),
        forced=forced,
    )["deployment"]
    on_stage("checking")
    return _check(client, made, words, forced=forced)


def _check(client: Client, made: dict[str, Any], words: str, *, forced: bool) -> DeployOutcome:
    model = str(made["model"])
    wrong = check_live(client, model)
    if wrong is None:
        told = f"{words} {model} sorts tabs now, and answered a live request as it should."
        if forced:
            told = f"{words} {model} sorts tabs now all the same, as was asked for."
        return DeployOutcome(True, told, forced=forced, deployment=made)
    try:
        back = client.call("finetune.rollback")["text"]
    except AppError as error:
        back = f"It could not be taken back: {error.message}"
    shown = next(
        (one for one in client.call("finetune.deployments")["deployments"] if one["id"] == made["id"]), made
    )
    told = f"{words} {model} was put to use and taken back. {wrong} {back}"
    return DeployOutcome(False, told, forced=forced, rolled_back=True, deployment=shown)


def _read_judgement(folder: Path, current: str) -> dict[str, Any] | None:
    """The evaluation of what lies in the folder, when it was compared with what sorts tabs now."""
    file, conversion = folder / EVALUATION_FILE, folder / CONVERSION_FILE
    read = read_object(file)
    if read is None or not isinstance(read.get("words"), str):
        return None
    if conversion.exists() and conversion.stat().st_mtime_ns > file.stat().st_mtime_ns:
        return None
    return read if find_compared(read) == current else None


def find_compared(judgement: Mapping[str, Any]) -> str | None:
    """The model that a judgement has compared with, as `evaluation.json` has it."""
    engines = [one for one in judgement.get("engines", []) if isinstance(one, dict)]
    return next((one.get("model") for one in engines if one.get("name") == judgement.get("current")), None)


def _take_figures(judgement: Mapping[str, Any] | None, best: Candidate) -> dict[str, Any]:
    """What the history keeps of an evaluation."""
    if judgement is None:
        return {}
    kept: dict[str, Any] = {"words": judgement.get("words"), "compared_with": judgement.get("current")}
    verdicts = judgement.get("verdicts")
    verdict = verdicts.get(best.name) if isinstance(verdicts, dict) else None
    if isinstance(verdict, dict):
        kept["gain"] = {key: verdict.get(key) for key in ("difference", "low", "high", "rows")}
    for engine in judgement.get("engines", []):
        if isinstance(engine, dict) and engine.get("name") == best.name:
            quality, speed = engine.get("quality"), engine.get("speed")
            kept["macro_f1"] = quality.get("macro_f1") if isinstance(quality, dict) else None
            kept["p95_ms"] = speed.get("p95_ms") if isinstance(speed, dict) else None
            kept["file_bytes"] = engine.get("file_bytes")
    return kept
