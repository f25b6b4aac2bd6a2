"""The command line: `ai-history`. Wiring of the commands and nothing else."""

from __future__ import annotations

import click

from host.cli_commands.ask import ask
from host.cli_commands.bench import bench
from host.cli_commands.categories import categories, corrections
from host.cli_commands.categorize import categorize
from host.cli_commands.chats import chats
from host.cli_commands.daemon import daemon
from host.cli_commands.doctor import doctor
from host.cli_commands.entry import run
from host.cli_commands.evaluate import evaluate
from host.cli_commands.imports import import_history
from host.cli_commands.model import model
from host.cli_commands.search import search
from host.cli_commands.status import status
from host.version import VERSION


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="ai-history")
def cli() -> None:
    """Private, local memory for your browser: find again what you have read."""


for command in (
    search,
    ask,
    chats,
    categorize,
    categories,
    corrections,
    import_history,
    status,
    doctor,
    daemon,
    bench,
    evaluate,
    model,
):
    cli.add_command(command)


def main() -> None:
    """Run a command; errors go to stderr with their fix, and the exit code is 1 (2 for wrong usage)."""
    run(cli)


if __name__ == "__main__":
    main()
