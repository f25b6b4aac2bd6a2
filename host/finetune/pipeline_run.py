"""A whole fine-tuning, from the options to a decision."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from host.core.paths import find_paths
from host.finetune.extra import require_extra
from host.finetune.pipeline import Pipeline
from host.finetune.product_steps import DEPLOY, EVALUATE, ProductSteps
from host.finetune.training_folder import REPORT_FILE, check_folder, choose_folder
from host.models.disk_errors import explain_disk_error
from host.models.store import ModelStore

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from host.finetune.pipeline import PipelineProgress, StepResult
    from host.finetune.pipeline_options import PipelineOptions

Verdict = Literal["deployed", "refused", "evaluated"]


@dataclass(frozen=True)
class PipelineResult:
    """What came of it.

    Attributes:
        folder: of the training.
        state: whether the model was deployed, was refused, or only measured.
        text: the verdict, for a person.
        report: the page with all figures.
        steps: what came of each.
    """

    folder: Path
    state: Verdict
    text: str
    report: Path
    steps: tuple[StepResult, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "folder": str(self.folder),
            "state": self.state,
            "text": self.text,
            "report": str(self.report),
            "steps": [asdict(step) for step in self.steps],
        }


def run_pipeline(
    options: PipelineOptions,
    folder: Path | None = None,
    *,
    fresh: bool = False,
    on_folder: Callable[[Path], None] = lambda _: None,
    on_progress: Callable[[PipelineProgress], None] = lambda _: None,
    cancelled: threading.Event | None = None,
) -> PipelineResult:
    """Do everything that is not done yet in a folder.

    Args:
        options: what is asked.
        folder: of the training; by default the last one that was not finished, or a new one.
        fresh: do everything again.
        on_folder: told which folder it is, before anything is done in it.
        on_progress: told how far it is.
        cancelled: stops it; what is done is kept.

    Raises:
        ModelUnavailable: packages of the extra are not installed.
        InvalidInput: a model that was trained so could not be put to use.
        AppError: as `ProductSteps` and `Pipeline.run` say.
    """
    require_extra()
    paths = find_paths()
    # The home is another one while engines are measured.
    steps = ProductSteps(options, ModelStore(paths.models))
    if folder is None:
        folder = choose_folder(paths.data / "finetune", steps.base.name, datetime.now(UTC).date())
    folder = folder.expanduser().absolute()
    try:
        check_folder(folder)
    except OSError as error:
        raise explain_disk_error(error, folder, "folder") from error
    steps.check()
    on_folder(folder)
    results = Pipeline(folder, steps.make(folder)).run(
        options.to_json(), fresh=fresh, on_progress=on_progress, cancelled=cancelled
    )
    return _conclude(folder, tuple(results))


def _conclude(folder: Path, results: tuple[StepResult, ...]) -> PipelineResult:
    by_name = {result.name: result for result in results}
    deployed = by_name.get(DEPLOY)
    state: Verdict = "evaluated"
    if deployed is not None:
        state = "deployed" if deployed.values.get("state") == "deployed" else "refused"
    text = (deployed or by_name[EVALUATE]).text
    return PipelineResult(folder, state, text, folder / REPORT_FILE, results)
