"""`classify -i PATH -o results.json --model=NAME`: what every file of a project is."""

from __future__ import annotations

import os
from pathlib import Path

import click

from host.classify.files import Selection
from host.classify.heads import HEAD_BYTES
from host.classify.outputs import FORMATS
from host.cli_commands.classify_run import Order, carry_out
from host.cli_commands.examples import ExampleGroup
from host.cli_commands.model import model
from host.cli_commands.model_choice import complete_model
from host.cli_commands.output import json_option
from host.cli_commands.remote import PROVIDER_HELP
from host.version import VERSION

_EXAMPLES = (
    "classify -i . -o results.json --model=all-minilm-l6-v2",
    "classify -i src/ -i README.md -o results.csv --model=qwen2.5-1.5b-instruct --reasoning",
    "classify -i notes/ --model=multilingual-e5-small --categories topics.json | head",
    "classify -i . --dry-run --exclude '*.lock'",
    "classify model list",
)


class ClassifyGroup(ExampleGroup):
    """The group: what is no command of it may be a path that somebody forgot to name with -i."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command by its name."""
        if args and self.get_command(ctx, args[0]) is None and Path(args[0]).exists():
            raise click.UsageError(f"Paths are named with -i: classify -i {args[0]}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=ClassifyGroup,
    examples=_EXAMPLES,
    invoke_without_command=True,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "-i",
    "--input",
    "inputs",
    multiple=True,
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
    help="A file or folder to read; may be given again.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Where the results go; by default (or -) a table on a terminal, JSON lines in a pipe.",
)
@click.option(
    "-m",
    "--model",
    "model_name",
    metavar="NAME",
    shell_complete=complete_model,
    help="The model that decides; downloaded on first use. On a terminal it is asked for.",
)
@click.option(
    "--categories",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your own categories with descriptions (JSON, or TOML).",
)
@click.option(
    "--format", "format_name", type=click.Choice(FORMATS), help="By default from the name of the output."
)
@click.option("--resume/--restart", default=True, help="Go on with an interrupted run, or begin anew.")
@click.option("--dry-run", is_flag=True, help="Only say which files would be read, and which not and why.")
@click.option("--include", multiple=True, metavar="GLOB", help="Only files that match; may be given again.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these out; may be given again.")
@click.option("--no-gitignore", is_flag=True, help="Read also what .gitignore files leave out.")
@click.option("--hidden", is_flag=True, help="Enter folders whose names begin with a dot (never .git).")
@click.option(
    "--max-bytes",
    default=HEAD_BYTES,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help="How much of the beginning of each file is read.",
)
@click.option(
    "--jobs",
    default=min(8, os.cpu_count() or 1),
    type=click.IntRange(1, 64),
    help="How many files are read at once; by default one for each processor, 8 at most.",
)
@click.option("--reasoning", is_flag=True, help="Ask an instruction model why (slower).")
@click.option(
    "--provider",
    metavar="NAME|URL",
    help=PROVIDER_HELP,
)
@click.option(
    "--api-key-env", metavar="VAR", help="The environment variable that holds the key for --provider."
)
@click.option("--remote-model", metavar="NAME", help="The model to ask for at --provider.")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing: download, and send to --provider.")
@json_option
@click.version_option(VERSION, prog_name="classify")
@click.pass_context
def classify(
    context: click.Context,
    inputs: tuple[Path, ...],
    output: Path | None,
    model_name: str | None,
    categories: Path | None,
    format_name: str | None,
    resume: bool,
    dry_run: bool,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    no_gitignore: bool,
    hidden: bool,
    max_bytes: int,
    jobs: int,
    reasoning: bool,
    provider: str | None,
    api_key_env: str | None,
    remote_model: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Say of every file what it is: code, documentation, configuration, data, test, build or other.

    A model on this computer decides, and nothing leaves it. Folders are walked and .gitignore files
    respected; binary files are passed over, and of large ones the beginning is read.
    A run that was interrupted goes on when the same command is given again.
    """
    if context.invoked_subcommand is not None:
        return
    if not inputs:
        message = "Nothing is named to read. Name it: -i PATH"
        raise click.UsageError(message)
    if provider is None and (remote_model or api_key_env):
        message = "--remote-model and --api-key-env belong to --provider."
        raise click.UsageError(message)
    order = Order(
        inputs=inputs,
        output=None if output == Path("-") else output,
        model=model_name,
        categories=categories,
        format_name=format_name,
        resume=resume,
        selection=Selection(include, exclude, gitignore=not no_gitignore, hidden=hidden),
        max_bytes=max_bytes,
        jobs=jobs,
        reasoning=reasoning,
        provider=provider,
        api_key_env=api_key_env,
        remote_model=remote_model,
        assume_yes=yes,
        as_json=as_json,
    )
    carry_out(order, dry_run=dry_run)


classify.add_command(model)
