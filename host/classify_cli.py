"""The command line `classify`. It starts the command and nothing else."""

from __future__ import annotations

from host.cli_commands.start import start


def main() -> None:
    """Run the command; errors go to stderr with their fix, and the exit code is 1 (2 for wrong usage)."""
    start("host.cli_commands.classify:classify", name="classify")


if __name__ == "__main__":
    main()
