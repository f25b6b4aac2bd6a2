"""How a command line begins: what it needs is imported where an interrupt is already expected."""

from __future__ import annotations

import importlib
import sys
from typing import NoReturn


def start(place: str, name: str | None = None) -> NoReturn:
    """Import a command, run it and end the process: 0, 1 when it failed or was stopped, 2 for wrong usage.

    Args:
        place: "module:name" of the command.
        name: what the command calls itself in its messages.
    """
    try:
        module, attribute = place.split(":")
        command = getattr(importlib.import_module(module), attribute)
        from host.cli_commands.entry import run

        run(command, name=name)
    except KeyboardInterrupt:
        sys.stderr.write("Error: Stopped.\n")
        sys.exit(1)
