"""`ai-history finetune convert`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from host.cli_commands.finetune_output import show_stages, wait_patiently
from host.cli_commands.output import format_bytes, json_option, print_json, print_note, print_table
from host.core.paths import find_paths

if TYPE_CHECKING:
    import threading

    from host.models.lora.conversion import ConvertedFile, Kind, Quantisation

_MERGED = ("q4_0", "iq4_nl", "q4_k_m", "q8_0", "bf16", "f16")
_DEFAULT: Final = "q8_0"


@click.command()
@click.option(
    "--model",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of a training, or an adapter as peft writes it.",
)
@click.option(
    "--base",
    metavar="ID_OR_GGUF",
    help="The model that it was trained on: installed, or a GGUF file. By default the one that the training"
    " says.",
)
@click.option(
    "--quantize",
    "quantisations",
    multiple=True,
    type=click.Choice(_MERGED),
    help=f"Of the merged model; repeatable. By default {_DEFAULT}.",
)
@click.option("--adapter", is_flag=True, help="Only the adapter: a small file beside the base model.")
@click.option("--merged", is_flag=True, help="Only the merged model: a file of its own.")
@click.option(
    "--output",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where gguf/ and conversion.json are written; by default the folder of the training.",
)
@json_option
def convert(
    folder: Path,
    base: str | None,
    quantisations: tuple[Quantisation, ...],
    *,
    adapter: bool,
    merged: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Write a trained adapter as the files that llama.cpp loads.

    An adapter changes the answers of its base model and has some MB. A merged model is a file of its own,
    faster and larger. Without --adapter and --merged both are written.
    """
    from host.finetune.trained_base import find_installed, note_base
    from host.models.lora.conversion import convert as convert_adapter
    from host.models.lora.conversion_source import find_conversion_source
    from host.models.store import ModelStore

    if adapter and not merged and quantisations:
        raise click.UsageError("--quantize is for merged models; leave out --adapter, or add --merged.")
    kinds: list[tuple[Kind, Quantisation]] = []
    if adapter or not merged:
        kinds.append(("adapter", "f16"))
    if merged or not adapter:
        wanted: dict[Quantisation, None] = dict.fromkeys(quantisations or (_DEFAULT,))
        kinds += [("merged", name) for name in wanted]
    paths = find_paths()
    store = ModelStore(paths.models)
    source = find_conversion_source(folder, base, store)
    if not source.finished:
        print_note("The training did not come to its end; what it had reached is converted.")
    target = output or source.folder

    def work(cancelled: threading.Event) -> list[ConvertedFile]:
        return convert_adapter(
            source.adapter, source.base, target, kinds, on_progress=report, cancelled=cancelled
        )

    with show_stages("Converting") as report:
        made = wait_patiently(work, "Run the same command again.")
    model = find_installed(base, source.base, store)
    if model is not None:
        note_base(target, model)
    if as_json:
        print_json({"folder": str(target), "files": [one.to_record() for one in made]})
        return
    rows = [
        (one.kind, one.quantisation, one.file, format_bytes(one.size), f"{one.took_s:.1f}") for one in made
    ]
    print_table(("kind", "weights", "file", "size", "seconds"), rows)
