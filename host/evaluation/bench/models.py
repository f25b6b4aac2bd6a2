"""Which model classifies how well and how fast here: asked through the daemon, like by the command."""

from __future__ import annotations

import importlib.util
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from host.classify.classifier import Classification
from host.client import Client
from host.core.errors import InvalidInput, NotFound
from host.evaluation.bench.figures import percentile
from host.evaluation.bench.home import temporary_home
from host.evaluation.classification import FILES_PER_CATEGORY, Quality, measure_quality, read_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.evaluation.bench.figures import OnProgress
    from host.evaluation.classification import LabelledFile

CLASSIFYING_TYPES = ("embedding", "nli", "instruction")
# An installed package that has code, tests, documentation, data and build files; another library needs it.
PACKAGE = "sklearn"
_CHECKOUT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class ModelReport:
    """One model on one source tree.

    Attributes:
        model: its id.
        type: its type.
        tree: name of the folder.
        with_names: whether the model was shown the paths, or only what the files hold.
        quality: how well.
        mean_ms: for one file.
        p95_ms: 95 % of the files took no longer.
        tokens_per_s: that an instruction model computed; None for others, whose tokens are not counted.
        load_s: until the model could answer.
        memory: bytes that its process holds; None when it is not known.
        cost_per_1000: in money; nothing for a model on this machine.
    """

    model: str
    type: str
    tree: str
    with_names: bool
    quality: Quality
    mean_ms: float
    p95_ms: float
    tokens_per_s: float | None
    load_s: float
    memory: int | None
    cost_per_1000: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def find_trees() -> list[Path]:
    """What is classified unless folders are named: this checkout, if it is one, and an installed package."""
    found = [_CHECKOUT] if (_CHECKOUT / "pyproject.toml").is_file() else []
    package = importlib.util.find_spec(PACKAGE)
    if package is not None and package.submodule_search_locations:
        found.append(Path(package.submodule_search_locations[0]))
    return found


def bench_models(
    on_progress: OnProgress,
    *,
    models: Sequence[str] = (),
    folders: Sequence[Path] = (),
    with_names: Sequence[bool] = (True,),
    limit: int = FILES_PER_CATEGORY,
) -> list[ModelReport]:
    """Classify labelled files with each model, one file a request.

    Args:
        on_progress: gets what is being done, how much is done and of how much.
        models: ids; by default every installed one that classifies.
        folders: source trees; by default those of `find_trees`.
        with_names: whether to show the paths; both for both.
        limit: files of each category in a tree.

    Raises:
        NotFound: no such model is installed.
        InvalidInput: a folder has no file whose path says what it is, or a model does not classify.
    """
    trees = []
    for folder in folders or find_trees():
        files = read_tree(folder.resolve(), limit)
        if not files:
            message = f"{folder} has no file whose path says what it is."
            raise InvalidInput(message)
        trees.append((folder.resolve().name, files))
    reports = []
    with temporary_home(models=True) as paths, Client(greet=False, paths=paths) as client:
        known = {item["id"]: item for item in client.call("models.list")["models"]}
        for model in _choose(known, models):
            on_progress(f"{model}: loading", 0, 0)
            began = time.perf_counter()
            client.call("models.load", id=model)
            load_s = time.perf_counter() - began
            for tree, files in trees:
                for named in with_names:
                    answers, took_s = _classify(client, model, files, named, on_progress)
                    memory = client.call("models.info", id=model)["model"].get("resident")
                    reports.append(_report(known[model], tree, named, files, answers, took_s, load_s, memory))
            client.call("models.unload", id=model)
    return reports


def _choose(known: dict[str, dict[str, Any]], wanted: Sequence[str]) -> list[str]:
    for model in wanted:
        if model not in known or not known[model]["installed"]:
            message = f"The model {model} is not installed."
            raise NotFound(message, fix=f"Run: classify model download {model}")
        if known[model]["type"] not in CLASSIFYING_TYPES:
            message = f"{model} does not classify."
            raise InvalidInput(message)
    found = list(wanted) or [
        model for model, item in known.items() if item["installed"] and item["type"] in CLASSIFYING_TYPES
    ]
    if not found:
        message = "No model that classifies is installed."
        raise NotFound(message, fix="Run: classify model download all-minilm-l6-v2")
    return found


def _classify(
    client: Client, model: str, files: Sequence[LabelledFile], named: bool, on_progress: OnProgress
) -> tuple[list[Classification], list[float]]:
    answers, took_s = [], []
    for number, file in enumerate([files[0], *files]):
        on_progress(model, number, len(files) + 1)
        began = time.perf_counter()
        item = client.call(
            "classify.run", model=model, texts=[{"id": "", "text": file.describe(with_name=named)}]
        )["results"][0]
        # The first one makes what is kept for all: vectors of categories, prompts that are read.
        if number:
            took_s.append(time.perf_counter() - began)
            answers.append(
                Classification(item["category"], item["confidence"], item["scores"], None, item["tokens"])
            )
    return answers, took_s


def _report(
    model: dict[str, Any],
    tree: str,
    named: bool,
    files: Sequence[LabelledFile],
    answers: Sequence[Classification],
    took_s: Sequence[float],
    load_s: float,
    memory: int | None,
) -> ModelReport:
    tokens = sum(answer.tokens for answer in answers)
    return ModelReport(
        model=model["id"],
        type=model["type"],
        tree=tree,
        with_names=named,
        quality=measure_quality([file.label for file in files], answers),
        mean_ms=sum(took_s) / len(took_s) * 1000,
        p95_ms=percentile(took_s, 0.95) * 1000,
        tokens_per_s=tokens / sum(took_s) if tokens else None,
        load_s=load_s,
        memory=memory,
    )
