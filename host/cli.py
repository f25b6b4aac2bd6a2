"""The command line: `ai-history`. Wiring of the commands and nothing else."""

from __future__ import annotations

import sys

import click

from host.cli_commands.bench import bench
from host.cli_commands.daemon import daemon
from host.cli_commands.doctor import doctor
from host.cli_commands.evaluate import evaluate
from host.cli_commands.imports import import_history
from host.cli_commands.output import print_error
from host.cli_commands.search import search
from host.cli_commands.status import status
from host.core.errors import AppError
from host.version import VERSION


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="ai-history")
def cli() -> None:
    """Private, local memory for your browser: find again what you have read."""


for command in (search, import_history, status, doctor, daemon, bench, evaluate):
    cli.add_command(command)


def main() -> None:
    """Run a command; errors go to stderr with their fix, and the exit code is 1 (2 for wrong usage)."""
    try:
        sys.exit(cli(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        print_error("Stopped.")
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except AppError as error:
        print_error(error.message, error.fix)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has seen enough (`| head`).
        sys.stderr.close()
        sys.exit(1)


if __name__ == "__main__":
    main()
