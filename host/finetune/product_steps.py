"""The steps of a fine-tuning: dataset, train, convert, evaluate, deploy."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from host.client import Client
from host.core.errors import AppError, InvalidInput, ModelUnavailable
from host.finetune import training_folder as f
from host.finetune.candidates import find_candidates
from host.finetune.category_data import NONE_KEY
from host.finetune.category_file import read_category_file
from host.finetune.dataset import LEAST_ROWS
from host.finetune.dataset_folder import STATISTICS, make_dataset
from host.finetune.deployment import deploy_training, find_compared
from host.finetune.in_use import find_current, find_deployed, list_enabled
from host.finetune.judged_files import describe_judged, name_test, was_disturbed
from host.finetune.own_data import OwnData, read_own_data
from host.finetune.pipeline_state import digest_of
from host.finetune.steps import Outcome, Step
from host.finetune.trained_base import find_trained_base, note_base
from host.finetune.training import read_training_data, train_model
from host.models.integrity import hash_file
from host.models.json_files import read_object
from host.models.lora.base import find_base
from host.models.lora.conversion import convert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from host.finetune.judging import Judgement
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
            InvalidInput: it cannot be taught, or what was taught could not be made a file of and used.
        """
        self._options = options
        self._base = find_base(options.base, store)
        self._store = store
        self._installed, self._gguf = find_trained_base(self._base, options.gguf, store)
        self._own: OwnData | None = None

    @property
    def base(self) -> BaseModel:
        """The model that is taught."""
        return self._base

    def check(self) -> None:
        """Say before hours of work what would certainly be refused at their end.

        Raises:
            InvalidInput: a category that tabs are put into would not be taught.
        """
        if not self._options.deploy:
            return
        file = self._options.category_file
        taught = read_category_file(file) if file else self._read_own().categories
        known = {one.name.casefold() for one in taught if one.name}
        with self._open_client() as client:
            missing = [name for name in list_enabled(client) if name.casefold() not in known]
        if missing:
            message = (
                f"The model could not be put to use: it would not be taught your categories"
                f" {', '.join(missing)}."
            )
            own = "" if self._options.own else " and add --own"
            fix = (
                f"Give each {LEAST_ROWS} examples or corrections{own}; or switch them off; or only measure:"
                " --skip-deploy"
            )
            raise InvalidInput(message, fix=fix)

    def make(self, folder: Path) -> list[Step]:
        """The steps, in order.

        Args:
            folder: of the training.
        """
        steps = [
            Step(DATASET, self._list_dataset_inputs, self._make_dataset, weight=1),
            Step(TRAIN, self._list_train_inputs, self._train, needs=(DATASET,), weight=60),
            Step(CONVERT, self._list_convert_inputs, self._convert, needs=(TRAIN,), weight=4),
            Step(
                EVALUATE,
                lambda: self._list_evaluate_inputs(folder),
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
        note_base(work.folder, self._installed)
        text = ", ".join(f"{one.kind} {one.quantisation} ({one.size / 1e6:.0f} MB)" for one in made)
        return Outcome(text, {}, [*(one.file for one in made), work.folder / f.CONVERSION_FILE])

    def _list_evaluate_inputs(self, folder: Path) -> Values:
        with self._open_client() as client:
            current = self._find_compared(client, folder) or find_current(client, self._store)
        return {
            "current": current,
            "test_data": name_test(self._options.test_data),
            "benchmark": self._options.benchmark,
        }

    def _find_compared(self, client: Client, folder: Path) -> str | None:
        """What this very training was compared with before it went live; None while it is not.

        It need not be compared with itself.
        """
        try:
            found = find_candidates(str(folder), self._store, self._installed)
        except AppError:
            return None
        judgement = read_object(folder / f.EVALUATION_FILE)
        if judgement is None or find_deployed(client, found.candidates) is None:
            return None
        return find_compared(judgement)

    def _evaluate(self, work: StepWork) -> Outcome:
        from host.finetune.examination import prepare
        from host.finetune.examined_home import HOME
        from host.finetune.judging import judge
        from host.finetune.report import write_report

        test_data = self._options.test_data
        found = prepare([str(work.folder)], str(test_data) if test_data else None, base=self._installed)
        facts = describe_judged(found.candidates, test_data)
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
            where=work.folder / HOME,
            on_progress=report,
            cancelled=work.cancelled,
        )
        write_report(
            judgement,
            work.folder,
            training=found.training,
            command="ai-history finetune pipeline",
            plot=self._options.plots,
            facts=facts,
        )
        require_measured(judgement, [one.name for one in found.candidates])
        values = {"deploy": judgement.deploy, "best": judgement.best, "words": judgement.words}
        files = [work.folder / name for name in (f.EVALUATION_FILE, f.REPORT_FILE)]
        return Outcome(judgement.words, values, files, final=not was_disturbed(judgement.to_json()))

    def _deploy(self, work: StepWork) -> Outcome:
        with self._open_client() as client:
            outcome = deploy_training(
                client,
                work.folder,
                base=self._installed,
                tested_with=name_test(self._options.test_data),
                on_stage=lambda stage: work.report(stage, 0.5),
            )
        state = "deployed" if outcome.deployed else "refused"
        model = outcome.deployment["model"] if outcome.deployment else None
        return Outcome(outcome.words, {"state": state, "model": model})


def require_measured(judgement: Judgement, names: Sequence[str]) -> None:
    """Nothing that was measured is no verdict, and no reason to go on.

    Args:
        judgement: what came of measuring.
        names: of the forms, one of which has to have answered.

    Raises:
        ModelUnavailable: none of these answered.
    """
    if any(judgement.measured.find(name) is not None for name in names):
        return
    reasons = " ".join(f"{one.name}: {one.reason}" for one in judgement.measured.failures)
    message = f"None of the forms could be measured. {reasons}".strip()
    raise ModelUnavailable(message, fix="Run the same command again: what is done stays done.")
