"""Puts what was trained in a folder to use: only when it was shown to be better, and only if it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from host.core.errors import AppError, InvalidInput
from host.core.paths import find_paths
from host.evaluation.tabs import WORDS
from host.finetune.candidates import Candidate, find_candidates, make_record
from host.finetune.live_check import check_live
from host.finetune.training_folder import CONVERSION_FILE, EVALUATION_FILE
from host.models.integrity import hash_file
from host.models.json_files import read_object
from host.models.store import ModelStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
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
    """

    deployed: bool
    words: str
    forced: bool = False
    rolled_back: bool = False
    deployment: dict[str, Any] | None = field(default=None)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "deployed": self.deployed,
            "words": self.words,
            "forced": self.forced,
            "rolled_back": self.rolled_back,
            "deployment": self.deployment,
        }


def deploy_training(
    client: Client,
    folder: Path,
    *,
    force: bool = False,
    judge: Callable[[], Mapping[str, Any]] | None = None,
    on_stage: Callable[[str], None] = lambda _stage: None,
) -> DeployOutcome:
    """Deploy the best form that lies in the folder of a training.

    Args:
        client: of the profile whose tabs it is to sort.
        folder: with `training.json`, `conversion.json` and, once it was evaluated, `evaluation.json`.
        force: put it to use although it was not shown to be better.
        judge: evaluates the folder and returns what it then finds in `evaluation.json`; used when there is
            no evaluation of what lies in the folder against what sorts tabs now.
        on_stage: told what is being done: evaluating, deploying, checking.

    Raises:
        InvalidInput: the folder holds nothing that can be deployed, or nothing says how good it is.
        AppError: as `finetune.deploy` and the evaluation raise.
    """
    found = find_candidates(str(folder), ModelStore(find_paths().models))
    used = _find_in_use(client, found.candidates)
    if used is not None:
        on_stage("checking")
        return _check(
            client, used, f"{used['model']} was deployed from this folder before.", forced=used["forced"]
        )
    judgement: Mapping[str, Any] | None = _read_judgement(client, folder)
    if judgement is None and judge is not None and not force:
        on_stage("evaluating")
        judgement = judge()
    if judgement is None and not force:
        message = f"Nothing says how good the model in {folder} is."
        raise InvalidInput(message, fix=f"Evaluate it first: ai-history finetune evaluate --model {folder}")
    best = _choose(found.candidates, judgement)
    words = str(judgement["words"]) if judgement else "It was not compared with what sorts tabs now."
    better = judgement is not None and judgement.get("deploy") is True
    missing = _list_untrained(client, best)
    if missing:
        better = False
        words = f"{words} It was not trained for your categories {', '.join(missing)}."
    if not better and not force:
        return DeployOutcome(False, words)
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


def _find_in_use(client: Client, candidates: Sequence[Candidate]) -> dict[str, Any] | None:
    """The deployment in use, when it is of one of these files."""
    listed = client.call("finetune.deployments")
    used = next((one for one in listed["deployments"] if one["id"] == listed.get("in_use")), None)
    if used is None:
        return None
    (file,) = client.call("models.info", id=used["model"])["files"]
    files = [one.file for one in candidates if one.file is not None and one.size == file["size"]]
    return used if any(hash_file(one) == file["sha256"] for one in files) else None


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


def _read_judgement(client: Client, folder: Path) -> dict[str, Any] | None:
    """The evaluation of what lies in the folder, unless what it was compared with is not in use any more."""
    file, conversion = folder / EVALUATION_FILE, folder / CONVERSION_FILE
    read = read_object(file)
    if read is None or not isinstance(read.get("words"), str):
        return None
    if conversion.exists() and conversion.stat().st_mtime_ns > file.stat().st_mtime_ns:
        return None
    engines = [one for one in read.get("engines", []) if isinstance(one, dict)]
    compared = next((one.get("model") for one in engines if one.get("name") == read.get("current")), None)
    roles = {item["role"]: item["model"] for item in client.call("models.list")["roles"]}
    return read if compared == (roles.get("categories") or WORDS) else None


def _choose(candidates: Sequence[Candidate], judgement: Mapping[str, Any] | None) -> Candidate:
    named = judgement.get("best") if judgement else None
    return next((one for one in candidates if one.name == named), candidates[0])


def _list_untrained(client: Client, best: Candidate) -> list[str]:
    """The person's categories that the model has never seen."""
    trained = best.record.get("trained_labels")
    if not isinstance(trained, list):
        return []
    known = {str(name).casefold() for name in trained}
    names = [item["name"] for item in client.call("categories.list")["categories"] if item["enabled"]]
    return [name for name in names if name.casefold() not in known]


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
