"""The options of a training, which `train` and `pipeline` share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from host.models.lora.options import TrainOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from host.models.lora.options import Quantised

Function = TypeVar("Function", bound="Callable[..., Any]")
DEFAULTS = TrainOptions()

model_option = click.option(
    "--model",
    "base",
    default="smollm2-135m-instruct",
    show_default=True,
    metavar="ID_OR_PATH",
    help="What is taught: an installed model, a GGUF file, or a folder with safetensors.",
)
force_option = click.option(
    "--force", is_flag=True, help="Begin although the memory that is free may not suffice."
)


def output_option(help_text: str) -> Callable[[Function], Function]:
    """`--output DIR`."""
    return click.option("--output", "folder", metavar="DIR", type=click.Path(path_type=Path), help=help_text)


def training_options(function: Function) -> Function:
    """Everything that a training can be told; `make_options` makes a `TrainOptions` of the values."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def make_options(values: Mapping[str, Any]) -> TrainOptions:
    """The options of a training.

    Args:
        values: of the options above, by name.

    Raises:
        click.UsageError: both 4 and 8 bits are asked for.
    """
    if values["use_4bit"] and values["use_8bit"]:
        message = "Use either --use-4bit or --use-8bit."
        raise click.UsageError(message)
    quantised: Quantised = "4bit" if values["use_4bit"] else "8bit" if values["use_8bit"] else "none"
    return TrainOptions(
        epochs=values["epochs"],
        rank=values["lora_r"],
        alpha=values["lora_alpha"],
        dropout=values["lora_dropout"],
        learning_rate=values["learning_rate"],
        warmup_steps=values["warmup_steps"],
        weight_decay=values["weight_decay"],
        batch_size=values["batch_size"],
        accumulation=values["grad_accum"],
        quantised=quantised,
        gradient_checkpointing=values["gradient_checkpointing"],
        most_rows=values["max_samples"],
        seed=values["seed"],
    )


_OPTIONS = (
    click.option(
        "--epochs",
        default=DEFAULTS.epochs,
        show_default=True,
        type=click.FloatRange(0, 100, min_open=True),
        help="How often every row is seen; it ends sooner when the validation gets no better.",
    ),
    click.option(
        "--lora-r",
        default=DEFAULTS.rank,
        show_default=True,
        type=click.IntRange(1, 512),
        help="Width of what is learned beside each layer.",
    ),
    click.option(
        "--lora-alpha",
        default=DEFAULTS.alpha,
        show_default=True,
        type=click.IntRange(1, 4096),
        help="What is learned counts so many times, divided by --lora-r.",
    ),
    click.option(
        "--lora-dropout",
        default=DEFAULTS.dropout,
        show_default=True,
        type=click.FloatRange(0, 1, max_open=True),
        help="Share of the adapter's inputs that each step leaves out.",
    ),
    click.option(
        "--learning-rate",
        default=DEFAULTS.learning_rate,
        show_default=True,
        type=click.FloatRange(0, 1, min_open=True),
        help="The highest; it rises over the warm-up and falls along a cosine.",
    ),
    click.option(
        "--warmup-steps",
        default=None,
        type=click.IntRange(0),
        help="Steps of that rise; by default 6 % of all.",
    ),
    click.option(
        "--weight-decay",
        default=DEFAULTS.weight_decay,
        show_default=True,
        type=click.FloatRange(0, 1),
        help="Of the optimiser (AdamW).",
    ),
    click.option(
        "--batch-size",
        default=DEFAULTS.batch_size,
        show_default=True,
        type=click.IntRange(1, 1024),
        help="Rows that are computed together.",
    ),
    click.option(
        "--grad-accum",
        default=DEFAULTS.accumulation,
        show_default=True,
        type=click.IntRange(1, 1024),
        help="Batches before a step is taken.",
    ),
    click.option("--use-4bit", is_flag=True, help="The model in 4 bits while it is taught; CUDA only."),
    click.option("--use-8bit", is_flag=True, help="The model in 8 bits while it is taught; CUDA only."),
    click.option("--gradient-checkpointing", is_flag=True, help="Takes less memory and a third more time."),
    click.option(
        "--max-samples",
        default=None,
        metavar="N",
        type=click.IntRange(1),
        help="Teach with at most so many rows, drawn evenly from the categories.",
    ),
    click.option(
        "--seed", default=DEFAULTS.seed, show_default=True, type=int, help="Of everything that is drawn."
    ),
)
