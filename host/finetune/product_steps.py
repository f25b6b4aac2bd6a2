"""The steps of a fine-tuning: dataset, train, convert, evaluate, deploy."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from host.client import Client
from host.core.errors import InvalidInput
from host.finetune import training_folder as f
from host.finetune.category_data import NONE_KEY
from host.finetune.dataset_folder import STATISTICS, make_dataset
from host.finetune.deployment import deploy_training
from host.finetune.own_data import OwnData, read_own_data
from host.finetune.pipeline_state import digest_of
from host.finetune.steps import Outcome, Step
from host.finetune.training import read_training_data, train_model
from host.models.integrity import hash_file
from host.models.lora.base import find_base
from host.models.lora.conversion import convert

if TYPE_CHECKING:
    from pathlib import Path

    from host.finetune.pipeline_options import PipelineOptions
    from host.finetune.steps import StepWork, Values
    from host.models.lora.base import BaseModel
    from host.models.store import ModelStore

DATASET, TRAIN, CONVERT, EVALUATE, DEPLOY = "dataset", "train", "convert", "evaluate", "deploy"
_HALF = "f16"
# Beside the candidates: the base, what sorts tabs now, zero-shot, and a beginning.
_OTHER_ENGINES = 4


class ProductSteps:
    """The steps with what they share."""

    def __init__(self, options: PipelineOptions, store: ModelStore) -> None:
        """Look whether everything that will be needed is there.

        Args:
            options: what was asked for.
            store: the models that are installed.

        Raises:
            NotFound: there is no such model.
            InvalidInput: it cannot be taught, or what was taught could not be made a file of.
        """
        self._options = options
        self._base = find_base(options.base, store)
        self._gguf = _find_gguf(self._base, options.gguf, store)
        self._own: OwnData | None = None

    @property
    def base(self) -> BaseModel:
        """The model that is taught."""
        return self._base

    def make(self) -> list[Step]:
        """The steps, in order."""
        steps = [
            Step(DATASET, self._list_dataset_inputs, self._make_dataset, weight=1),
            Step(TRAIN, self._list_train_inputs, self._train, needs=(DATASET,), weight=60),
            Step(CONVERT, self._list_convert_inputs, self._convert, needs=(TRAIN,), weight=4),
            Step(
                EVALUATE,
                self._list_evaluate_inputs,
                self._evaluate,
                needs=(DATASET, TRAIN, CONVERT),
                weight=25,
            ),
        ]
        if self._options.deploy:
            steps.append(Step(DEPLOY, dict, self._deploy, needs=(EVALUATE,), weight=1))
        return steps

    def _open_client(self) -> Client:
        return Client(profile_id=self._options.profile_id, name=self._options.client)

    def _read_own(self) -> OwnData:
        """The person's categories; with what they said, when they agreed to that."""
        if self._own is None:
            with self._open_client() as client:
                found = read_own_data(client)
            if not self._options.own:
                # Of a category of the person's own nothing is known without what they said.
                known = tuple(one for one in found.categories if one.builtin or one.key == NONE_KEY)
                left_out = [one.name for one in found.categories if one not in known]
                warnings = tuple(
                    f"{name}: left out; --own teaches it from what you said." for name in left_out
                )
                found = OwnData(known, (), warnings)
            self._own = found
        return self._own

    def _list_dataset_inputs(self) -> Values:
        options = self._options
        own = self._read_own()
        return {
            "options": {**asdict(options.dataset), "languages": sorted(options.dataset.languages)},
            "file": hash_file(options.category_file) if options.category_file else None,
            "categories": [(one.key, one.name, one.description) for one in own.categories],
            "own": None if options.keep_rows else digest_of([asdict(row) for row in own.rows]),
        }

    def _make_dataset(self, work: StepWork) -> Outcome:
        options = self._options
        made = make_dataset(
            work.folder,
            options.dataset,
            category_file=options.category_file,
            own=self._read_own(),
            force=True,
            on_progress=work.report,
            cancelled=work.cancelled,
        )
        counts = made["counts"]
        own = counts["train"]["source"].get("correction", 0) + counts["train"]["source"].get("page", 0)
        text = (
            f"{counts['train']['rows']} rows to teach, {counts['val']['rows']} to validate,"
            f" {len(made['categories'])} categories" + (f"; {own} rows are your own" if own else "")
        )
        values = {"categories": [one["name"] for one in made["categories"]], "warnings": made["warnings"]}
        files = [work.folder / name for name in (f.TRAIN_FILE, f.VALIDATION_FILE, STATISTICS)]
        return Outcome(text, values, files)

    def _list_train_inputs(self) -> Values:
        file = self._base.gguf
        return {
            "options": asdict(self._options.training),
            "base": self._base.name,
            "architecture": self._base.architecture,
            "size": file.stat().st_size if file else None,
        }

    def _train(self, work: StepWork) -> Outcome:
        if not work.again:
            f.forget_training(work.folder)
        data = read_training_data(work.folder / f.TRAIN_FILE, work.folder / f.VALIDATION_FILE)

        def report(value: dict[str, Any]) -> None:
            work.report(
                str(value.get("stage") or ""),
                float(value.get("share") or 0.0) if value.get("stage") != "loading" else 0.0,
                loss=value.get("loss"),
                remaining_s=value.get("remaining_s"),
                facts=value,
            )

        # What trains takes a while to start, and hears nothing meanwhile.
        work.check_cancelled()
        record = train_model(
            self._base,
            data,
            self._options.training,
            work.folder,
            resume=work.again,
            force=self._options.force,
            on_progress=report,
            cancelled=work.cancelled,
        )
        text = (
            f"{record['rows']} rows in {record['steps']} steps on {record['device']} ({record['precision']});"
            f" right about {record['accuracy']:.0%} of the validation rows"
        )
        adapter = work.folder / f.ADAPTER
        files = sorted(path for path in adapter.iterdir() if path.is_file())
        values = {name: record[name] for name in ("accuracy", "steps", "tokens_per_s", "notes")}
        return Outcome(text, values, [*files, work.folder / f.TRAINING_FILE])

    def _list_convert_inputs(self) -> Values:
        return {"quantisations": list(self._options.quantisations), "size": self._gguf.stat().st_size}

    def _convert(self, work: StepWork) -> Outcome:
        kinds: list[Any] = [("adapter", _HALF)]
        kinds += [("merged", each) for each in self._options.quantisations]
        (work.folder / f.CONVERSION_FILE).unlink(missing_ok=True)
        made = convert(
            work.folder / f.ADAPTER,
            self._gguf,
            work.folder,
            kinds,
            on_progress=lambda value: work.report(
                " ".join(filter(None, (str(value["stage"]), str(value.get("form") or "")))), value["share"]
            ),
            cancelled=work.cancelled,
            log_file=work.folder / "conversion.log",
        )
        text = ", ".join(f"{one.kind} {one.quantisation} ({one.size / 1e6:.0f} MB)" for one in made)
        return Outcome(text, {}, [*(one.file for one in made), work.folder / f.CONVERSION_FILE])

    def _list_evaluate_inputs(self) -> Values:
        with self._open_client() as client:
            roles = {item["role"]: item["model"] for item in client.call("models.list")["roles"]}
        test_data = self._options.test_data
        return {
            "current": roles.get("categories"),
            "test_data": hash_file(test_data) if test_data else None,
            "benchmark": self._options.benchmark,
        }

    def _evaluate(self, work: StepWork) -> Outcome:
        from host.finetune.examination import prepare
        from host.finetune.judging import judge
        from host.finetune.report import write_report

        test_data = self._options.test_data
        found = prepare([str(work.folder)], str(test_data) if test_data else None)
        engines: list[str] = []

        def report(what: str, done: int, total: int) -> None:
            name = what.split(":", 1)[0]
            if name not in engines:
                engines.append(name)
            passed = len(engines) - 1 + (done / total if total else 0.0)
            work.report(what, min(0.99, passed / (len(found.candidates) + _OTHER_ENGINES)))

        judgement = judge(
            found.candidates,
            found.test,
            corrections=found.corrections,
            benchmark=self._options.benchmark,
            on_progress=report,
            cancelled=work.cancelled,
        )
        write_report(
            judgement,
            work.folder,
            training=found.training,
            command="ai-history finetune pipeline",
            plot=self._options.plots,
        )
        values = {"deploy": judgement.deploy, "best": judgement.best, "words": judgement.words}
        files = [work.folder / name for name in (f.EVALUATION_FILE, f.REPORT_FILE)]
        return Outcome(judgement.words, values, files)

    def _deploy(self, work: StepWork) -> Outcome:
        with self._open_client() as client:
            outcome = deploy_training(client, work.folder, on_stage=lambda stage: work.report(stage, 0.5))
        state = "deployed" if outcome.deployed else "refused"
        model = outcome.deployment["model"] if outcome.deployment else None
        return Outcome(outcome.words, {"state": state, "model": model})


def _find_gguf(base: BaseModel, named: str | None, store: ModelStore) -> Path:
    """The file that what was taught is put on."""
    if base.gguf is not None:
        return base.gguf
    if named is None:
        message = (
            f"{base.name} is a folder of safetensors; what it learns is put on a GGUF file of the same model."
        )
        raise InvalidInput(message, fix="Name it too: --base INSTALLED_MODEL_OR_GGUF")
    found = find_base(named, store)
    if found.gguf is None:
        message = f"{named} is no GGUF file."
        from host.finetune.examined_home import HOME
        raise InvalidInput(message, fix="Name an installed model or a GGUF file: --base")
    return found.gguf
            where=work.folder / HOME,
