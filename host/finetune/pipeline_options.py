"""What is asked of a whole pipeline."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput
from host.finetune.dataset import DatasetOptions
from host.finetune.pipeline_defaults import BASE, MOST_ROWS, QUANTISATIONS
from host.models.lora.options import TrainOptions

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BASE", "MOST_ROWS", "QUANTISATIONS", "PipelineOptions"]


@dataclass(frozen=True)
class PipelineOptions:
    """What is asked of a whole pipeline.

    Attributes:
        base: an installed model, a GGUF file, or a folder with safetensors.
        gguf: the same model as an installed one or a GGUF file, when `base` is not installed.
        dataset: how many rows, and which.
        category_file: of categories of the person's own; None for those in use.
        own: mix in what the person said of tabs; it never leaves this computer.
        keep_rows: a run that goes on keeps its rows, whatever the person has said meanwhile; else it would
            begin anew each time.
        training: how it is taught.
        quantisations: of the merged model; an adapter is always made.
        test_data: a file with tabs to examine with; None for those that come with the program.
        benchmark: measure speed too; without it nothing is deployed.
        plots: draw pictures for the report.
        deploy: put the better one to use.
        force: train although the memory that is free may not suffice.
        profile_id: of the browser whose categories and corrections are meant; None for the one used last.
        client: what it calls itself; see `Client`.
    """

    base: str = BASE
    gguf: str | None = None
    dataset: DatasetOptions = field(default_factory=lambda: DatasetOptions(hard=True))
    category_file: Path | None = None
    own: bool = False
    keep_rows: bool = False
    training: TrainOptions = field(default_factory=lambda: TrainOptions(most_rows=MOST_ROWS))
    quantisations: tuple[str, ...] = QUANTISATIONS
    test_data: Path | None = None
    benchmark: bool = True
    plots: bool = True
    deploy: bool = True
    force: bool = False
    profile_id: str | None = None
    client: str = "cli"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        found = asdict(self)
        found["dataset"]["languages"] = sorted(self.dataset.languages)
        for name in ("category_file", "test_data"):
            found[name] = str(found[name]) if found[name] else None
        return found

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> PipelineOptions:
        """Options out of plain values, of which any may be missing.

        Args:
            values: samples, and any of epochs, max_samples, rank, alpha, learning_rate, batch_size, seed,
                quantise, test_data, benchmark, plots, deploy, base, own, keep_rows,
                profile_id, client.

        Raises:
            InvalidInput: one is of the wrong kind.
        """
        try:
            return _read(values)
        except (TypeError, ValueError) as error:
            message = "The options of the pipeline cannot be used."
            raise InvalidInput(message) from error


_TRAINING = {"rank", "alpha", "batch_size", "accumulation", "seed", "patience", "validations"}
_SHARES = {"epochs", "learning_rate", "dropout", "weight_decay"}


def _read(values: dict[str, Any]) -> PipelineOptions:
    from pathlib import Path

    training: dict[str, Any] = {name: int(values[name]) for name in _TRAINING & values.keys()}
    training |= {name: float(values[name]) for name in _SHARES & values.keys()}
    most = values.get("max_samples", MOST_ROWS)
    test_data = values.get("test_data")
    return PipelineOptions(
        base=str(values.get("base") or BASE),
        dataset=DatasetOptions(samples=int(values.get("samples", 10_000)), hard=True),
        own=bool(values.get("own", False)),
        keep_rows=bool(values.get("keep_rows", False)),
        training=TrainOptions(**training, most_rows=None if most is None else int(most)),
        quantisations=tuple(map(str, values.get("quantise", QUANTISATIONS))),
        test_data=Path(test_data) if test_data else None,
        benchmark=bool(values.get("benchmark", True)),
        plots=bool(values.get("plots", True)),
        deploy=bool(values.get("deploy", True)),
        profile_id=values.get("profile_id"),
        client=str(values.get("client", "cli")),
    )
