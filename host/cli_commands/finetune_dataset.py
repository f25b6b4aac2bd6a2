"""`ai-history finetune dataset`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from host.cli_commands.examples import ExampleCommand
from host.cli_commands.finetune_output import show_stages, wait_patiently
from host.cli_commands.output import json_option, print_json, print_note, print_table, profile_option
from host.core.paths import find_paths
from host.finetune.row_files import Format

if TYPE_CHECKING:
    import threading

    from host.finetune.own_data import OwnData

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    cls=ExampleCommand,
    examples=(
        "ai-history finetune dataset --samples 10000 --output data --add-hard",
        "ai-history finetune dataset --categories mine.toml --output data --format csv",
    ),
)
@click.option(
    "--samples",
    default=10_000,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help="Rows for training and validation together.",
)
@click.option(
    "--split",
    default=0.8,
    show_default=True,
    type=click.FloatRange(0.05, 0.95),
    help="Share of the rows that is trained on; the rest validates.",
)
@click.option(
    "--output",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where train, val and dataset_stats.json go; by default among the program's data.",
)
@click.option("--add-hard", is_flag=True, help="Also tabs whose site says one thing and whose page another.")
@click.option(
    "--format",
    "form",
    default="jsonl",
    show_default=True,
    type=click.Choice(get_args(Format)),
    help="Of train and val.",
)
@click.option(
    "--categories",
    "category_file",
    metavar="FILE",
    type=_FILE,
    help="Categories, keywords, sites and title patterns of your own (TOML).",
)
@click.option(
    "--language",
    "languages",
    multiple=True,
    metavar="CODE",
    help="Only rows in this language (en, de, …); may be repeated. By default all.",
)
@click.option("--seed", default=7, show_default=True, type=int, help="The same seed gives the same rows.")
@click.option(
    "--own/--no-own",
    "own",
    default=None,
    help="Mix in your categories, corrections and the pages of sites that you named; asks by default.",
)
@click.option("--force", is_flag=True, help="Replace a dataset that is there.")
@profile_option
@json_option
def dataset(
    samples: int,
    split: float,
    folder: Path | None,
    add_hard: bool,
    form: Format,
    category_file: Path | None,
    languages: tuple[str, ...],
    seed: int,
    own: bool | None,
    force: bool,
    profile_id: str | None,
    as_json: bool,
) -> None:
    """Make titles and addresses of tabs, with the category of each, to train and validate with.

    They are balanced over the categories: the seven and none of them, or yours. No template, no form of a
    site's addresses and no title, or one nearly like it, is on both sides. All of it stays on this computer.
    """
    from host.finetune.dataset import DatasetOptions
    from host.finetune.dataset_folder import make_dataset

    target = folder or find_paths().data / "finetune" / "dataset"
    options = DatasetOptions(
        samples=samples,
        split=split,
        hard=add_hard,
        languages=frozenset(code.strip().lower() for code in languages),
        seed=seed,
    )
    mixed = _find_own(own, profile_id)
    with show_stages("Making rows") as report:

        def work(cancelled: threading.Event) -> dict[str, Any]:
            return make_dataset(
                target,
                options,
                form=form,
                category_file=category_file,
                own=mixed,
                force=force,
                on_progress=lambda stage, share: report({"stage": stage, "share": share}),
                cancelled=cancelled,
            )

        found = wait_patiently(work, "Run the command again.")
    if as_json:
        print_json({"folder": str(target), **found})
        return
    _show(found, target)


def _find_own(own: bool | None, profile_id: str | None) -> OwnData | None:
    """What is mixed in of the person's own; None for nothing."""
    asks = own is None and sys.stdin.isatty() and sys.stderr.isatty()
    if not own and not asks:
        return None
    from host.client import Client
    from host.finetune.own_data import read_own_data

    # A person who did not ask for it need not have the program running.
    with Client(profile_id=profile_id) as client:
        found = read_own_data(client)
    if own:
        return found
    counts = found.count()
    if not counts:
        return None
    wanted = click.confirm(
        f"Mix in your corrections ({counts.get('correction', 0)}) and the pages of sites that you named"
        f" ({counts.get('page', 0)})? Their titles and addresses go into the files, and nowhere else.",
        err=True,
    )
    return found if wanted else None


def _show(found: dict[str, Any], target: Path) -> None:
    train, validation = found["counts"]["train"], found["counts"]["val"]
    names = [*(item["name"] for item in found["categories"]), *(["none"] if found["none"] else [])]
    rows = [(name, train["category"].get(name, 0), validation["category"].get(name, 0)) for name in names]
    print_table(("category", "train", "val"), [*rows, ("all", train["rows"], validation["rows"])])
    languages = len(train["language"] | validation["language"])
    sources = {**train["source"]}
    for name, count in validation["source"].items():
        sources[name] = sources.get(name, 0) + count
    click.echo(
        f"{languages} languages; "
        + ", ".join(f"{count} rows of {_SOURCES[name]}" for name, count in sources.items())
        + f"; {train['hard'] + validation['hard']} hard ones."
    )
    for why, count in found["dropped"].items():
        click.echo(f"{count} left out: {why}.")
    for warning in found["warnings"]:
        print_note(warning)
    click.echo(f"Written: {target}")


_SOURCES = {
    "template": "templates",
    "written": "examples written by hand",
    "correction": "your corrections",
    "page": "your pages",
}
