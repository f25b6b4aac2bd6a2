"""How every command line of ours ends: its exit code, and errors on stderr with their fix."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

import click

from host.cli_commands.output import print_error
from host.core.errors import AppError

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(command: click.Command, arguments: Sequence[str] | None = None, name: str | None = None) -> NoReturn:
    """Run a command and end the process: 0, 1 when it failed or was stopped, 2 for wrong usage.

    Args:
        command: the command or group.
        arguments: by default those of the process.
        name: what the command calls itself in its messages.
    """
    try:
        sys.exit(command.main(arguments, prog_name=name, standalone_mode=False) or 0)
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
