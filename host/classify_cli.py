"""The command line `classify`. Wiring of the command and nothing else."""

from __future__ import annotations

from host.cli_commands.classify import classify
from host.cli_commands.entry import run


def main() -> None:
    """Run the command; errors go to stderr with their fix, and the exit code is 1 (2 for wrong usage)."""
    run(classify, name="classify")


if __name__ == "__main__":
    main()
